import { payload, startGatewayWorld, type GatewayWorld } from '../../support/gateway-world';

let world: GatewayWorld;
beforeAll(async () => (world = await startGatewayWorld()));
afterAll(() => world.stop());

test('the watchdog: heard it is quiet, silent somebody is told once', async () => {
  await world.deliver(payload({ alertname: 'Watchdog' }));
  world.skip(9 * 60_000);
  await world.gateway.sweep.once();
  const silent = () => world.told.filter(({ state }) => state.includes('am is silent since'));
  const before = silent().length;
  world.skip(2 * 60_000);
  await world.gateway.sweep.once();
  await world.gateway.sweep.once();
  expect(silent()).toHaveLength(before + 1);
  await world.deliver(payload({ alertname: 'Watchdog' }));
  await world.gateway.sweep.once();
  expect(silent()).toHaveLength(before + 1);
});

test('what was not heard while no gateway was there is no silence of the source', async () => {
  await world.deliver(payload({ alertname: 'Watchdog' }));
  world.skip(3 * 3_600_000);
  const silent = () => world.told.filter(({ state }) => state.includes('am is silent since')).length;
  const before = silent();
  const restarted = world.another();
  await restarted.sweep.once();
  expect(silent()).toBe(before);
  world.skip(11 * 60_000);
  await restarted.sweep.once();
  expect(silent()).toBe(before + 1);
  await restarted.stop();
  await world.deliver(payload({ alertname: 'Watchdog' }));
});

test('a page that no channel takes is tried again after twice as long each time, until one does', async () => {
  const attempts = () => world.told.filter(({ state }) => state.includes('am is silent since')).length;
  const sweepAfter = async (seconds: number): Promise<number> => {
    world.skip(seconds * 1_000);
    await world.gateway.sweep.once();
    return attempts() - before;
  };
  world.channels.down = true;
  const before = attempts();
  expect(await sweepAfter(11 * 60)).toBe(1);
  expect(await sweepAfter(0)).toBe(1);
  expect(await sweepAfter(7)).toBe(2);
  expect(await sweepAfter(7)).toBe(2);
  expect(world.logged.at(-1)).toContain('(test: it is down); it is tried again in 12 s');
  world.channels.down = false;
  expect(await sweepAfter(6)).toBe(3);
  expect(await sweepAfter(120)).toBe(3);
});
