import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { PgBouncerEndpoint } from '../../../activities/replication/endpoints/pgbouncer';
import { startPostgres, type PostgresPart } from '../../../scripts/parts/postgres-server';
import { testFolder } from '../../support/replication/local-node';
import { PgBouncerOfTest } from '../../support/replication/pgbouncer-server';

const folder = testFolder();
const never = new AbortController().signal;
let one: PostgresPart;
let two: PostgresPart;
let here: PgBouncerOfTest;
let there: PgBouncerOfTest;
let endpoint: PgBouncerEndpoint;
let count = 0;

beforeAll(async () => {
  one = await startPostgres({ major: 15, dataDirectory: join(folder, 'one'), durable: false });
  two = await startPostgres({ major: 15, dataDirectory: join(folder, 'two'), durable: false });
}, 60_000);
beforeEach(async () => {
  here = await PgBouncerOfTest.start(folder, `here-${++count}`, one);
  there = await PgBouncerOfTest.start(folder, `there-${count}`, one);
  endpoint = new PgBouncerEndpoint({ by: 'pgbouncer', database: 'shop', consoles: [here.console, there.console] });
});
afterEach(async () => {
  await here.stop();
  await there.stop();
});
afterAll(async () => {
  await one.stop();
  await two.stop();
  rmSync(folder, { recursive: true, force: true });
});

const node = (name: string, { host, port }: PostgresPart): { name: string; host: string; port: number } => ({ name, host, port });
const at = (server: PostgresPart): string => `127.0.0.1:${server.port}`;

it('describes itself', async () => {
  expect(await endpoint.describe()).toEqual({ open: 'open', node: at(one), token: 0, busy: 0, problems: [] });
});

it('moves clients of transaction mode to another server without an error; each method may be repeated', async () => {
  const clients = await Promise.all([here.client(), there.client()]);
  const ports = new Set<number>();
  let running = true;
  const load = clients.map(async (client) => {
    while (running) ports.add((await client.query<{ port: number }>('select inet_server_port() as port')).rows[0]?.port ?? 0);
  });
  await sleep(50);
  for (let time = 0; time < 2; time++) await endpoint.close('drain', 5_000, never);
  expect(await endpoint.describe()).toMatchObject({ open: 'closed', busy: 0 });
  const before = statSync(here.file);
  for (let time = 0; time < 2; time++) await endpoint.point(node('node2', two), 12);
  for (let time = 0; time < 2; time++) await endpoint.open();
  await endpoint.point(node('node2', two), 12);
  await sleep(100);
  running = false;
  await Promise.all(load);
  expect([...ports]).toEqual([one.port, two.port]);
  expect(await endpoint.describe()).toEqual({ open: 'open', node: at(two), token: 12, busy: 0, problems: [] });
  expect(readFileSync(here.file, 'utf8')).toMatch(
    new RegExp(`^;; pg-runbooks token=12 node=node2 at=\\S+\\n; kept\\nshop = host=127.0.0.1 port=${two.port} dbname=postgres .* pool_size=5\\n$`),
  );
  const after = statSync(here.file);
  expect([after.uid, after.gid, after.mode]).toEqual([before.uid, before.gid, before.mode]);
  await Promise.all(clients.map((client) => client.end()));
});

it('waits for a transaction, gives up in time, names it, and lets everybody through again', async () => {
  const stuck = await there.client('shop', 'slow report');
  await stuck.query('begin; select 1');
  const refusal = endpoint.close('drain', 400, never);
  await expect(refusal).rejects.toMatchObject({
    type: 'EndpointBusy',
    message: expect.stringMatching(/^1 connections .*postgres \(slow report\) from 127\.0\.0\.1:\d+.* let clients through again\.$/s),
  });
  expect(await endpoint.describe()).toMatchObject({ open: 'open', busy: 1 });
  setTimeout(() => void stuck.query('commit'), 200);
  await endpoint.close('drain', 5_000, never);
  expect(await endpoint.describe()).toMatchObject({ open: 'closed', busy: 0 });
  await stuck.end();
});

it('does not take the PAUSE of a dead caller for closed, and opens when it is cancelled', async () => {
  const stuck = await here.client();
  await stuck.query('begin; select 1');
  const dead = await here.client('pgbouncer');
  void dead.query('PAUSE shop').catch(() => undefined);
  await sleep(100);
  (dead as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  await expect(endpoint.close('drain', 300, never)).rejects.toMatchObject({ type: 'EndpointBusy' });
  const cancel = new AbortController();
  setTimeout(() => cancel.abort(new Error('cancelled by the run')), 200);
  await expect(endpoint.close('drain', 30_000, cancel.signal)).rejects.toThrow();
  expect(await endpoint.describe()).toMatchObject({ open: 'open', busy: 1 });
  await stuck.end();
});

it('notices an earlier WAIT_CLOSE, after which PAUSE waits for nobody', async () => {
  await here.admin('WAIT_CLOSE shop');
  const stuck = await here.client();
  await stuck.query('begin; select 1');
  await expect(endpoint.close('drain', 2_000, never)).rejects.toMatchObject({
    type: 'PreconditionUnmet',
    message: expect.stringContaining('WAIT_CLOSE'),
  });
  expect(await endpoint.describe()).toMatchObject({ open: 'open' });
  await stuck.end();
});

it('kills what runs, again and again, and refuses an older token and an open endpoint', async () => {
  await expect(endpoint.point(node('node2', two), 5)).rejects.toMatchObject({
    type: 'PreconditionUnmet',
    message: expect.stringContaining('close it before'),
  });
  const stuck = await here.client();
  await stuck.query('begin; select 1');
  for (let time = 0; time < 2; time++) await endpoint.close('kill', 1_000, never);
  await expect(stuck.query('select 1')).rejects.toThrow();
  expect(await endpoint.describe()).toMatchObject({ open: 'closed', busy: 0 });
  await endpoint.point(node('node2', two), 5);
  await expect(endpoint.point(node('node1', one), 4)).rejects.toMatchObject({ type: 'Superseded' });
  expect(await endpoint.describe()).toMatchObject({ node: at(two), token: 5 });
  writeFileSync(`${here.file}.lock`, '999999999');
  await endpoint.point(node('node1', one), 6);
  await endpoint.open();
  const again = await here.client();
  expect((await again.query<{ port: number }>('select inet_server_port() as port')).rows).toEqual([{ port: one.port }]);
  await again.end();
});

it('does not close when one console is silent, and opens the others', async () => {
  there.signal('SIGSTOP');
  const state = await endpoint.describe();
  expect(state).toMatchObject({ open: 'partly', node: null, problems: [expect.stringContaining(`127.0.0.1:${there.port}`)] });
  await expect(endpoint.close('kill', 1_000, never)).rejects.toMatchObject({ type: 'TargetUnreachable' });
  const alone = new PgBouncerEndpoint({ by: 'pgbouncer', database: 'shop', consoles: [here.console] });
  expect(await alone.describe()).toMatchObject({ open: 'open', problems: [] });
  there.signal('SIGCONT');
}, 60_000);

it('says which database or file is missing', async () => {
  const wrong = new PgBouncerEndpoint({ by: 'pgbouncer', database: 'sh"op; SHUTDOWN', consoles: [here.console] });
  expect((await wrong.describe()).problems.join('\n')).toMatch(/has no database .*\n.*has no line for/s);
  const lost = new PgBouncerEndpoint({ by: 'pgbouncer', database: 'shop', consoles: [{ ...here.console, file: '/nowhere/shop.ini' }] });
  expect((await lost.describe()).problems).toEqual([expect.stringContaining('/nowhere/shop.ini')]);
});
