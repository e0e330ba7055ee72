import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { OWNER_SIGNS, ownerFiles, ownerOf, type ClusterOwner, type OwnerSign } from '../../../activities/replication/cluster-owner';
import { startPostgres, type PostgresPart } from '../../../scripts/parts/postgres-server';
import { testFolder } from '../../support/replication/local-node';

const folder = testFolder();
let server: PostgresPart;
let admin: Client;

async function connected(user: string, password: string, application_name = 'app'): Promise<Client> {
  const client = new Client({ host: server.host, port: server.port, database: 'postgres', user, password, application_name });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

beforeAll(async () => {
  server = await startPostgres({ major: 18, dataDirectory: join(folder, 'node'), durable: false, settings: { wal_level: 'logical' } });
  admin = await connected('postgres', server.password, 'psql');
  await admin.query(`create role reader login password 'reader' in role pg_monitor; create role plain login password 'plain'`);
  await admin.query(`create role streaming_replica login password 'sr'; create role pgautofailover_monitor login password 'pm'`);
}, 60_000);
afterAll(async () => {
  await admin.end();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function seen(as = 'reader'): Promise<ClusterOwner | null> {
  const client = await connected(as, as, 'runbook');
  try {
    return ownerOf((await client.query<OwnerSign>(OWNER_SIGNS.text, [...OWNER_SIGNS.values])).rows);
  } finally {
    await client.end();
  }
}

it('sees no owner on a server of its own', async () => {
  expect(await seen()).toBeNull();
  expect(await seen('plain')).toBeNull();
});

it.each([
  ['postgres', 'Patroni heartbeat', 'Patroni', 'patronictl switchover'],
  ['postgres', 'repmgrd', 'repmgr', 'repmgr standby switchover'],
  ['streaming_replica', 'cluster-example-2', 'CloudNativePG', 'kubectl cnpg promote'],
  ['postgres', 'cnpg_metrics_exporter', 'CloudNativePG', 'kubectl cnpg promote'],
  ['pgautofailover_monitor', '', 'pg_auto_failover', 'pg_autoctl perform switchover'],
  ['postgres', 'stolon-keeper', 'Stolon', 'stolonctl failkeeper'],
])('knows a session of %s as "%s" to be of %s', async (user, application, name, command) => {
  const client = await connected(user, { streaming_replica: 'sr', pgautofailover_monitor: 'pm' }[user] ?? server.password, application);
  try {
    for (const as of ['reader', 'plain']) expect(await seen(as)).toMatchObject({ name, command, sign: expect.stringContaining(`"${application}"`) });
  } finally {
    await client.end();
    // The server needs a moment to notice.
    for (let look = 0; look < 50 && (await seen()); look++) await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

it('knows the schema of repmgr, slots and paths of the others', async () => {
  await admin.query('create schema repmgr');
  expect(await seen()).toMatchObject({ name: 'repmgr', sign: 'the schema repmgr in the database postgres' });
  await admin.query('drop schema repmgr');
  await admin.query(`select pg_create_physical_replication_slot('pgautofailover_standby_2')`);
  expect(await seen()).toMatchObject({ name: 'pg_auto_failover', sign: 'the replication slot pgautofailover_standby_2' });
  await admin.query(`select pg_drop_replication_slot('pgautofailover_standby_2')`);
  await admin.query(`alter system set primary_conninfo = 'host=cluster-rw password=secret sslkey=/controller/certificates/streaming_replica.key'`);
  await admin.query('select pg_reload_conf()');
  for (let look = 0; look < 50 && !(await seen()); look++) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await seen()).toEqual({ name: 'CloudNativePG', sign: 'its name or path in the setting primary_conninfo', command: 'kubectl cnpg promote' });
});

it("knows a file of Patroni in the data directory, and nobody's in one that is not there", async () => {
  writeFileSync(join(server.dataDirectory, 'patroni.dynamic.json'), '{}');
  expect(ownerOf(await ownerFiles(server.dataDirectory))).toMatchObject({ name: 'Patroni' });
  expect(await ownerFiles(join(folder, 'nowhere'))).toEqual([]);
});
