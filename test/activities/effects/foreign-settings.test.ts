import { attemptNumber } from '../../../activities/effects/attempt';
import { perform } from '../../../activities/effects/perform';
import { lookingSettings } from '../../../activities/sql/session';
import { sql } from '../../../activities/sql/sql';
import { CARRIERS, startCarriersBed, type CarriersBed } from '../../support/carriers-bed';

const HOSTILE = {
  DateStyle: `'SQL, DMY'`,
  TimeZone: `'Asia/Kolkata'`,
  IntervalStyle: `'sql_standard'`,
  bytea_output: `'escape'`,
  extra_float_digits: '-10',
  standard_conforming_strings: 'off',
  synchronous_commit: 'off',
  default_transaction_read_only: 'on',
  default_transaction_isolation: `'serializable'`,
  search_path: 'app',
  quote_all_identifiers: 'on',
  client_min_messages: `'error'`,
};

describe.each([
  ['LATIN1', `encoding 'LATIN1' locale 'C' template template0`],
  ['SQL_ASCII', `encoding 'SQL_ASCII' locale 'C' template template0`],
] as const)('a database in %s with settings of its own', (_, database) => {
  let bed: CarriersBed;
  beforeAll(async () => {
    const settings = Object.entries(HOSTILE).map(([name, value]) => `alter database shop set ${name} = ${value}`);
    bed = await startCarriersBed({ database, settings: settings.filter((one) => !one.includes('read_only')) });
    await bed.admin.query('alter database shop set default_transaction_read_only = on');
    await bed.admin.query(`insert into app.shelf values ('apples', 1)`).catch(async () => {
      await bed.admin.query('set default_transaction_read_only = off');
      await bed.admin.query(`insert into app.shelf values ('apples', 1)`);
    });
  });
  afterAll(() => bed.stop());

  test('our sessions read and write values as everywhere', async () => {
    const wanted = { target: 'shop', login: 'read', node: 'primary', settings: lookingSettings('rb:test') } as const;
    const seen = await bed.sessions.use(wanted, (session) =>
      session.query(sql`
        select timestamptz '2026-12-01 04:05:06.789+00' as "at", interval '1 day 2 hours' as "span", '\\x00ff'::bytea as "bytes", (0.1::float8 + 0.2::float8)::text as "sum",
               format('%I', 'plain') as "name", current_setting('search_path') as "path", current_setting('synchronous_commit') as "commit",
               current_setting('client_encoding') as "encoding", current_setting('row_security') as "rows"`),
    );
    expect(seen).toEqual([
      {
        at: '2026-12-01 04:05:06.789+00',
        span: '1 day 02:00:00',
        bytes: '\\x00ff',
        sum: '0.30000000000000004',
        name: 'plain',
        path: '"pg_catalog"',
        commit: 'on',
        encoding: 'UTF8',
        rows: 'off',
      },
    ]);
  });

  test.each(CARRIERS)('carrier %s records a step and an input of any script, undoes it, and finds it again', async (carrier) => {
    await bed.admin.query(`update app.shelf set amount = 1`);
    const step = {
      workflowId: `läuft-東京-${carrier}`,
      firstRunId: carrier,
      runbook: 'random',
      step: 'Setze „Äpfel“ → 5 🍎 \\u00e4#1',
      stepNumber: 1,
    };
    const order = { step, effectKey: `${step.workflowId}/${step.step}`, token: 1, input: { target: 'shop', name: 'apples', amount: 5 } };
    const operation = bed.operationOf(carrier);
    const write = (attempt: number) => perform(operation, { kind: 'write', ...order, buildsOn: [], made: [] }, attemptNumber(attempt));
    expect((await write(1)).how).toBe('done');
    const found = await write(2);
    expect([found.how, found.before.sample]).toEqual(['found', [{ name: 'apples', amount: 1 }]]);
    const next = { ...order, effectKey: `${order.effectKey}/2`, input: { ...order.input, amount: 6 } };
    const lost = perform(operation, { kind: 'write', ...next, buildsOn: [order.effectKey], made: ['weg – fort'] }, attemptNumber(1));
    await expect(lost).rejects.toMatchObject({ type: 'EffectsLost', details: { lost: ['weg – fort'] } });
    expect((await perform(operation, { kind: 'undo', operation: 'setAmount', ...order }, attemptNumber(1))).how).toBe('undone');
    const forked = perform(operation, { kind: 'write', ...next, buildsOn: [order.effectKey] }, attemptNumber(1));
    await expect(forked).rejects.toMatchObject({ type: 'HistoryForked', message: expect.stringContaining(order.effectKey) as string });
  });
});
