import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { findProgram } from './find-program';
import { freePort } from './free-port';
import { startWebProgram, type WebProgram } from './web-program';

/** What Prometheus scrapes: a job of the sample configuration, an address, and the target's name in targets.yaml. */
export interface Scraped {
  readonly job: 'postgres' | 'node';
  readonly address: string;
  readonly target: string;
}

/** How to start a Prometheus that scrapes every two seconds and evaluates each second. */
export interface PrometheusOptions {
  /** A folder of its own. */
  readonly folder: string;
  readonly ruleFiles: readonly string[];
  readonly scrapes: readonly Scraped[];
  /** The address of an Alertmanager, such as `127.0.0.1:15002`. */
  readonly alertmanager?: string;
  readonly say?: (line: string) => void;
}

/** A Prometheus of our own. */
export interface PrometheusPart extends WebProgram {
  readonly url: string;
}

/** The program in PATH; null when there is none. */
export const findPrometheus = (): string | null => findProgram('prometheus');

/** Starts a Prometheus and returns when it is ready to answer queries. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusPart> {
  const { folder, ruleFiles, scrapes, alertmanager } = options;
  const address = `127.0.0.1:${await freePort()}`;
  const file = join(folder, 'prometheus.yaml');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    file,
    stringify({
      // An exporter takes a second to say that its server is down; when that is too long, nothing is known instead.
      global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' },
      rule_files: ruleFiles,
      ...(alertmanager ? { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } } : {}),
      scrape_configs: [...new Set(scrapes.map(({ job }) => job))].map((job) => ({
        job_name: job,
        static_configs: scrapes.filter((one) => one.job === job).map((one) => ({ targets: [one.address], labels: { target: one.target } })),
      })),
    }),
  );
  const program = await startWebProgram({
    name: 'prometheus',
    program: findPrometheus(),
    package: 'prometheus',
    folder,
    args: [
      `--config.file=${file}`,
      `--web.listen-address=${address}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      // What fires before Alertmanager has been found (some 5 seconds) is sent again this soon, and stays valid four times as long.
      '--rules.alert.resend-delay=3s',
    ],
    ready: `http://${address}/-/ready`,
    ...(options.say ? { say: options.say } : {}),
  });
  return { url: `http://${address}`, ...program };
}
