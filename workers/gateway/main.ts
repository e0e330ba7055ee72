import { Client } from '@temporalio/client';
import { ControlNotifications } from '../../activities/control/notifications';
import { noChannel, Notifier } from '../../activities/notify/notifier';
import { readNotifyConfig } from '../../activities/notify/notify-config';
import { readRegistry } from '../../activities/targets/registry';
import { readTypedCatalogue } from '../catalogue/with-schemas';
import { gatewayConfig, type GatewayConfig } from './config';
import { makeGateway } from './gateway';
import { readRoutes } from '../alerts/routes-config';
import { temporalConnection } from './temporal';

async function main(): Promise<void> {
  const config = gatewayConfig();
  const { RUNBOOKS_ROUTES: path, RUNBOOKS_CONTROL_GATEWAY_URL: storeUrl, RUNBOOKS_TASK_QUEUE: taskQueue } = config;
  const notifier = notifierOf(config);
  const connection = temporalConnection(config.connection);
  const dataConverter = { payloadConverterPath: require.resolve('../../workflows/engine/run/payload-converter') };
  const gateway = makeGateway({
    config: readRoutes(path),
    path,
    catalogue: await readTypedCatalogue(),
    targets: readRegistry(config.RUNBOOKS_TARGETS).names,
    storeUrl,
    client: new Client({ connection, namespace: config.namespace, dataConverter }),
    taskQueue,
    send: async (notification) => (notifier ? notifier.send(notification) : noChannel('no notify.yaml is configured (RUNBOOKS_NOTIFY)')),
    log: (message) => process.stderr.write(`${new Date().toISOString()} ${message}\n`),
  });
  const address = await gateway.server.listen({ host: config.RUNBOOKS_GATEWAY_HOST, port: config.RUNBOOKS_GATEWAY_PORT });
  gateway.sweep.start();
  process.stdout.write(`Gateway ready: ${address}/webhooks/<source>\n`);
  process.send?.({ ready: address });
  const ends = ['SIGTERM', 'SIGINT'].map((signal) => new Promise((resolve) => process.once(signal, resolve)));
  await Promise.race(ends);
  await gateway.stop();
  await connection.close();
}

function notifierOf({ RUNBOOKS_NOTIFY: path, RUNBOOKS_CONTROL_GATEWAY_URL: url }: GatewayConfig): Notifier | null {
  if (path) return new Notifier(readNotifyConfig(path), new ControlNotifications(url));
  process.stderr.write('No notify.yaml (RUNBOOKS_NOTIFY): what the gateway does not do by itself is told to nobody.\n');
  return null;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`The gateway stopped: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
