import { RUNBOOK_IDS } from '../../../workflows/names';
import { diagnoseDatabase } from '../../../workflows/runbooks/postgres/diagnose-database';
import { describeRunbook } from '../../support/describe-runbook';
import { AppSessions } from '../../support/sessions';

describeRunbook(diagnoseDatabase, {
  majors: [15, 18],
  settings: { max_prepared_transactions: 5 },
  input: {},
  more: ({ world, start }) => {
    let sessions: AppSessions;
    beforeEach(() => (sessions = new AppSessions(world())));
    afterEach(() => sessions.close());
    const advice = async (input: object) => {
      const run = await start(input);
      const { summary } = await run.result();
      return { summary, advice: (await run.report()).advice ?? [] };
    };

    test('a database that is well', async () => {
      const { summary, advice: told } = await advice({});
      expect(summary).toMatch(
        /^Nothing is wrong on shop: primary, PostgreSQL \d+\.\d+, \d+ of 97 slots used, 0 active, 0 waiting for locks, streaming standbys: 0\.$/,
      );
      expect(told).toEqual([]);
    });

    test('real trouble, with the figure and the runbook to reach for', async () => {
      const admin = world().admin;
      await sessions.idle('postgres', 1, { statement: `begin; update app.shelf set amount = 4711 where name = 'apples'` });
      await sessions.busy('postgres', 2, `update app.shelf set amount = 2 where name = 'apples'`);
      await sessions.idleInTransaction('postgres', 80);
      await admin.query(`begin; update app.shelf set amount = 5 where name = 'plums'; prepare transaction 'lost'`);
      await admin.query(`select pg_create_physical_replication_slot('gone', true)`);
      await new Promise((resolve) => setTimeout(resolve, 2_200));
      const { summary, advice: told } = await advice({ longerThan: '1 second', lockWaitLongerThan: '1 second', preparedLongerThan: '1 second' });
      await admin.query(`rollback prepared 'lost'`);
      await admin.query(`select pg_drop_replication_slot('gone')`);
      expect(summary).toMatch(/^7 findings, \d urgent \([^)]+\) on shop: primary.*8\d of 97 slots used.*2 waiting for locks/);
      for (const line of [
        /8\d of 97 connection slots are used.*runbook relieveConnectionExhaustion with freeSlots 20:/,
        /81 sessions are idle in transaction/,
        /a session has been idle in transaction for \d+ s/,
        /the longest statement has been running for \d+ s.*runbook relieveMemoryPressure/,
        /waiting for locks: 2 sessions, the longest for \d+ s/,
        /prepared and not resolved: 1 transaction, .*runbook resolvePreparedTransaction/,
        /^Oldest prepared transaction here: gid lost of postgres, \d+ s old, \d+ locks\.$/,
        /nobody uses 1 slot \(gone\).*runbook checkReplication/,
        /^First blocker: pid \d+ \(postgres app, idle in transaction\), 2 waiting behind it: begin; update app\.shelf set amount = … where name = '…'\.$/,
      ])
        expect(told).toContainEqual(expect.stringMatching(line));
      expect(told.join()).not.toMatch(/4711|apples/);
      for (const [, id] of told.join().matchAll(/Next: runbook (\w+)/g)) expect(RUNBOOK_IDS).toContain(id);
    });
  },
});
