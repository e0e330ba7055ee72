import { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { CliFailure, EXIT, usage } from '../terminal/exit-codes';

interface AlertsOptions {
  readonly routes?: string;
  readonly source?: string;
  readonly json?: boolean;
}

const ROUTES = ['--routes <file>', 'the file (default: RUNBOOKS_ROUTES, else ./routes.yaml)'] as const;

/** `runbook alerts test|check`: which alerts start what; works without Temporal and without a gateway, and starts nothing. */
export const alerts = (): Command =>
  new Command('alerts').description('tests and checks which alerts start which runbooks (routes.yaml)').addCommand(test()).addCommand(check());

const test = (): Command =>
  newCommand(
    'test <file>',
    'shows what each alert of a payload would start, and why; starts nothing',
    'runbook alerts test payload.json --source alertmanager',
    'runbook alerts test - --routes routes.yaml --json < payload.json',
  )
    .option('--source <name>', 'the source of routes.yaml that sends it; needed where there are several')
    .option(...ROUTES)
    .action(async (file: string, { routes, source: given, json }: AlertsOptions) => {
      const { checkRoutesFile, payloadOf, sourceOf } = await import('../alerts/routes-file');
      const { refusedSettings } = await import('../../../activities/targets/settings-file');
      const { KINDS, parseDelivery } = await import('../../alerts/sources/delivery');
      const { readTypedCatalogue } = await import('../../catalogue/with-schemas');
      const { tryAlerts } = await import('../alerts/alert-trial');
      const { trialText } = await import('../alerts/alert-text');
      const { printJson, say } = await import('../terminal/printing');
      const catalogue = await readTypedCatalogue();
      const { path, config, targets, problems } = checkRoutesFile(routes, catalogue);
      if (config === null) throw usage(problems.join('\n'));
      if (problems.length) throw refusedSettings(path, problems);
      const source = sourceOf(config, given);
      const kind = config.sources[source]?.kind ?? 'json';
      const parsed = parseDelivery(KINDS[kind], payloadOf(file));
      if ('problem' in parsed) throw usage(`The payload is none of ${source} (${kind}): ${parsed.problem}`);
      const trials = tryAlerts({ config, catalogue, targets, source, now: Date.now() }, parsed.alerts);
      if (json) printJson({ source, alerts: trials });
      else if (!trials.length) say('The payload has no alert that leads to anything.');
      else say([...trials.map(trialText), 'Nothing was started. What is running or has just ended at the gateway is not looked at here.'].join('\n'));
    });

const check = (): Command =>
  newCommand(
    'check',
    'checks routes.yaml as the gateway does at its start, and lists every problem',
    'runbook alerts check',
    'runbook alerts check --routes /etc/runbooks/routes.yaml --json',
  )
    .option(...ROUTES)
    .action(async ({ routes, json }: AlertsOptions) => {
      const { checkRoutesFile } = await import('../alerts/routes-file');
      const { routesText } = await import('../alerts/routes-text');
      const { printJson, say } = await import('../terminal/printing');
      const { readTypedCatalogue } = await import('../../catalogue/with-schemas');
      const found = checkRoutesFile(routes, await readTypedCatalogue());
      const { path, problems, notes } = found;
      if (json) printJson({ path, problems, notes });
      else if (!problems.length) say(routesText(found));
      if (problems.length)
        throw new CliFailure(EXIT.usage, json ? '' : [`${path} may not be used:`, ...problems.map((one) => `  ${one}`)].join('\n'));
    });
