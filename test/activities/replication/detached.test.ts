import { join } from 'node:path';
import { Client } from 'pg';
import { startCluster, type ClusterPart } from '../../../scripts/parts/cluster';
import { clusters, type Cluster } from '../../../activities/replication/cluster';
import { endpointOf } from '../../../activities/replication/endpoints/endpoint-of';
import { attachStandbys, detachStandbys } from '../../../activities/replication/following';
import { controlOf } from '../../../activities/replication/nodes/control-of';
import { registryOf } from '../../../activities/targets/registry';
import { runFolder } from '../../support/shared';

let part: ClusterPart;
let cluster: Cluster;
let standby: Client;
let inFile: string;
beforeAll(async () => {
  part = await startCluster({ major: 18, folder: join(runFolder(), `detached-${process.pid}`), names: ['node1', 'node2'], database: 'shop' });
  cluster = clusters(registryOf({ targets: { shop: part.targetConfig } }), { endpointOf, controlOf })('shop');
  standby = new Client({ connectionString: part.node('node2').url() });
  await standby.connect();
  inFile = await setting();
});
afterAll(async () => {
  await standby.end();
  await part.stop();
});

const setting = async (): Promise<string> =>
  (await standby.query<{ setting: string }>(`select setting from pg_settings where name = 'primary_conninfo'`)).rows[0]?.setting ?? '';
const set = async (conninfo: string): Promise<void> => {
  await standby.query(`alter system set primary_conninfo = ${standby.escapeLiteral(conninfo)}`);
  await standby.query('select pg_reload_conf()');
};
const becomes = async (wanted: string): Promise<void> => {
  for (let look = 0; look < 100 && (await setting()) !== wanted; look++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await setting()).toBe(wanted);
};

/** What an act is given beside its input. */
const work = () => {
  const nothing = () => Promise.resolve();
  return { cluster, before: [], token: 1, signal: new AbortController().signal, repeated: false, sending: nothing, sent: nothing, refused: nothing };
};
const nodes = { target: 'shop', nodes: ['node2'] };

/** Detaches the standby and takes that back. */
async function thereAndBack(): Promise<void> {
  const before = (await detachStandbys.look(cluster, nodes)).map((row) => detachStandbys.before.parse(row));
  await detachStandbys.act({ ...work(), input: nodes });
  expect(await detachStandbys.verify(cluster, nodes, before)).toMatchObject({ holds: true });
  expect(detachStandbys.undo).toHaveProperty('by', 'attachStandbys');
  const input = attachStandbys.input.parse('input' in detachStandbys.undo ? detachStandbys.undo.input(nodes, before) : {});
  await attachStandbys.act({ ...work(), input });
  expect(await attachStandbys.verify(cluster, input, [])).toMatchObject({ holds: true });
}

test.each([
  ['a plain address', (port: number) => `host=127.0.0.1 port=${port}`],
  ['several addresses', (port: number) => `host=127.0.0.1,127.0.0.2 port=${port},${port}`],
  ['an address without a name', (port: number) => `hostaddr=127.0.0.1 port=${port}`],
])('%s is given back', async (_, address) => {
  const { user, password } = part.replication;
  await set(`${address(part.node('node1').port)} user=${user} password=${password} application_name=node2`);
  await thereAndBack();
  const parts = Object.fromEntries((await setting()).split(' ').map((one) => one.replaceAll("'", '').split('=') as [string, string]));
  const wanted = `${address(part.node('node1').port)} user=${user} password=${password} application_name=node2`;
  expect(parts).toEqual(Object.fromEntries(wanted.split(' ').map((one) => one.split('=') as [string, string])));
});

test('a URI is refused before anything is changed', async () => {
  const { user, password } = part.replication;
  const uri = `postgresql://${user}:${password}@127.0.0.1:${part.node('node1').port}/?application_name=node2`;
  await set(uri);
  await becomes(uri);
  await expect(detachStandbys.look(cluster, nodes)).rejects.toMatchObject({ type: 'CapabilityAbsent', message: expect.stringContaining('node2') });
  await expect(detachStandbys.look(cluster, nodes)).rejects.not.toMatchObject({ message: expect.stringContaining(password) });
  await expect(detachStandbys.act({ ...work(), input: nodes })).rejects.toMatchObject({ type: 'CapabilityAbsent' });
  expect(await setting()).toBe(uri);
  await standby.query('alter system reset primary_conninfo');
  await standby.query('select pg_reload_conf()');
  await becomes(inFile);
});
