import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port';
import { pollUntil } from '../poll-until';
import { type Account, giveTo } from '../postgres-account';
import type { PostgresSettings } from '../postgres-settings';
import { prepareTarget } from '../target-setup';
import { copyRunning } from './copy-running';
import { makeData, makeStandbyOf } from './data-directory';
import { APPLICATION, asAdmin, makeAppSchema, makeRoles, makeSlots, REPLICATION } from './first-objects';
import { NodeServer } from './node-server';
import type { ClusterPrograms } from './programs';

/** Where a node lives. */
export interface NodeLayout {
  readonly name: string;
  readonly port: number;
  /** The port by which standbys and workers reach it. */
  readonly reachedAt: number;
  readonly dataDirectory: string;
  readonly server: NodeServer;
}

export interface ClusterWanted {
  readonly home: string;
  readonly programs: ClusterPrograms;
  readonly account: Account | undefined;
  readonly database: string;
  readonly target: string;
  readonly settings: PostgresSettings;
  readonly sync: string;
  readonly ownIdentity: boolean;
}

const STREAMS_TIMEOUT_MS = 20_000;

/** Finds ports and folders for the nodes. */
export async function layOut(
  names: readonly string[],
  { home, programs, account }: ClusterWanted,
  through: (node: string, port: number) => Promise<number>,
): Promise<NodeLayout[]> {
  mkdirSync(home, { recursive: true });
  if (account) chownSync(home, account.uid, account.gid);
  const layout: NodeLayout[] = [];
  for (const name of names) {
    const port = await freePort();
    const dataDirectory = join(home, name);
    if (existsSync(dataDirectory)) throw new Error(`${dataDirectory} exists already: give the cluster a folder of its own`);
    const logFile = `${dataDirectory}.log`;
    // pg_ctl opens the log as the server's account, which may make no file in a folder of others.
    writeFileSync(logFile, '', { mode: 0o600 });
    giveTo(account, logFile);
    const server = new NodeServer(name, dataDirectory, logFile, programs.bin, account);
    layout.push({ name, port, reachedAt: await through(name, port), dataDirectory, server });
  }
  return layout;
}

/** Starts the primary, prepares the target on it and starts its standbys; returns the superuser's password and the entry for targets.yaml. */
export async function bringUp(layout: readonly NodeLayout[], wanted: ClusterWanted): Promise<{ password: string; targetConfig: object }> {
  const [primary, ...standbys] = layout;
  if (!primary) throw new Error('a cluster has at least one node');
  const { programs, account } = wanted;
  const settings = { ...wanted.settings, port: primary.port, cluster_name: primary.name };
  const password = await makeData(programs, account, primary.dataDirectory, { settings, ownIdentity: wanted.ownIdentity });
  giveTo(account, primary.dataDirectory);
  await primary.server.start();
  const url = urlOf(primary, password);
  await makeRoles(url());
  const targetConfig = await prepareTarget(
    { host: '127.0.0.1', port: primary.port, version: programs.version, url },
    {
      name: wanted.target,
      database: wanted.database,
      environment: 'test',
      applicationRoles: [APPLICATION.user],
      nodes: layout.map(nodeEntry(programs)),
    },
  );
  await makeAppSchema(url(wanted.database));
  await asAdmin(url(), async (admin) => {
    await makeSlots(
      admin,
      standbys.map(({ name }) => name),
    );
    const label = await copyRunning(
      admin,
      primary.dataDirectory,
      standbys.map(({ dataDirectory }) => dataDirectory),
    );
    for (const { name, port, dataDirectory } of standbys) {
      const conninfo = `host=127.0.0.1 port=${primary.reachedAt} user=${REPLICATION.user} password=${REPLICATION.password} application_name=${name}`;
      const own = { port, cluster_name: name, primary_conninfo: conninfo, primary_slot_name: name, synchronous_standby_names: wanted.sync };
      makeStandbyOf(dataDirectory, label, own);
    }
    giveTo(account, ...standbys.map(({ dataDirectory }) => dataDirectory));
    await Promise.all(standbys.map(({ server }) => server.start()));
    const streaming = await pollUntil(async () => {
      const { rows } = await admin.query<{ count: number }>(`select count(*)::int as count from pg_stat_replication where state = 'streaming'`);
      return rows[0]?.count === standbys.length;
    }, STREAMS_TIMEOUT_MS);
    if (!streaming) throw new Error(`not all standbys stream after ${STREAMS_TIMEOUT_MS / 1000} s; their logs are in ${wanted.home}`);
    // Only now, because a commit would wait for standbys that are not there.
    if (wanted.sync !== '') primary.server.set({ synchronous_standby_names: wanted.sync });
  });
  return { password, targetConfig };
}

/** How a superuser reaches a node itself. */
export const urlOf =
  ({ port }: NodeLayout, password: string) =>
  (database = 'postgres'): string =>
    `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

const nodeEntry =
  ({ bin }: ClusterPrograms) =>
  ({ name, reachedAt, dataDirectory }: NodeLayout): object => ({
    name,
    host: '127.0.0.1',
    port: reachedAt,
    dataDirectory,
    control: { by: 'local', bin, runAs: 'postgres' },
  });
