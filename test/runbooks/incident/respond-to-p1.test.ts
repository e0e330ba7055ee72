import { notifyConfigOf } from '../../../activities/notify/notify-config';
import { Notifier } from '../../../activities/notify/notifier';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { startWebhookReceiver, type WebhookReceiver } from '../../../scripts/parts/webhook-receiver';
import type { RunReport } from '../../../workflows/contracts/journal';
import { recordHistory } from '../../support/record-history';
import { AppSessions } from '../../support/sessions';
import { runHandle, startWorld, type RunHandle, type World } from '../../support/world';

let world: World;
let receiver: WebhookReceiver;
let sessions: AppSessions;
const secret = `whsec_${Buffer.from('a secret of tests only, and long enough').toString('base64')}`;

beforeAll(async () => {
  process.env['RB_HOOK'] = secret;
  receiver = await startWebhookReceiver({ secret });
  const config = notifyConfigOf({
    channels: { hook: { by: 'webhook', url: receiver.url, secrets: [{ env: 'RB_HOOK' }] } },
    recipients: { everyone: ['hook'] },
    everyone: 'everyone',
  });
  world = await startWorld({ notifier: new Notifier(config, null), settings: { max_connections: 40 } });
  sessions = new AppSessions(world);
});
afterAll(async () => {
  await sessions.close();
  await world.stop();
  await receiver.stop();
});
beforeEach(() => {
  receiver.deliveries.length = 0;
});

const told = (): { to: unknown; template: unknown; id: string }[] =>
  receiver.deliveries.map(({ id, body }) => ({ id, to: body.data['to'], template: (body.data['body'] as { template: string }).template }));
const incident = async (run: RunHandle) => (await run.report()).incident as NonNullable<RunReport['incident']>;
const stage = (run: RunHandle, name: 'acknowledged' | 'assessed' | 'mitigated' | 'resolved') =>
  pollUntil(async () => (await incident(run))?.milestones[name] !== undefined, 15_000);
const titles = async (run: RunHandle): Promise<string[]> => (await run.report()).steps.map(({ title }) => title);
const fast = { lookEvery: '300 milliseconds', watchFor: '1 second', kind: 'connections', impact: 'checkout fails' };
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

