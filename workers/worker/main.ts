import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { ControlDatabase } from '../../activities/control/database';
import { Notifier } from '../../activities/notify/notifier';
import { readNotifyConfig } from '../../activities/notify/notify-config';
import { readRegistry } from '../../activities/targets/registry';
import { TargetSessions } from '../../activities/targets/connections';
import { workerConfig, type WorkerConfig } from './config';
import { createRunbookWorker } from './create-worker';
import { startEntities } from './start-entities';

async function main(): Promise<void> {
  const config = workerConfig();
  Runtime.install({ logger: new DefaultLogger(config.RUNBOOKS_LOG), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  const registry = readRegistry(config.RUNBOOKS_TARGETS);
  const sessions = new TargetSessions(registry);
  const control = await controlDatabase(config);
  const notifier = notifierOf(config, control);
  const connection = await NativeConnection.connect(config.connectionOptions);
  const { RUNBOOKS_TASK_QUEUE: taskQueue, RUNBOOKS_DEPLOYMENT: name, RUNBOOKS_BUILD_ID: buildId, namespace } = config;
  const worker = await createRunbookWorker({
    connection,
    namespace,
    taskQueue,
    registry,
    sessions,
    control,
    notifier,
    ...(name && buildId ? { deployment: { name, buildId } } : {}),
  });
  await startEntities(config, registry, { hasControl: control !== null, hasNotifier: notifier !== null });
  process.stdout.write(
    `Worker ready: ${config.connectionOptions.address}, namespace ${namespace}, task queue ${taskQueue}, ${registry.names.length} targets.\n`,
  );
  process.send?.('ready');
  await worker.run();
  await sessions.close();
  await control?.close();
  await connection.close();
}

/** The control database with its migrations applied; one that is away is said aloud and never stops the worker. */
async function controlDatabase(config: WorkerConfig): Promise<ControlDatabase | null> {
  const { RUNBOOKS_CONTROL_URL: url, RUNBOOKS_CONTROL_ADMIN_URL: adminUrl, RUNBOOKS_CONTROL_READ_URL: readUrl } = config;
  const gatewayUrl = config.RUNBOOKS_CONTROL_GATEWAY_URL;
  if (!url) {
    process.stderr.write('No control database (RUNBOOKS_CONTROL_URL): reports live only as long as Temporal keeps the runs.\n');
    return null;
  }
  const control = new ControlDatabase({ url, readUrl, gatewayUrl });
  if (adminUrl)
    await control
      .migrate(adminUrl)
      .catch((error: unknown) => process.stderr.write(`The control database could not be migrated now: ${String(error)}\n`));
  return control;
}

/** Who sends messages, as notify.yaml says; a file with problems stops the worker at its start, where somebody looks. */
function notifierOf({ RUNBOOKS_NOTIFY: path }: WorkerConfig, control: ControlDatabase | null): Notifier | null {
  if (path) return new Notifier(readNotifyConfig(path), control?.notifications ?? null);
  process.stderr.write('No notify.yaml (RUNBOOKS_NOTIFY): messages about runs reach nobody.\n');
  return null;
}

main().catch((error: unknown) => {
  process.stderr.write(`The worker stopped: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
