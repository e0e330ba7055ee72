import { findDistribution } from '../../../scripts/parts/cluster/programs';
import { monotone } from '../../../scripts/parts/endpoint-prober';
import { findPgBouncer } from '../../../scripts/parts/pgbouncer';
import { EXPIRING } from '../../support/runbooks/expiring-id';
import { recordHistory } from '../../support/record-history';
import { clusterOf, safeEndpoint, settledState, stateOf, writableNodes } from '../../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld, type ReplicationWorldOptions } from '../../support/replication/replication-world';
import { underLoad } from '../../support/replication/under-load';
import type { RunHandle } from '../../support/world';

const IN_A_ROW = 4;

/** Absent in CI is a failure; elsewhere the tests say loudly that they did not run. */
const pooled = findPgBouncer() !== null || process.env['CI'] !== undefined;
if (!pooled) console.warn('NOT TESTED: switchover through PgBouncer; install the package pgbouncer');

const BEDS: [string, ReplicationWorldOptions][] = [
  ['on PostgreSQL 18 through TCP', { major: 18, endpoint: 'tcp' }],
  ...(pooled
    ? [
        ['on PostgreSQL 15 through PgBouncer', { major: 15, endpoint: 'pgbouncer', distribution: findDistribution(15) !== null }] as [
          string,
          ReplicationWorldOptions,
        ],
      ]
    : []),
];

const recording = process.env['RECORD_HISTORIES'] === '1';

describe.each(BEDS)('switchover %s', (_, options) => {
  let world: ReplicationWorld;
  beforeAll(async () => {
    world = await startReplicationWorld(options);
    await world.worker();
  }, 240_000);
  afterAll(() => world.stop());

  /** Approves it and waits for its end; a parked run fails the test with its sentence. */
  const toTheEnd = async (run: RunHandle): Promise<string> => {
    await run.approve();
    const asksAgain = (gate: { title: string } | null): boolean => gate?.title.includes('changed') ?? false;
    const end = await run.until((now) => now.outcome !== null || now.parked !== null || asksAgain(now.gate), 'the end');
    if (end.gate) return `asks again: ${end.gate.title}`;
    const slow = (await run.report()).steps.flatMap(({ title, startedAt, endedAt }) => {
      const ms = Date.parse(endedAt ?? '') - Date.parse(startedAt);
      return ms > 1_500 ? [`${title}: ${ms} ms`] : [];
    });
    if (slow.length) console.log('slow steps:', slow.join(', '));
    return end.parked ? `parked: ${JSON.stringify(end.parked)}` : `${end.outcome}`;
  };

  test(`the happy path, ${IN_A_ROW} times in a row under four writers, loses nothing`, async () => {
    const { written, history, writers } = await underLoad(world, async () => {
      for (let round = 1; round <= IN_A_ROW; round++) {
        const run = await world.start('switchover', {}, recording && round === 1 && options.endpoint === 'tcp' ? 'switchover/recorded' : undefined);
        expect(await toTheEnd(run)).toBe('done');
        if (recording && round === 1 && options.endpoint === 'tcp') recordHistory('switchover', await run.handle.fetchHistory());
      }
    });
    const state = await stateOf(world);
    const [primary] = writableNodes(state);
    console.log(
      options.endpoint,
      'longest pause of',
      IN_A_ROW,
      written.longestPauseMs,
      'ms; errors',
      written.errors,
      'reconnects',
      written.reconnects,
      written.messages,
    );

    expect(monotone(history)).toBe(true);
    for (const node of world.cluster.nodes) expect([node.name, await writers.lostOn(node.url('shop'))]).toEqual([node.name, []]);
    if (options.endpoint === 'pgbouncer') expect([written.errors, written.messages]).toEqual([0, {}]);
    else expect(written.reconnects).toBeGreaterThan(0);

    const leader = state.nodes.find(({ node }) => node === primary);
    expect(leader).toMatchObject({
      timeline: 1 + IN_A_ROW,
      slots: world.cluster.nodes.map(({ name }) => name).filter((name) => name !== primary),
      unusedSlots: [],
    });
    const leaderPort = world.cluster.node(primary ?? '').port;
    for (const standby of state.nodes.filter(({ node }) => node !== primary))
      expect(standby).toMatchObject({ standby: true, upstreamPort: leaderPort, unusedSlots: [], signals: ['standby.signal'], readOnly: 'off' });
    expect(state.nodes.flatMap(({ alterSystem }) => alterSystem).filter((line) => line.includes('read_only'))).toEqual([]);
    expect(state.endpoint).toEqual({ open: 'open', node: `127.0.0.1:${leaderPort}` });
    expect(safeEndpoint(world, state)).toBe(true);
  }, 600_000);

  test('a plan, a rejection and a gate that nobody answers write nothing', async () => {
    const [before, rows, token] = [await stateOf(world), await ledgerRows(), await endpointToken()];
    const { plan } = await (await world.start('switchover', { mode: 'plan' })).result();
    expect(plan?.steps.filter((step) => step.write).map((step) => step.title)).toContain('Promote the candidate');

    const rejected = await world.start('switchover');
    await rejected.until((now) => now.gate !== null, 'the gate');
    await rejected.send('reject', { by: 'olga', reason: 'not today' });
    expect((await rejected.failure()).type).toBe('ApprovalRefused');
    const expired = await world.start('switchover', {}, `${EXPIRING}switchover/1`);
    expect((await expired.failure()).type).toBe('ApprovalExpired');

    expect(await settledState(world, before, 1_000)).toEqual(before);
    expect([await ledgerRows(), await endpointToken()]).toEqual([rows, token]);
  }, 240_000);

  const ledgerRows = (): Promise<unknown> =>
    world.control.ledger.use(clusterOf(world).systemIdentifier, 'rb:test', (session) =>
      session.query({ text: 'select key, state, token from runbooks_control.ledger order by key', values: [] }),
    );
  const endpointToken = async (): Promise<number> => (await clusterOf(world).endpoint.describe()).token;
});
