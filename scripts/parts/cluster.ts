import { rmSync } from 'node:fs';
import { asAdmin, REPLICATION } from './cluster/first-objects';
import { bringUp, type ClusterWanted, layOut, type NodeLayout, urlOf } from './cluster/bring-up';
import { watchFolders } from './cluster/folder-watchdog';
import { clusterPrograms } from './cluster/programs';
import { reachableData, serverAccount } from './postgres-account';
import type { PostgresMajor } from './postgres-binaries';
import type { PostgresSettings } from './postgres-settings';
import { onExit } from './processes';

/** How to start a primary with streaming standbys. */
export interface ClusterOptions {
  readonly major: PostgresMajor;
  /** A folder of the cluster's own that does not hold one yet. */
  readonly folder: string;
  /** The first one is the primary; node1, node2, node3 when left out. */
  readonly names?: readonly string[];
  readonly database: string;
  /** The target's name; the database's when left out. */
  readonly target?: string;
  readonly settings?: PostgresSettings;
  /** synchronous_standby_names in every node's file, such as `ANY 1 (node2,node3)`; asynchronous when left out. */
  readonly sync?: string;
  /** True runs a distribution's programs (PG_BIN or /usr/lib/postgresql), which have pg_rewind; the major found there counts. */
  readonly distribution?: boolean;
  /** True initialises the cluster itself (about a second), so that its system identifier is its own. */
  readonly ownIdentity?: boolean;
  /** Puts something between a node and everybody else, standbys and workers; returns the port to connect to. */
  readonly through?: (node: string, port: number) => Promise<number>;
}

/** One server of a cluster. */
export interface ClusterNode {
  readonly name: string;
  readonly host: '127.0.0.1';
  /** The server's own port; targetConfig has that of `through`. */
  readonly port: number;
  readonly dataDirectory: string;
  readonly logFile: string;
  /** A superuser's URL to the server itself. */
  readonly url: (database?: string) => string;
}

/** A primary with streaming standbys, all ordinary servers that anybody may stop and start with pg_ctl. */
export interface ClusterPart {
  readonly major: number;
  /** The folder of pg_ctl and postgres. */
  readonly bin: string;
  readonly nodes: readonly ClusterNode[];
  /** The entry for targets.yaml, without `endpoint`. */
  readonly targetConfig: object;
  readonly replication: { readonly user: string; readonly password: string };
  /** The node of a name; throws for a name that no node has. */
  node(name: string): ClusterNode;
  /** Starts a stopped server as its files say, and returns when it accepts connections. */
  start(name: string): Promise<void>;
  /** As a machine that goes away: kill -9 of the postmaster and all its children. */
  kill9(name: string): Promise<void>;
  /** SIGSTOP to the postmaster and all its children; connections hang. */
  freeze(name: string): void;
  /** Takes back `freeze` and `freezeWalSenders`. */
  thaw(name: string): void;
  /** SIGSTOP to the walsenders of a node: an asynchronous primary goes on acknowledging what no standby gets. */
  freezeWalSenders(name: string): Promise<void>;
  /** Ends every server in the data directories, whoever started it and in whatever state, and removes them; the logs stay. */
  stop(): Promise<void>;
}

/** Starts a cluster with a target's logins, ledger and `app` schema; its servers never outlive this process. */
export async function startCluster(options: ClusterOptions): Promise<ClusterPart> {
  const { names = ['node1', 'node2', 'node3'], settings = {}, sync = '', ownIdentity = false, database, target = database } = options;
  const account = serverAccount();
  const programs = clusterPrograms(options.major, options.distribution ?? false, account);
  const home = reachableData(options.folder, account);
  const wanted: ClusterWanted = { home, programs, account, database, target, settings, sync, ownIdentity };
  const layout = await layOut(names, wanted, options.through ?? (async (_, port) => port));
  const callOff = watchFolders(layout.map(({ dataDirectory }) => dataDirectory));
  const stop = async (): Promise<void> => {
    forget();
    await Promise.all(layout.map(({ server }) => server.end()));
    callOff();
    for (const { dataDirectory } of layout) rmSync(dataDirectory, { recursive: true, force: true });
  };
  const forget = onExit(stop);
  try {
    const { password, targetConfig } = await bringUp(layout, wanted);
    return { major: programs.major, bin: programs.bin, targetConfig, replication: REPLICATION, stop, ...actsOn(layout, password) };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Acts = Omit<ClusterPart, 'major' | 'bin' | 'targetConfig' | 'replication' | 'stop'>;

function actsOn(layout: readonly NodeLayout[], password: string): Acts {
  const nodes = layout.map((one): ClusterNode => {
    const { name, port, dataDirectory, server } = one;
    return { name, host: '127.0.0.1', port, dataDirectory, logFile: server.logFile, url: urlOf(one, password) };
  });
  const findNamed = <T extends { readonly name: string }>(all: readonly T[], name: string): T => {
    const found = all.find((one) => one.name === name);
    if (!found) throw new Error(`No node ${name}; there are ${layout.map((one) => one.name).join(', ')}.`);
    return found;
  };
  const server = (name: string): NodeLayout['server'] => findNamed(layout, name).server;
  return {
    nodes,
    node: (name) => findNamed(nodes, name),
    start: (name) => server(name).start(),
    kill9: (name) => server(name).kill9(),
    freeze: (name) => server(name).freeze(),
    thaw: (name) => server(name).thaw(),
    freezeWalSenders: (name) =>
      asAdmin(findNamed(nodes, name).url(), async (admin) => {
        const { rows } = await admin.query<{ pid: number }>('select pid from pg_stat_replication');
        for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
      }),
  };
}
