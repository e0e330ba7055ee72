import { Client } from 'pg';
import { payload, startGatewayWorld, type GatewayWorld } from '../../support/gateway-world';

const routes = `
sources:
  am: { kind: alertmanager, authentication: { by: bearer, tokens: [{ env: RB_TEST_TOKEN }] }, targets: all }
routes:
  - { name: look, match: { alertname: ShelfLow }, runbook: lookOnly, identity: [alertname, target] }
  - name: down
    match: { alertname: Down }
    runbook: respondToP2
    input: { kind: other, impact: { annotation: summary } }
`;
let world: GatewayWorld;
let admin: Client;
beforeAll(async () => {
  world = await startGatewayWorld({ aliases: ['a1', 'a2', 'a3'], routes, sendMs: 200 });
  admin = new Client(world.postgres.url('postgres'));
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await world.stop();
});

const episodes = async (target: string) =>
  (
    await admin.query<{ status: string; workflow_id: string }>('select status, workflow_id from runbooks_control.alert_episode where target = $1', [
      target,
    ])
  ).rows;

test('a problem of two instances goes on while one of them fires, in whatever order they stand in the delivery', async () => {
  const both = (one: 'firing' | 'resolved', other: 'firing' | 'resolved') =>
    payload(
      { alertname: 'ShelfLow', status: one, labels: { target: 'a1', instance: 'one' } },
      { alertname: 'ShelfLow', status: other, labels: { target: 'a1', instance: 'other' } },
    );
  await world.deliver(both('firing', 'firing'));
  await world.deliver(both('firing', 'resolved'));
  expect(await episodes('a1')).toMatchObject([{ status: 'firing' }]);
  await world.deliver(both('resolved', 'firing'));
  expect(await episodes('a1')).toMatchObject([{ status: 'firing' }]);
  const { rows } = await admin.query('select kind from runbooks_control.alert_news where target = $1', ['a1']);
  expect(rows).toEqual([]);
  await world.deliver(both('resolved', 'resolved'));
  expect(await episodes('a1')).toMatchObject([{ status: 'resolved' }]);
});

test.each([
  ['a2', 'x'.repeat(700), 'x'.repeat(500)],
  ['a3', ' ', 'not known yet'],
])('an annotation that the input would refuse for its length keeps no incident from its start', async (target, summary, impact) => {
  const body = payload({ alertname: 'Down', labels: { target } });
  for (const alert of body.alerts) alert.annotations = { summary };
  expect((await world.deliver(body)).status).toBe(202);
  const handle = world.client.workflow.getHandle((await episodes(target))[0]?.workflow_id ?? '');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await handle.describe()).status.name).toBe('RUNNING');
  expect(await handle.query('report')).toMatchObject({ incident: { impact } });
  await handle.terminate('a test');
});

test('two gateways over one control database tell a person once', async () => {
  const other = world.another();
  await admin.query(
    `insert into runbooks_control.alert_news (key, kind, target, says, all_resolved) select 'page/test/' || i, 'page', 'shop', 'a test', false from generate_series(1, 3) i`,
  );
  await Promise.all([world.gateway.sweep.once(), other.sweep.once()]);
  await Promise.all([world.gateway.sweep.once(), other.sweep.once()]);
  expect(
    world.told
      .map(({ id }) => id)
      .filter((id) => id.startsWith('page/test/'))
      .sort(),
  ).toEqual([1, 2, 3].map((i) => `page/test/${i}`));
  await other.stop();
});
