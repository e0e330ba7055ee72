import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startAcknowledgedWriters } from '../parts/acknowledged-writers';
import { startCluster } from '../parts/cluster';
import { startTcpEndpoint } from '../parts/tcp-endpoint';

/** The demo's cluster: a primary with two standbys behind an endpoint, under a steady load. */
export interface AccountsCluster {
  /** The entry for targets.yaml. */
  readonly target: object;
  /** What to tell a newcomer about it. */
  readonly says: string;
  /** As a machine that goes away. */
  killPrimary(): Promise<void>;
  /** What the load has seen so far, in words; it goes on. */
  seen(): string;
  stop(): Promise<void>;
}

export const ACCOUNTS = 'accounts-eu';

/** Starts it from nothing; nothing of an earlier demo is kept. */
export async function startAccountsCluster(folder: string): Promise<AccountsCluster> {
  const home = join(folder, 'accounts');
  rmSync(home, { recursive: true, force: true });
  const stateFile = join(folder, 'accounts-endpoint.json');
  rmSync(stateFile, { force: true });
  const cluster = await startCluster({ major: 18, folder: home, database: 'accounts', target: ACCOUNTS, ownIdentity: true });
  const primary = cluster.node('node1');
  const endpoint = await startTcpEndpoint({ stateFile, node: primary });
  const load = startAcknowledgedWriters({ url: `postgresql://app:app@${endpoint.host}:${endpoint.port}/accounts`, writers: 2, pauseMs: 20 });
  return {
    target: { ...cluster.targetConfig, environment: 'demo', endpoint: endpoint.config },
    says: `target        ${ACCOUNTS}: three nodes of PostgreSQL 18, applications connect to ${endpoint.host}:${endpoint.port}, two of them write all the time`,
    killPrimary: () => cluster.kill9('node1'),
    seen: () => `${load.count()} writes acknowledged`,
    stop: async () => {
      await load.stop();
      await endpoint.stop();
      await cluster.stop();
    },
  };
}
