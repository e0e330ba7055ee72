import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { notifyConfigOf } from '../../../activities/notify/notify-config';
import { Notifier } from '../../../activities/notify/notifier';
import { pollUntil } from '../../../scripts/parts/poll-until';
import type { RunReport } from '../../../workflows/contracts/journal';
import { AppSessions } from '../../support/sessions';
import { startWorld, type RunHandle, type World } from '../../support/world';

interface Told {
  readonly to: string;
  readonly over: boolean;
  readonly body: { readonly template: string; readonly because?: string; readonly status?: string };
}

let world: World;
let server: Server;
let sessions: AppSessions;
const told: Told[] = [];
/** How long the channel takes for the message of the end. */
let endTakesMs = 0;

beforeAll(async () => {
  process.env['RB_SLOW_HOOK'] = `whsec_${Buffer.from('a secret of tests only, and long enough').toString('base64')}`;
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { data } = JSON.parse(Buffer.concat(parts).toString()) as { data: Told };
      told.push(data);
      setTimeout(() => response.end(), data.body.template === 'resolution' ? endTakesMs : 0);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const config = notifyConfigOf({
    channels: { hook: { by: 'webhook', url, secrets: [{ env: 'RB_SLOW_HOOK' }] } },
    recipients: { everyone: ['hook'] },
    everyone: 'everyone',
  });
  world = await startWorld({ notifier: new Notifier(config, null), settings: { max_connections: 40 } });
  sessions = new AppSessions(world);
  await world.admin.query(`create role app_web login password 'app_web'; grant app_web to rb_ctl with admin true, inherit false, set false`);
});
afterAll(async () => {
  await sessions.close();
  await world.stop();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  told.length = 0;
});
afterEach(() => empty());

const full = (count = 29) => sessions.idle('app_web', count);
const empty = () => world.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_web'`);
const incident = async (run: RunHandle) => (await run.report()).incident as NonNullable<RunReport['incident']>;
const until = (holds: () => Promise<boolean>) => pollUntil(holds, 15_000);
const has = (run: RunHandle, title: string) => until(async () => (await run.report()).steps.some((step) => step.title === title));
const fast = { lookEvery: '300 milliseconds', watchFor: '20 seconds', kind: 'connections', impact: 'checkout fails' };
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const resolvedNews = { id: 'n1', kind: 'resolved', says: 'ConnectionsNearLimit', allResolved: true };

test('one good look is no mitigation when the next ones are bad: those who should hear of it do', async () => {
  const run = await world.start('respondToP1', { ...fast, startsAt: ago(5 * 60_000 - 5_000) });
  expect(await until(async () => (await incident(run))?.milestones.mitigated?.by === 'the database')).toBe(true);
  await full();
  expect(await has(run, 'The database is not well')).toBe(true);
  expect(await until(async () => (await incident(run)).escalations.some(({ because }) => because === 'it is not acknowledged after 5 minutes'))).toBe(
    true,
  );
  expect((await incident(run)).milestones.mitigated).toBeUndefined();
  await run.send('abandon', { by: 'ann', reason: 'a test' });
});

test('what a person says of a resolved incident is its cause, and not the end of what comes back', async () => {
  const run = await world.start('respondToP1', fast);
  await run.handle.signal('alertNews', resolvedNews);
  expect(await until(async () => (await incident(run))?.milestones.resolved?.by === 'alert')).toBe(true);
  await run.send('resolve', { by: 'ann', reason: 'the pool had no limit' });
  expect(await until(async () => (await incident(run)).cause === 'the pool had no limit')).toBe(true);
  await full();
  expect(await has(run, 'Open again')).toBe(true);
  await empty();
  expect(await until(async () => (await incident(run)).milestones.resolved !== undefined)).toBe(true);
  expect((await incident(run)).milestones.resolved?.by).toBe('alert');
  await run.send('abandon', { by: 'ann', reason: 'a test' });
});

test('a message that comes while the end is told promises nothing that will not happen', async () => {
  endTakesMs = 4_000;
  const run = await world.start('respondToP1', { ...fast, watchFor: '1 second' });
  await run.send('resolve', { by: 'ann', reason: 'over' });
  expect(await has(run, 'Watched')).toBe(true);
  const wanted = { by: 'ann', reason: 'to be sure', runbook: 'relieveConnectionExhaustion', input: {} };
  await expect(run.send('mitigate', wanted)).rejects.toThrow();
  expect(await run.send('note', { by: 'ann', reason: 'for the record' })).toMatchObject({ accepted: true });
  expect(await run.result()).toMatchObject({ outcome: 'done' });
  endTakesMs = 0;
});

test('who was told of an incident hears that it was abandoned', async () => {
  const run = await world.start('respondToP1', fast);
  await until(() => Promise.resolve(told.some(({ to }) => to === 'stakeholders')));
  await run.send('abandon', { by: 'ann', reason: 'a drill' });
  expect((await run.failure()).type).toBe('Abandoned');
  expect(told.filter(({ to, over }) => over && ['stakeholders', 'on-call engineer'].includes(to))).toHaveLength(2);
});

test('the record says who was reminded: those whom the message went to', async () => {
  const run = await world.start('respondToP1', { ...fast, kind: 'other', startsAt: ago(15 * 60_000 - 3_000) });
  await run.send('handOver', { by: 'ann', to: 'bob', reason: 'my shift ends' });
  expect(await until(async () => (await run.report()).steps.some(({ title }) => title.startsWith('Reminded')))).toBe(true);
  await until(() => Promise.resolve(told.some(({ body }) => body.because?.includes('not assessed') === true)));
  expect(told.find(({ body }) => body.because?.includes('not assessed'))?.to).toBe('on-call engineer');
  expect((await run.report()).steps.map(({ title }) => title)).toContain('Reminded on-call engineer');
  await run.send('abandon', { by: 'ann', reason: 'a test' });
});

test('updates that were not due while it was resolved are not made up for when it comes back', async () => {
  const run = await world.start('talkative', { ...fast, watchFor: '1 minute' });
  await run.handle.signal('alertNews', resolvedNews);
  expect(await until(async () => (await incident(run))?.milestones.resolved !== undefined)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 13_000));
  told.length = 0;
  await full();
  expect(await has(run, 'Open again')).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(told.filter(({ body }) => body.status?.startsWith('It is open'))).toHaveLength(1);
  await run.send('abandon', { by: 'ann', reason: 'a test' });
});

test('what no sign shows is over when a person says so, though something else is wrong with the database', async () => {
  await full(33);
  const run = await world.start('respondToP2', { ...fast, kind: 'security', impact: 'a stolen key', watchFor: '1 second' });
  expect(await has(run, 'The database is not well')).toBe(true);
  await run.send('resolve', { by: 'ann', reason: 'the key was revoked' });
  expect(await run.result()).toMatchObject({ outcome: 'done', summary: expect.stringContaining('the key was revoked') });
});
