import { createHmac } from 'node:crypto';
import { Client } from 'pg';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { TOKEN, payload, startGatewayWorld, type GatewayWorld } from '../../support/gateway-world';
import { runHandle } from '../../support/world';

let world: GatewayWorld;
beforeAll(async () => (world = await startGatewayWorld({ aliases: ['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'] })));
afterAll(() => world.stop());

const rows = async <T extends object>(statement: string, ...values: unknown[]): Promise<T[]> => {
  const client = new Client(world.postgres.url('postgres'));
  await client.connect();
  try {
    return (await client.query<T>(statement, values)).rows;
  } finally {
    await client.end();
  }
};
const episode = async (says: string) =>
  (
    await rows<{ state: string; because: string; workflow_id: string; deliveries: number; status: string }>(
      'select * from runbooks_control.alert_episode where says like $1 order by first_at desc limit 1',
      `%${says}%`,
    )
  )[0];
const run = (id: string) => runHandle(world.client.workflow.getHandle(id), id);
const finish = async (id: string) => {
  await world.client.workflow
    .getHandle(id)
    .terminate('test')
    .catch(() => undefined);
  await world.gateway.sweep.once();
};

describe('what is refused', () => {
  const body = JSON.stringify(payload({ alertname: 'ShelfLow' }));
  test('a stranger learns nothing', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Basic ${TOKEN}` },
      { authorization: `Bearer ${TOKEN}x` },
    ] as Record<string, string>[]) {
      expect(await world.deliver(body, headers)).toMatchObject({
        status: 401,
        body: { error: 'The delivery is not signed as its source should sign it.' },
      });
    }
    expect(await world.deliver(body, { authorization: `Bearer ${TOKEN}` }, 'nowhere')).toMatchObject({ status: 401 });
    expect(world.logged.join('\n')).not.toContain(TOKEN);
  });

  test('bodies that are no alerts get a clear answer', async () => {
    const answer = async (sent: string | Uint8Array): Promise<[number, string]> => {
      const { status, body: said } = await world.deliver(sent);
      return [status, (said as { error: string }).error];
    };
    expect(await answer('')).toEqual([400, expect.stringContaining('no JSON')]);
    expect(await answer('{"version":"4","alerts":[{"status":"burning"}]}')).toEqual([
      400,
      expect.stringMatching(/alerts\.0\.status.*alerts\.0\.labels/s),
    ]);
    expect(await answer(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))).toEqual([400, 'The body is not UTF-8.']);
    expect(await answer('['.repeat(2_000_000))).toEqual([400, expect.stringContaining('no JSON')]);
    expect(await answer(`{"version":"4","alerts":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toEqual([400, expect.any(String)]);
    expect(
      await answer(JSON.stringify({ version: '4', alerts: Array.from({ length: 10_001 }, () => payload({ alertname: 'X' }).alerts[0]) })),
    ).toEqual([expect.any(Number), expect.stringMatching(/at most/)]);
    expect((await world.deliver(new Uint8Array(40 * 1_024 * 1_024))).status).toBe(413);
  });

  test('a signed source: clock on both sides, every bit of body, timestamp and signature', async () => {
    const sent = JSON.stringify({ labels: { alertname: 'ShelfOdd', target: 'shop', from: 'script' }, startsAt: '2026-11-21T09:00:00Z' });
    const sign = (text: string, at: number): Record<string, string> => ({
      'x-timestamp': String(at),
      'x-signature': `sha256=${createHmac('sha256', TOKEN).update(`${at}.${text}`).digest('hex')}`,
    });
    const now = Math.floor(Date.now() / 1_000);
    expect((await world.deliver(sent, sign(sent, now), 'scripts')).status).toBe(202);
    await run((await episode('ShelfOdd on shop'))?.workflow_id ?? '').result();
    await world.gateway.sweep.once();
    await world.deliver(
      JSON.stringify({ ...JSON.parse(sent), status: 'resolved' }),
      sign(JSON.stringify({ ...JSON.parse(sent), status: 'resolved' }), now),
      'scripts',
    );
    for (const off of [-310, 310]) expect((await world.deliver(sent, sign(sent, now + off), 'scripts')).status).toBe(401);
    expect((await world.deliver(sent, { ...sign(sent, now), 'x-timestamp': String(now + 1) }, 'scripts')).status).toBe(401);
    expect((await world.deliver(`${sent} `, sign(sent, now), 'scripts')).status).toBe(401);
    expect((await world.deliver(sent, {}, 'scripts')).status).toBe(401);
  });
});

