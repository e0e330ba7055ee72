import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { RunReport } from '../../../workflows/contracts/journal';
import { newCommand } from '../command-shape';
import { EXIT, CliFailure, usage } from '../exit-codes';

interface ReportOptions {
  readonly format?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `runbook report <run>`: the record of a run, from Temporal or from the control database. */
export const report = (): Command =>
  newCommand('report <run>', 'prints the record of a run', 'runbook report x1y2', 'runbook report x1y2 --format html --out report.html')
    .option('--format <format>', 'md, html or json (default md)')
    .option('--out <file>', 'writes it to a file instead')
    .action(async (run: string, options: ReportOptions) => {
      const format = options.json ? 'json' : (options.format ?? 'md');
      if (!['md', 'html', 'json'].includes(format)) throw usage(`--format: "${format}" is none of md, html, json.`);
      const { printJson, note } = await import('../printing');
      const text = await rendered(await fetched(run), format);
      if (options.out === undefined) {
        process.stdout.write(text);
        return;
      }
      try {
        writeFileSync(options.out, text);
      } catch (error) {
        throw usage(`--out ${options.out}: it cannot be written (${(error as Error).message}).`);
      }
      if (options.json) printJson({ written: options.out });
      else note(`Written to ${options.out}`);
    });

async function fetched(run: string): Promise<RunReport> {
  const { explained } = await import('../explained');
  const { cliConfig } = await import('../config');
  const { controlReadUrl } = cliConfig();
  try {
    return await fromTemporal(run);
  } catch (error) {
    const { message, exitCode } = explained(error);
    if (controlReadUrl === null)
      throw new CliFailure(exitCode, `${message}\nThe control database was not asked: set RUNBOOKS_CONTROL_READ_URL to an auditor's login.`);
    const { storedReport } = await import('../stored-report');
    const stored = await storedReport(controlReadUrl, run);
    if (stored) return stored;
    throw new CliFailure(exitCode, `${message}\nThe control database has no record of "${run}" either.`);
  }
}

async function fromTemporal(run: string): Promise<RunReport> {
  const { withTemporal, queryRun } = await import('../temporal');
  const { resolveRun } = await import('../known-runs');
  return withTemporal(undefined, async (temporal) => queryRun<RunReport>(temporal, await resolveRun(temporal, run), 'report'));
}

async function rendered(record: RunReport, format: string): Promise<string> {
  if (format === 'json') return `${JSON.stringify(record, null, 2)}\n`;
  if (format === 'html') return (await import('../../../activities/report/html')).renderReportHtml(record);
  const { renderReport } = await import('../../../activities/report/markdown');
  if (!record.steps) throw new CliFailure(EXIT.failed, 'The record has no steps: it is of another version; take --format json.');
  return renderReport(record);
}
