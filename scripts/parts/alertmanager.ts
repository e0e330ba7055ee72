import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { findProgram } from './find-program';
import { freePort } from './free-port';
import { projectRoot } from './project-root';
import { startWebProgram, type WebProgram } from './web-program';

/** Where alerts are sent, and what proves who sends them. */
export interface Webhook {
  readonly url: string;
  readonly bearer: string;
}

/** How to start an Alertmanager. */
export interface AlertmanagerOptions {
  /** A folder of its own. */
  readonly folder: string;
  readonly webhook: Webhook;
  /** `group_interval` of every route, which also is how soon "resolved" follows; 1 second when left out. */
  readonly groupInterval?: string;
  readonly say?: (line: string) => void;
}

/** An Alertmanager of our own, with the routes of deploy/alertmanager. */
export interface AlertmanagerPart extends WebProgram {
  readonly url: string;
  /** For `alerting` of Prometheus, such as `127.0.0.1:15002`. */
  readonly address: string;
}

interface Route {
  readonly routes?: readonly Route[];
  readonly [setting: string]: unknown;
}

/** The program in PATH, by Debian's name or its own; null when there is none. */
export const findAlertmanager = (): string | null => findProgram('prometheus-alertmanager', 'alertmanager');

/** Starts an Alertmanager that sends to the webhook at once, and returns when it is ready. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<AlertmanagerPart> {
  const { folder, webhook, groupInterval = '1s' } = options;
  const address = `127.0.0.1:${await freePort()}`;
  const [file, credential] = [join(folder, 'alertmanager.yaml'), join(folder, 'credential')];
  mkdirSync(folder, { recursive: true });
  writeFileSync(credential, webhook.bearer, { mode: 0o600 });
  writeFileSync(file, stringify(configFor(webhook.url, credential, groupInterval)));
  const program = await startWebProgram({
    name: 'alertmanager',
    program: findAlertmanager(),
    package: 'prometheus-alertmanager',
    folder,
    // Without an address of a cluster it waits for no peers.
    args: [`--config.file=${file}`, `--web.listen-address=${address}`, `--storage.path=${join(folder, 'data')}`, '--cluster.listen-address='],
    ready: `http://${address}/-/ready`,
    ...(options.say ? { say: options.say } : {}),
  });
  return { url: `http://${address}`, address, ...program };
}

/** The sample configuration with another webhook and short waits. */
function configFor(url: string, credential: string, groupInterval: string): object {
  const sample = parse(readFileSync(join(projectRoot(), 'deploy/alertmanager/alertmanager.yaml'), 'utf8')) as {
    route: Route;
    receivers: { webhook_configs: object[] }[];
  };
  const sooner = (route: Route): Route => ({
    ...route,
    group_wait: '0s',
    group_interval: groupInterval,
    ...(route.routes ? { routes: route.routes.map(sooner) } : {}),
  });
  const authorization = { type: 'Bearer', credentials_file: credential };
  return {
    ...sample,
    route: sooner(sample.route),
    receivers: sample.receivers.map((receiver) => ({
      ...receiver,
      webhook_configs: receiver.webhook_configs.map((one) => ({ ...one, url, http_config: { authorization } })),
    })),
  };
}
