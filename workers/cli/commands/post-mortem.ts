import type { Command } from 'commander';
import type { RunReport } from '../../../workflows/contracts/journal';
import { newCommand } from '../terminal/command-shape';
import { usage } from '../terminal/exit-codes';

interface PostMortemOptions {
  readonly html?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** `runbook post-mortem <run>`: the draft of an incident's post-mortem, from Temporal or from the control database. */
export const postMortem = (): Command =>
  newCommand(
    'post-mortem <run>',
    'drafts the post-mortem of an incident from its record; what nobody recorded is left for people',
    'runbook post-mortem x1y2',
    'runbook post-mortem x1y2 --html --out post-mortem.html',
  )
    .option('--html', 'as a page (default: Markdown)')
    .option('--out <file>', 'writes it to a file instead')
    .action(async (run: string, options: PostMortemOptions) => {
      if (options.html && options.json) throw usage('--html and --json are two formats: give one of them.');
      const { fetchReport } = await import('../runs/fetch-report');
      const { writeText } = await import('../runs/written-text');
      writeText(await render(await fetchReport(run), options), options);
    });

async function render(record: RunReport, { html, json }: PostMortemOptions): Promise<string> {
  const { postMortemOf } = await import('../../../activities/report/post-mortem/draft');
  const { renderPostMortem, renderPostMortemHtml } = await import('../../../activities/report/post-mortem/render');
  const draft = postMortemOf(record, Date.now());
  if (!draft) throw usage(`${record.workflowId} is no response to an incident. Its record: runbook report ${record.workflowId}`);
  if (json) return `${JSON.stringify(draft, null, 2)}\n`;
  return html ? renderPostMortemHtml(draft) : renderPostMortem(draft);
}