test('slots are full: diagnosed, acknowledged late, mitigated by a gated child, verified, watched, closed', async () => {
  await world.admin.query(`create role app_web login password 'app_web'; grant app_web to rb_ctl with admin true, inherit false, set false`);
  await sessions.idle('app_web', 30);
  const run = await world.start('respondToP1', { ...fast, startsAt: ago(5 * 60_000 - 2_500) }, 'respond-to-p1/recorded');
  await pollUntil(async () => (await incident(run))?.escalations.length === 1, 10_000);
  await expect(run.send('handOver', { by: 'ann', to: 'bob' })).rejects.toThrow();
  expect(await run.send('acknowledge', { by: 'ann' })).toMatchObject({ message: 'You look after it now.' });
  await run.send('assess', { by: 'ann', reason: 'the shop holds all slots' });
  await pollUntil(
    async () => (await incident(run)).runs.some(({ runbook, outcome }) => runbook === 'diagnoseDatabase' && outcome === 'done'),
    15_000,
  );
  // The finding proposes its runbook at once; ann wants it with shorter spans.
  await pollUntil(async () => (await incident(run)).runs.some(({ runbook }) => runbook === 'relieveConnectionExhaustion'), 10_000);
  expect(await run.send('resolve', { by: 'ann', reason: 'I hope so' })).toMatchObject({ message: 'The database is looked at before that counts.' });
  await pollUntil(async () => (await titles(run)).includes('Not over yet'), 10_000);
  await run.send('mitigate', {
    by: 'ann',
    reason: 'end what idles',
    runbook: 'relieveConnectionExhaustion',
    input: { idleLongerThan: '200 milliseconds', maxPerRound: 40, maxSessions: 40 },
  });
  await pollUntil(async () => (await incident(run)).runs.length === 3, 10_000);
  const [, proposed, wanted] = (await incident(run)).runs.map(({ workflowId }) => runHandle(world.client.workflow.getHandle(workflowId), workflowId));
  await proposed?.until(({ gate }) => gate !== null);
  await proposed?.send('reject', { by: 'ann', reason: 'the other one' });
  await wanted?.approve();
  expect(await wanted?.result()).toMatchObject({ outcome: 'done' });
  await stage(run, 'mitigated');
  expect((await incident(run)).milestones.mitigated).toMatchObject({ by: 'the database' });
  await run.send('handOver', { by: 'ann', to: 'bob', reason: 'my shift ends' });
  await run.send('resolve', { by: 'bob', reason: 'the pool of the shop had no limit; it has one now' });
  await stage(run, 'resolved');
  const result = await run.result();
  expect(result).toMatchObject({
    outcome: 'done',
    summary: expect.stringMatching(/Resolved after 5 min.*the pool of the shop had no limit.*Helped by relieveConnectionExhaustion/),
  });
  expect(await incident(run)).toMatchObject({
    severity: 'P1',
    holder: 'bob',
    cause: 'the pool of the shop had no limit; it has one now',
    unheard: [],
  });
  expect((await incident(run)).escalations).toEqual([{ at: expect.any(String), to: 'DBA team', because: 'it is not acknowledged after 5 minutes' }]);
  await pollUntil(() => Promise.resolve(told().some(({ template }) => template === 'resolution')), 5_000);
  expect(told().filter(({ template }) => template === 'escalation')).toHaveLength(1);
  expect(
    told()
      .filter(({ template }) => template === 'incident')
      .map(({ to }) => to)
      .sort(),
  ).toEqual(['on-call engineer', 'stakeholders']);
  expect(
    told()
      .filter(({ template }) => template === 'resolution')
      .map(({ to }) => to)
      .sort(),
  ).toEqual(['DBA team', 'on-call engineer', 'stakeholders']);
  expect(new Set(told().map(({ id }) => id)).size).toBe(told().length);
  if (process.env['RECORD_HISTORIES'] === '1') recordHistory('respond-to-p1', await run.handle.fetchHistory());
});

test('what comes back while it is watched opens it again, and is proposed for again', async () => {
  const full = () => sessions.idle('app_web', 29);
  const empty = () => world.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app_web'`);
  const run = await world.start('respondToP1', { ...fast, watchFor: '20 seconds' });
  const proposals = async () => (await incident(run)).runs.filter(({ asked }) => asked === 'proposal');
  await full();
  expect(await pollUntil(async () => (await proposals()).length === 1, 10_000)).toBe(true);
  await empty();
  await run.send('resolve', { by: 'ann', reason: 'over' });
  await stage(run, 'resolved');
  expect(await pollUntil(async () => (await proposals())[0]?.outcome !== null, 10_000)).toBe(true);
  await full();
  expect(await pollUntil(async () => (await titles(run)).includes('Open again'), 15_000)).toBe(true);
  expect((await incident(run)).milestones.resolved).toBeUndefined();
  expect(await pollUntil(async () => (await proposals()).length === 2, 10_000)).toBe(true);
  await run.send('abandon', { by: 'ann', reason: 'a test' });
  expect((await run.failure()).type).toBe('Abandoned');
  // What it had proposed goes on without it.
  const child = (await proposals())[1];
  expect((await world.client.workflow.getHandle(child?.workflowId ?? '').describe()).status.name).toBe('RUNNING');
  await world.client.workflow.getHandle(child?.workflowId ?? '').terminate();
  await empty();
});

test('what the database cannot show is over when a person says so', async () => {
  const run = await world.start('respondToP2', { ...fast, kind: 'security', impact: 'a stolen key' }, 'respond-to-p2/recorded');
  await pollUntil(() => Promise.resolve(told().some(({ to }) => to === 'CISO')), 10_000);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await incident(run)).milestones.mitigated).toBeUndefined();
  await run.send('resolve', { by: 'ann', reason: 'the key was revoked' });
  expect(await run.result()).toMatchObject({ outcome: 'done', summary: expect.stringContaining('the key was revoked') });
  if (process.env['RECORD_HISTORIES'] === '1') recordHistory('respond-to-p2', await run.handle.fetchHistory());
});
