import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { Client as Postgres } from 'pg';
import { registryOf, type Registry } from '../../activities/targets/registry';
import { PAYLOAD_CONVERTER, bundling } from '../../workers/worker/workflow-code';
import { startPostgres, type PostgresPart } from '../parts/postgres-server';
import { onExit } from '../parts/processes';
import { prepareTarget } from '../parts/target-setup';
import { provideTemporal } from '../parts/temporal-server';
import { STOCK } from './operations';

export const TARGET = 'shop';
export const TASK_QUEUE = 'runbooks';
const NAMESPACES = ['bench-whole-run', 'bench-kills', 'bench-memory', 'bench-tviews', 'bench-switchover', 'bench-gateway'] as const;
export type Namespace = (typeof NAMESPACES)[number];

/** A Temporal server, a PostgreSQL server with one target, and the bundle of the benchmark's workflows. */
export interface Setting {
  readonly folder: string;
  readonly address: string;
  readonly postgres: PostgresPart;
  readonly registry: Registry;
  /** The same registry as JSON, for worker processes. */
  readonly targetsFile: string;
  /** The journal's URL of a control database; none when left out. */
  readonly controlUrl?: string;
  /** The module of the workflows, and the bundle that was made of it. */
  readonly workflows: string;
  readonly bundle: string;
  /** A superuser's connection to the target. */
  readonly admin: Postgres;
  client(namespace: Namespace): Client;
  stop(): Promise<void>;
}

export async function startSetting(): Promise<Setting> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-runbooks-bench-'));
  // Registered first, so run last: the servers below write into it until they have stopped.
  const forget = onExit(() => rmSync(folder, { recursive: true, force: true }));
  progress('starting a Temporal server and a PostgreSQL server');
  const temporal = await provideTemporal({ ignoreEnvironment: true, databaseFile: join(folder, 'temporal.db'), namespaces: NAMESPACES });
  const postgres = await startPostgres({ major: 18, dataDirectory: join(folder, 'pg') });
  const entry = await prepareTarget(postgres, { name: TARGET, database: TARGET, environment: 'bench' });
  const content = { targets: { [TARGET]: entry } };
  const targetsFile = join(folder, 'targets.json');
  writeFileSync(targetsFile, JSON.stringify(content));
  const admin = new Postgres({ connectionString: postgres.url(TARGET) });
  admin.on('error', () => undefined);
  await admin.connect();
  await admin.query(STOCK);
  const workflows = require.resolve('./runbooks');
  const bundle = await bundleWorkflows(join(folder, 'bundle.js'), workflows);
  const connection = await Connection.connect({ address: temporal.address });
  return {
    folder,
    address: temporal.address,
    postgres,
    registry: registryOf(content),
    targetsFile,
    workflows,
    bundle,
    admin,
    client: (namespace) => new Client({ connection, namespace, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } }),
    stop: async () => {
      await connection.close();
      await admin.end();
      await postgres.stop('fast');
      await temporal.stop();
      forget();
      rmSync(folder, { recursive: true, force: true });
      if (postgres.dataDirectory !== join(folder, 'pg')) rmSync(postgres.dataDirectory, { recursive: true, force: true });
    },
  };
}

/** Bundles workflows as the worker of the product does: what the entry loads is shared by all cached runs. */
export async function bundleWorkflows(path: string, entry: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...bundling(entry),
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(path, code);
  return path;
}

/** Progress goes to stderr: stdout carries the result only. */
export const progress = (line: string): void => void process.stderr.write(`bench: ${line}\n`);
