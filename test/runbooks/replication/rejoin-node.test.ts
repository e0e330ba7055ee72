import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { recordHistory } from '../../support/record-history';
import { ask } from '../../support/replication/start-state';
import { startReplicationWorld, type ReplicationWorld } from '../../support/replication/replication-world';
import type { RunHandle } from '../../support/world';
import { clusterOf } from '../../support/replication/cluster-state';
import { pollUntil } from '../../../scripts/parts/poll-until';

jest.setTimeout(300_000);

let world: ReplicationWorld;
const node = (name: string) => world.cluster.node(name);
const parkedOrEnded = (run: RunHandle) => run.until((now) => now.parked !== null || now.outcome !== null, 'parking or the end');
const way = async (run: RunHandle) =>
  (await run.report()).plan?.steps.find(({ operation }) => operation === 'diagnoseNode')?.shown as { way: string; says: string; writable: boolean };
const streaming = async (primary: string): Promise<string[]> =>
  (
    (await ask(node(primary).url(), `select application_name as name from pg_stat_replication where state = 'streaming' order by 1`)) as {
      name: string;
    }[]
  ).map(({ name }) => name);

/** The run verified its own node; another standby may be between two connections when its primary changes timelines. */
async function follow(primary: string, expected: readonly string[]): Promise<void> {
  await pollUntil(async () => (await streaming(primary)).join() === expected.join(), 15_000);
  expect(await streaming(primary)).toEqual(expected);
}

async function write(name: string, id: number): Promise<void> {
  const client = new Client({ connectionString: node(name).url('shop') });
  await client.connect();
  await client.query('set synchronous_commit = local');
  await client.query(`insert into app.acknowledged values (${id}, 0); checkpoint`);
  await client.end();
}
const has = async (name: string, id: number) =>
  (await ask(node(name).url('shop'), `select id::int from app.acknowledged where id = ${id}`)).length === 1;

/** Promotes a node behind the runbooks' back, and sends the others after it. */
async function promoted(name: string, followers: readonly string[]): Promise<void> {
  await ask(node(name).url(), 'select pg_promote(true, 20)');
  await ask(node(name).url(), 'checkpoint');
  for (const follower of followers) {
    await ask(node(name).url(), `select pg_create_physical_replication_slot('${follower}', true)`);
    const conninfo = `host=127.0.0.1 port=${node(name).port} user=rb_repl password=rb_repl application_name=${follower}`;
    await ask(node(follower).url(), `alter system set primary_conninfo = '${conninfo}'`);
    await ask(node(follower).url(), 'select pg_reload_conf()');
  }
  expect(await pollUntil(async () => (await streaming(name)).length === followers.length, 20_000)).toBe(true);
}

async function rejoined(name: string, input: object = {}, id?: string): Promise<RunHandle> {
  const run = await world.start('rejoinNode', { node: name, ...input }, id);
  await run.approve();
  expect(await parkedOrEnded(run)).toMatchObject({ outcome: 'done', parked: null });
  return run;
}

