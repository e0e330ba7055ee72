import { startCluster } from '../../../scripts/parts/cluster';

/** Starts a cluster in the folder given, says so, and stays. */
async function main(): Promise<void> {
  const cluster = await startCluster({ major: 18, folder: process.argv[2] ?? '', database: 'shop', names: ['node1', 'node2'] });
  cluster.freeze('node2');
  process.send?.(cluster.nodes.map(({ dataDirectory }) => dataDirectory));
  setInterval(() => undefined, 1_000);
}

void main();
