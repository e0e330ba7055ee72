import { join } from 'node:path';
import { missingForMonitoring, startMonitoring, type MonitoringPart } from '../../../scripts/parts/monitoring';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { AppSessions } from '../../support/sessions';
import { TOKEN, startGatewayWorld, type GatewayWorld } from '../../support/gateway-world';
import { runFolder } from '../../support/shared';
import { runHandle } from '../../support/world';

const ROUTES = `
sources:
  alertmanager: { kind: alertmanager, authentication: { by: bearer, tokens: [{ env: RB_TEST_TOKEN }] }, targets: [shop], watchdog: {} }
routes:
  - name: connections
    match: { alertname: ConnectionsNearLimit }
    runbook: respondToP1
    input: { kind: connections, impact: { annotation: summary }, startsAt: { alert: startsAt }, lookEvery: '500 milliseconds', watchFor: '2 seconds' }
    identity: [alertname, target]
`;

const missing = missingForMonitoring();
const when = missing.length && !process.env['CI'] ? describe.skip : describe;
if (missing.length) process.stderr.write(`NOT RUN without ${missing.join(', ')}: a real Alertmanager in front of the gateway.\n`);

when('a real Prometheus and a real Alertmanager', () => {
  let world: GatewayWorld;
  let monitoring: MonitoringPart;
  let sessions: AppSessions;

  beforeAll(async () => {
    world = await startGatewayWorld({ routes: ROUTES, settings: { max_connections: 40 } });
    sessions = new AppSessions(world);
    world.gateway.sweep.start();
    monitoring = await startMonitoring({
      folder: join(runFolder(), `monitoring-${world.namespace}`),
      target: { name: 'shop', url: world.postgres.url('shop') },
      webhook: { url: `${world.url}/webhooks/alertmanager`, bearer: TOKEN },
      rules: { only: ['Watchdog', 'ConnectionsNearLimit'], for: '1s' },
    });
  }, 120_000);
  afterAll(async () => {
    await monitoring?.stop();
    await sessions?.close();
    await world?.stop();
  });

  test('full slots become an alert, an incident, an approval, a fix, a resolved alert, and a record', async () => {
    await world.admin.query(`create role app_web login password 'app_web'; grant app_web to rb_ctl with admin true, inherit false, set false`);
    await sessions.idle('app_web', 30);
    const started = async (): Promise<string | undefined> => {
      const runs = world.client.workflow.list({ query: `WorkflowType = 'respondToP1'` });
      for await (const { workflowId } of runs) return workflowId;
      return undefined;
    };
    expect(await pollUntil(async () => (await started()) !== undefined, 60_000)).toBe(true);
    const id = (await started()) ?? '';
    expect(id).toMatch(/^respondToP1\/shop\/alert-/);
    const run = runHandle(world.client.workflow.getHandle(id), id);
    const incident = async () => (await run.report()).incident;
    await pollUntil(async () => (await incident())?.runs.some(({ asked }) => asked === 'proposal') ?? false, 20_000);
    expect(await incident()).toMatchObject({ kind: 'connections', impact: expect.stringMatching(/% of the connection slots of shop are used/) });
    await run.send('acknowledge', { by: 'ann' });
    const input = { idleLongerThan: '200 milliseconds', maxPerRound: 40, maxSessions: 40 };
    await run.send('mitigate', { by: 'ann', reason: 'end what idles', runbook: 'relieveConnectionExhaustion', input });
    await pollUntil(async () => (await incident())?.runs.length === 3, 20_000);
    const fix = (await incident())?.runs[2]?.workflowId ?? '';
    const child = runHandle(world.client.workflow.getHandle(fix), fix);
    await child.approve('ann');
    expect(await child.result()).toMatchObject({ outcome: 'done' });
    // Nobody says that it is over: the alert resolves, and the database shows the same.
    const result = await run.result();
    expect(result).toMatchObject({
      outcome: 'done',
      summary: expect.stringMatching(
        /Resolved after .*the alert has resolved \(ConnectionsNearLimit on shop.*, and the database shows the same.*Helped by relieveConnectionExhaustion/,
      ),
    });
    // What the finding had proposed and nobody decided is taken back.
    const proposed = (await incident())?.runs.find(({ asked }) => asked === 'proposal')?.workflowId ?? '';
    expect(await world.client.workflow.getHandle(proposed).result()).toMatchObject({
      outcome: 'nothing to do',
      summary: expect.stringContaining('is withdrawn'),
    });
    // The watchdog comes by the same way.
    expect(
      await pollUntil(
        async () => (await (await fetch(`${world.url}/metrics`)).text()).includes('watchdog_silence_seconds{source="alertmanager"}'),
        10_000,
      ),
    ).toBe(true);
  }, 180_000);
});