describe.each([
  ['the tools of the distribution', { major: 15 as const, distribution: true }, 'rewind'],
  ['pg_ctl only', { major: 18 as const }, 'reclone'],
])('with %s', (_, options, rebuilds) => {
  beforeAll(async () => {
    world = await startReplicationWorld(options);
    await world.worker();
  }, 240_000);
  afterAll(() => world.stop());

  test('a standby that follows has nothing to do, and without another primary there is nothing to follow', async () => {
    const run = await world.start('rejoinNode', { node: 'node2' });
    expect(await parkedOrEnded(run)).toMatchObject({ outcome: 'nothing to do', summary: expect.stringMatching('node2 streams from node1 already') });
    const { type, message } = await (await world.start('rejoinNode', { node: 'node1' })).failure();
    expect([type, message]).toEqual(['PreconditionUnmet', expect.stringMatching('exactly one other node that is a primary')]);
  });

  test('a crashed primary has what nobody else has: it is rebuilt, and its own files survive', async () => {
    await ask(node('node2').url(), `alter system set primary_conninfo = ''`);
    await ask(node('node2').url(), 'select pg_reload_conf()');
    await ask(node('node3').url(), `alter system set primary_conninfo = ''`);
    await ask(node('node3').url(), 'select pg_reload_conf()');
    expect(await pollUntil(async () => (await streaming('node1')).length === 0, 10_000)).toBe(true);
    await write('node1', 1);
    await world.cluster.kill9('node1');
    await promoted('node2', ['node3']);
    await write('node2', 2);
    writeFileSync(join(node('node1').dataDirectory, 'own.conf'), '# mine\n', { mode: 0o644 });
    const conf = readFileSync(join(node('node1').dataDirectory, 'postgresql.conf'), 'utf8');
    const run = await rejoined('node1', {}, rebuilds === 'rewind' ? 'rejoin-node/recorded' : undefined);
    expect(await way(run)).toMatchObject({ way: rebuilds, writable: false, says: expect.stringMatching(/not stopped cleanly/) });
    await follow('node2', ['node1', 'node3']);
    expect(readFileSync(join(node('node1').dataDirectory, 'postgresql.conf'), 'utf8')).toBe(conf);
    expect(existsSync(join(node('node1').dataDirectory, 'own.conf'))).toBe(true);
    expect(await pollUntil(() => has('node1', 2), 10_000)).toBe(true);
    expect(await has('node1', 1)).toBe(false);
    const kept = readdirSync(dirname(node('node1').dataDirectory)).filter((name) => name.startsWith('node1.diverged-'));
    expect(kept).toHaveLength(rebuilds === 'reclone' ? 1 : 0);
    for (const name of kept) rmSync(join(dirname(node('node1').dataDirectory), name), { recursive: true });
    if (process.env['RECORD_HISTORIES'] === '1' && rebuilds === 'rewind') recordHistory('rejoin-node', await run.handle.fetchHistory());
  });

  test('a standby that was stopped cleanly only needs a start', async () => {
    await clusterOf(world).node('node1').control.stop(20_000, new AbortController().signal);
    const run = await rejoined('node1');
    expect(await way(run)).toMatchObject({ way: 'start' });
    await follow('node2', ['node1', 'node3']);
  });

  test('a second primary is fenced before it is rebuilt, and two others are refused', async () => {
    await ask(node('node1').url(), 'select pg_promote(true, 20)');
    await write('node1', 3);
    const { type, message } = await (await world.start('rejoinNode', { node: 'node3' })).failure();
    expect([type, message]).toEqual(['PreconditionUnmet', expect.stringMatching('exactly one other node that is a primary')]);
    const run = await rejoined('node1', { keepDiverged: false });
    expect(await way(run)).toMatchObject({ way: rebuilds, writable: true });
    await follow('node2', ['node1', 'node3']);
    expect(await has('node1', 3)).toBe(false);
    expect(await ask(node('node1').url(), 'select pg_is_in_recovery() as standby')).toEqual([{ standby: true }]);
  });

  test('a new replica is made from the primary, once its own postgresql.conf is there', async () => {
    const { dataDirectory } = node('node3');
    const names = readdirSync(dataDirectory).filter((name) => /\.conf$/.test(name) && !/auto|hba|ident/.test(name));
    const own = names.map((name) => [join(dataDirectory, name), readFileSync(join(dataDirectory, name), 'utf8')] as const);
    await clusterOf(world).node('node3').control.fence();
    rmSync(dataDirectory, { recursive: true });
    const { type, message } = await (await world.start('rejoinNode', { node: 'node3' })).failure();
    expect([type, message]).toEqual(['PreconditionUnmet', expect.stringMatching(/node3 cannot be made anew: .*neither data nor a postgresql\.conf/)]);
    mkdirSync(dataDirectory);
    for (const [file, text] of own) writeFileSync(file, text, { mode: 0o644 });
    const run = await rejoined('node3', { keepDiverged: false });
    expect(await way(run)).toMatchObject({ way: 'reclone' });
    await follow('node2', ['node1', 'node3']);
  });
});
