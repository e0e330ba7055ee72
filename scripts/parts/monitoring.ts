import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { findAlertmanager, startAlertmanager, type Webhook } from './alertmanager';
import { findPostgresExporter, startPostgresExporter } from './postgres-exporter';
import { projectRoot } from './project-root';
import { findPrometheus, startPrometheus } from './prometheus';
import type { WebProgram } from './web-program';

/** How to watch one target with the alert rules of deploy/prometheus. */
export interface MonitoringOptions {
  /** A folder of its own. */
  readonly folder: string;
  /** The name in targets.yaml, and a URL to its server whose login still gets in when all slots are used. */
  readonly target: { readonly name: string; readonly url: string };
  readonly webhook: Webhook;
  readonly rules?: {
    /** Takes the place of every rule's `for`; that of the rule when left out. */
    readonly for?: string;
    /** The rules by name; all when left out. */
    readonly only?: readonly string[];
  };
  readonly say?: (line: string) => void;
}

/** A real exporter, Prometheus and Alertmanager, which look every two seconds. */
export interface MonitoringPart {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  /** What the exporter tells. */
  readonly metricsUrl: string;
  stop(): Promise<void>;
}

interface Rule {
  readonly alert: string;
  readonly for?: string;
}

/** The names of the packages that monitoring needs and this machine lacks. */
export const missingForMonitoring = (): string[] =>
  Object.entries({
    prometheus: findPrometheus(),
    'prometheus-alertmanager': findAlertmanager(),
    'prometheus-postgres-exporter': findPostgresExporter(),
  }).flatMap(([name, found]) => (found === null ? [name] : []));

/** Starts all three for one target; throws where a program is missing. */
export async function startMonitoring({ folder, target, webhook, rules = {}, say }: MonitoringOptions): Promise<MonitoringPart> {
  const telling = say ? { say } : {};
  const started: WebProgram[] = [];
  const stop = async (): Promise<void> => {
    for (const program of started.splice(0).reverse()) await program.stop();
  };
  const keep = <P extends WebProgram>(program: P): P => {
    started.push(program);
    return program;
  };
  mkdirSync(folder, { recursive: true });
  const ruleFile = join(folder, 'rules.yaml');
  writeFileSync(ruleFile, stringify({ groups: [{ name: 'pg-runbooks', rules: rulesAs(rules) }] }));
  try {
    const exporter = keep(await startPostgresExporter({ folder: join(folder, 'exporter'), url: target.url, ...telling }));
    const alertmanager = keep(await startAlertmanager({ folder: join(folder, 'alertmanager'), webhook, ...telling }));
    const prometheus = keep(
      await startPrometheus({
        folder: join(folder, 'prometheus'),
        ruleFiles: [ruleFile],
        scrapes: [{ job: 'postgres', address: exporter.address, target: target.name }],
        alertmanager: alertmanager.address,
        ...telling,
      }),
    );
    return { prometheusUrl: prometheus.url, alertmanagerUrl: alertmanager.url, metricsUrl: `http://${exporter.address}/metrics`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function rulesAs({ for: lasting, only }: NonNullable<MonitoringOptions['rules']>): Rule[] {
  const file = parse(readFileSync(join(projectRoot(), 'deploy/prometheus/rules.yaml'), 'utf8')) as { groups: { rules: Rule[] }[] };
  const rules = file.groups.flatMap((group) => group.rules);
  const unknown = only?.filter((name) => !rules.some(({ alert }) => alert === name)) ?? [];
  if (unknown.length) throw new Error(`No rule of deploy/prometheus/rules.yaml is named ${unknown.join(' or ')}.`);
  return rules
    .filter(({ alert }) => only?.includes(alert) ?? true)
    .map((rule) => (rule.for !== undefined && lasting !== undefined ? { ...rule, for: lasting } : rule));
}