describe('what is routed', () => {
  test('labels choose; what they may not name is accepted and logged', async () => {
    const { body } = await world.deliver(payload({ alertname: 'Nobody' }, { alertname: 'ShelfLow', labels: { target: 'elsewhere' } }));
    expect(body).toMatchObject({
      alerts: [
        { state: 'unroutable', because: 'no route matches' },
        { state: 'unroutable', because: expect.stringContaining('no target "elsewhere"') },
      ],
    });
    const typed = await world.deliver(payload({ alertname: 'ShelfEmpty', labels: { apples: 'many', shelf: 'x' } }));
    expect(typed.body).toMatchObject({ alerts: [{ state: 'unroutable', because: expect.stringContaining('"many" is no whole number') }] });
  });

  test('an alert starts a gated run with a typed input; the same alert a thousand times is one run with a count (peers 21, 23)', async () => {
    const one = payload({ alertname: 'ShelfEmpty', labels: { apples: '21', shelf: 'a' } });
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => world.deliver(one)));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    const found = await episode('ShelfEmpty');
    expect(found).toMatchObject({ state: 'started', deliveries: 1_000, status: 'firing' });
    const handle = run(found?.workflow_id ?? '');
    expect(found?.workflow_id).toMatch(/^restock\/shop\/alert-[0-9a-f]{12}$/);
    await handle.until(({ gate }) => gate !== null);
    expect((await handle.report()).input).toMatchObject({ apples: 21, pears: 12 });
    expect(await rows('select times from runbooks_control.alert_delivery where times = 1000')).toHaveLength(1);
    // Another alert on the target joins it, and the run says so.
    const other = await world.deliver(payload({ alertname: 'ShelfLow', startsAt: '2026-11-21T10:01:00Z' }));
    expect(other.body).toMatchObject({ alerts: [{ state: 'joined', run: handle.id }] });
    await pollUntil(async () => (await handle.report()).steps.some(({ title }) => title === 'Alert joined'), 5_000);
    // One of two resolved: the gate stays open. Both: it is withdrawn, and nothing was changed.
    await world.deliver(payload({ alertname: 'ShelfLow', startsAt: '2026-11-21T10:01:00Z', status: 'resolved' }));
    expect((await handle.status()).gate).not.toBeNull();
    await world.deliver(payload({ alertname: 'ShelfEmpty', labels: { apples: '21', shelf: 'a' }, status: 'resolved' }));
    expect(await handle.result()).toMatchObject({
      outcome: 'nothing to do',
      summary: expect.stringMatching(/Resolved meanwhile.*withdrawn and nothing was changed/),
    });
    await world.gateway.sweep.once();
  });

  test('after a run it is quiet for the cool-down; what still fires then is a further attempt, and a person is told (peers 24)', async () => {
    const alert = { alertname: 'ShelfEmpty', startsAt: '2026-11-21T11:00:00Z', labels: { apples: '2', shelf: 'b' } };
    world.skip(16 * 60_000);
    await world.deliver(payload(alert));
    const first = (await episode('ShelfEmpty'))?.workflow_id ?? '';
    const handle = run(first);
    await handle.until(({ gate }) => gate !== null);
    await handle.send('reject', { by: 'olga', reason: 'not now' });
    await handle.failure();
    await world.gateway.sweep.once();
    await world.gateway.sweep.once();
    expect(await episode('ShelfEmpty')).toMatchObject({ state: 'held', because: expect.stringContaining('looked at again from') });
    expect(world.told.map(({ state }) => state)).toContainEqual(expect.stringMatching(`${first} ended without a verified fix \\(failed\\)`));
    await world.deliver(payload(alert));
    expect(await episode('ShelfEmpty')).toMatchObject({ state: 'held' });
    world.skip(61 * 60_000);
    await world.gateway.sweep.once();
    await world.gateway.sweep.once();
    const second = await episode('ShelfEmpty');
    expect(second).toMatchObject({ state: 'started', workflow_id: `${first}-2` });
    expect(world.told.map(({ state }) => state)).toContainEqual(expect.stringMatching(/still fires after .*attempt 2/));
    await finish(`${first}-2`);
  });

  test('three starts an hour on one target, then people', async () => {
    world.skip(16 * 60_000);
    for (const shelf of ['c', 'd', 'e', 'f']) {
      await world.deliver(payload({ alertname: 'ShelfEmpty', startsAt: '2026-11-21T12:00:00Z', labels: { target: 'a7', shelf } }));
      const { workflow_id: id } = (await episode('ShelfEmpty on a7')) ?? { workflow_id: '' };
      if (id) await finish(id);
      world.skip(16 * 60_000);
    }
    expect(await rows(`select 1 from runbooks_control.alert_run where target = 'a7'`)).toHaveLength(3);
    await world.gateway.sweep.once();
    expect(world.told.filter(({ state }) => state.includes('3 runs were started on a7 within the hour'))).toHaveLength(1);
  });

  test('more than five targets at once are one mass incident: what changes is not started', async () => {
    world.skip(2 * 3_600_000);
    const targets = ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'];
    await world.deliver(payload(...targets.map((target) => ({ alertname: 'ShelfEmpty', startsAt: '2026-11-21T14:00:00Z', labels: { target } }))));
    const starts = await rows<{ target: string }>(`select target from runbooks_control.alert_run where target = any($1) order by target`, targets);
    expect(starts.map(({ target }) => target)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5']);
    await world.deliver(payload({ alertname: 'ShelfOdd', startsAt: '2026-11-21T14:00:00Z', labels: { target: 'a6' } }));
    expect(await episode('ShelfOdd on a6')).toMatchObject({ state: 'started' });
    await world.gateway.sweep.once();
    expect(world.told.filter(({ state }) => state.includes('a mass incident'))).toHaveLength(1);
    for (const { workflow_id: id } of await rows<{ workflow_id: string }>(
      'select workflow_id from runbooks_control.alert_run where ended_at is null',
    ))
      await finish(id);
  });

  test('a run that stands still stops no other trigger, and looking at the gateway changes nothing (peers 6, 16)', async () => {
    world.skip(2 * 3_600_000);
    const alert = (target: string) => payload({ alertname: 'ShelfEmpty', startsAt: '2026-11-21T18:00:00Z', labels: { target, shelf: 'g' } });
    await world.deliver(alert('a1'));
    const stuck = (await episode('ShelfEmpty on a1'))?.workflow_id ?? '';
    await run(stuck).until(({ gate }) => gate !== null);
    const before = await rows('select * from runbooks_control.alert_episode');
    for (const path of ['webhooks/am', 'healthz', 'metrics']) await fetch(`${world.url}/${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await rows('select * from runbooks_control.alert_episode')).toEqual(before);
    await world.deliver(alert('a2'));
    expect(await episode('ShelfEmpty on a2')).toMatchObject({ state: 'started' });
    for (const { workflow_id: id } of await rows<{ workflow_id: string }>(
      'select workflow_id from runbooks_control.alert_run where ended_at is null',
    ))
      await finish(id);
  });

  test('the gateway says how it is', async () => {
    expect(await (await fetch(`${world.url}/healthz`)).json()).toMatchObject({ inbox: true, temporal: true });
    const metrics = await (await fetch(`${world.url}/metrics`)).text();
    expect(metrics).toMatch(/runbooks_gateway_deliveries_total\{source="am",status="202"\} \d{4}/);
    expect(metrics).not.toContain('ShelfEmpty');
  });
});
