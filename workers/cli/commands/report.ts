import type { Command } from 'commander';
import type { RunReport } from '../../../workflows/contracts/journal';
import { newCommand } from '../terminal/command-shape';
import { EXIT, CliFailure, usage } from '../terminal/exit-codes';

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
      const { fetchReport } = await import('../runs/fetch-report');
      const { writeText } = await import('../runs/written-text');
      writeText(await render(await fetchReport(run), format), options);
    });

async function render(record: RunReport, format: string): Promise<string> {
  if (format === 'json') return `${JSON.stringify(record, null, 2)}\n`;
  if (format === 'html') return (await import('../../../activities/report/html')).renderReportHtml(record);
  const { renderReport } = await import('../../../activities/report/markdown');
  if (!record.steps) throw new CliFailure(EXIT.failed, 'The record has no steps: it is of another version; take --format json.');
  return renderReport(record);
}
