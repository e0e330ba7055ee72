import { readFileSync } from 'node:fs';
import { attemptNumber } from '../../activities/effects/attempt';
import { perform } from '../../activities/effects/perform';
import { watchedSessions } from '../../activities/effects/server-watch';
import { sqlEffect } from '../../activities/effects/sql-effect';
import type { WriteOperation } from '../../activities/effects/operation';
import { pollUntil } from '../../scripts/parts/poll-until';
import { Client as Postgres } from 'pg';
import { setAmount } from '../support/operations';
import { startWorld, type World } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

const connect = async (): Promise<Postgres> => {
  const client = new Postgres({ connectionString: world.postgres.url('shop') });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

/** Holds the row of an item, so that whoever changes it waits; the server's crash lets it go. */
async function holdItem(name: string): Promise<Postgres> {
  const holder = await connect();
  await holder.query('begin');
  await holder.query('select 1 from app.shelf where name = $1 for update', [name]);
  return holder;
}

/** Kills the backend of ours that waits for a row, as a defect in the server would: by SIGABRT, inside its statement. */
async function abortOurBackend(): Promise<void> {
  const watcher = await connect();
  const pid = await pollUntil(
    async () => {
      const { rows } = await watcher.query<{ pid: number }>(
        `select pid from pg_stat_activity where application_name like 'rb:%' and wait_event_type = 'Lock' and query like 'update app.shelf%'`,
      );
      return rows[0]?.pid;
    },
    20_000,
    10,
  );
  process.kill(pid as number, 'SIGABRT');
  await watcher.end().catch(() => undefined);
}

const crashes = (): number => readFileSync(world.postgres.logFile, 'utf8').split('was terminated by signal 6').length - 1;

const backUp = (): Promise<unknown> =>
  pollUntil(
    async () => {
      const client = await connect().catch(() => undefined);
      await client?.end();
      return client;
    },
    20_000,
    100,
  );

test('a step whose backend dies by a signal crashes the server once: the run parks, says so, and acts again only when a person asks', async () => {
  const before = crashes();
  await holdItem('apples');
  const run = await world.start('close');
  await run.approve();
  await abortOurBackend();
  const { parked } = await run.until((now) => now.parked !== null, 'the crash');
  expect(parked).toMatchObject({
    failure: { type: 'ServerCrashed', message: expect.stringContaining('crashed') as string },
  });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(crashes() - before).toBe(1);

  await run.send('retry', { by: 'olga' });
  await run.until((now) => now.step === 'Wait', 'the step after it');
  const after = await connect();
  expect((await after.query(`select amount from app.shelf where name = 'apples'`)).rows).toEqual([{ amount: 99 }]);
  await after.query(`update app.shelf set amount = 1 where name = 'plums'`);
  await after.end();
  expect((await run.result()).outcome).toBe('done');
  expect(crashes() - before).toBe(1);
}, 90_000);

const idempotent = { ...setAmount, repeat: 'idempotent' } as unknown as WriteOperation;
test.each([
  ['transaction', setAmount as unknown as WriteOperation],
  ['statements', idempotent],
])('carrier %s: the attempt itself does not repeat what crashed the server, nor does the next one', async (carrier, operation) => {
  await backUp();
  const before = crashes();
  await holdItem('pears');
  const step = { workflowId: `crash/${carrier}`, firstRunId: carrier, runbook: 'crash', step: 'Set#1', stepNumber: 1 };
  const order = {
    kind: 'write' as const,
    input: { target: 'shop', name: 'pears', amount: 50 },
    step,
    effectKey: `crash/${carrier}`,
    token: 1,
    buildsOn: [],
  };
  const watch = { last: undefined };
  const effect = sqlEffect(watchedSessions(world.sessions, watch, true), { name: 'setAmount', operation });
  const attempt = perform(effect, order, attemptNumber(1));
  attempt.catch(() => undefined);
  await abortOurBackend();
  await expect(attempt).rejects.toMatchObject({ type: expect.stringMatching(/ServerCrashed|TargetUnreachable/) as string });
  await backUp();
  await expect(perform(effect, order, attemptNumber(2))).rejects.toMatchObject({ type: 'ServerCrashed' });
  expect(crashes() - before).toBe(1);

  // A worker that knows of nothing learns it from the claim; for a transaction the crash has taken the claim back.
  const fresh = sqlEffect(world.sessions, { name: 'setAmount', operation });
  if (carrier === 'statements') await expect(perform(fresh, order, attemptNumber(2))).rejects.toMatchObject({ type: 'ServerCrashed' });
  // The first attempt of an order that a person repeats.
  expect((await perform(fresh, order, attemptNumber(1))).how).toBe('done');
});

test('a clean restart is no crash: the next attempt goes on', async () => {
  const step = { workflowId: 'restart', firstRunId: 'restart', runbook: 'crash', step: 'Set#1', stepNumber: 1 };
  const order = { kind: 'write' as const, input: { target: 'shop', name: 'pears', amount: 60 }, step, effectKey: 'restart', token: 1, buildsOn: [] };
  const effect = sqlEffect(watchedSessions(world.sessions, { last: undefined }, true), {
    name: 'setAmount',
    operation: setAmount as unknown as WriteOperation,
  });
  const cut = perform(
    effect,
    order,
    attemptNumber(1, {
      at: async (stage) => {
        if (stage !== 'before effect') return;
        await world.postgres.restart();
        throw new Error('cut here');
      },
    }),
  );
  await expect(cut).rejects.toThrow();
  expect((await perform(effect, order, attemptNumber(2))).how).toBe('done');
}, 60_000);
