import { Client } from 'pg';
import { findPgBouncer } from '../../scripts/parts/pgbouncer';
import { clusterOf, settledState, stateOf } from '../support/replication/cluster-state';
import { startReplicationWorld, type ReplicationWorld } from '../support/replication/replication-world';

/** Absent in CI is a failure; elsewhere the tests say loudly that they did not run. */
const present = findPgBouncer() !== null || process.env['CI'] !== undefined;
if (!present) console.warn('NOT TESTED: no pgbouncer in PATH or /usr/sbin; install the package pgbouncer');

(present ? describe : describe.skip)('a switchover through PgBouncer', () => {
  let world: ReplicationWorld;
  beforeAll(async () => {
    world = await startReplicationWorld({ endpoint: 'pgbouncer' });
    await world.worker();
  }, 240_000);
  afterAll(() => world.stop());

  const application = async (): Promise<Client> => {
    const client = new Client({ connectionString: world.appUrl });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };

  test.each([false, true])(
    'gives up a drain that a stuck transaction holds, and opens the endpoint again (WAIT_CLOSE before: %s)',
    async (waitClose) => {
      if (waitClose) await onConsole('WAIT_CLOSE shop');
      const before = await stateOf(world);
      const stuck = await application();
      await stuck.query('begin');
      await stuck.query('select 1');
      const run = await world.start('switchover', { drainWithin: '1 second', override: ['long-transaction'] });
      await run.approve();
      const { parked } = await run.until((now) => now.parked !== null || now.outcome !== null, 'a drain that is given up');
      expect(parked).toMatchObject({
        step: 'Close the endpoint',
        failure: { type: expect.stringMatching(/EndpointBusy|VerificationFailed|PreconditionUnmet/) as string },
      });
      expect((await stateOf(world)).endpoint.open).toBe('open');
      const other = await application();
      expect((await other.query('select 1')).rowCount).toBe(1);
      await other.end();
      await run.send('rollback', { by: 'olga', reason: 'later' });
      expect((await run.until((now) => now.outcome !== null, 'the end')).outcome).toBe('rolled back');
      await stuck.query('rollback');
      await stuck.end();
      expect(await settledState(world, before)).toEqual(before);
    },
    60_000,
  );

  test('a late order of an older run cannot turn clients back', async () => {
    const { endpoint } = clusterOf(world);
    const { token } = await endpoint.describe();
    const signal = new AbortController().signal;
    const at = (name: string): { name: string; host: string; port: number } => ({ name, host: '127.0.0.1', port: world.cluster.node(name).port });
    await endpoint.close('kill', 1_000, signal);
    await endpoint.point(at('node1'), token + 5);
    await expect(endpoint.point(at('node2'), token + 4)).rejects.toMatchObject({ type: 'Superseded' });
    await endpoint.open();
    expect(await endpoint.describe()).toMatchObject({ open: 'open', token: token + 5, node: `127.0.0.1:${at('node1').port}` });
  });

  async function onConsole(text: string): Promise<void> {
    const [entry] = (
      world.registry.targets['shop'] as unknown as { endpoint: { consoles: { port: number; user: string; password: { env: string } }[] } }
    ).endpoint.consoles;
    const client = new Client({
      host: '127.0.0.1',
      port: entry?.port,
      user: entry?.user,
      password: process.env[entry?.password.env ?? ''],
      database: 'pgbouncer',
    });
    await client.connect();
    await client.query(text);
    await client.end();
  }
});
