import type { Command } from 'commander';
import type { Plan } from '../../../workflows/contracts/journal';
import type { RunStatus } from '../../../workflows/engine/display/status';
import { newCommand } from '../command-shape';
import { EXIT, CliFailure, usage } from '../exit-codes';
import type { Temporal } from '../temporal';

interface ApproveOptions {
  readonly plan?: string;
  readonly by?: string;
  readonly comment?: string;
  readonly choice?: string;
  readonly gate?: string;
  readonly json?: boolean;
}

/** `runbook approve <run>`: approves the current plan at the open gate. */
export const approve = (): Command =>
  newCommand(
    'approve <run>',
    'approves the open gate; on a terminal it shows the plan and asks',
    'runbook approve x1y2',
    'runbook approve x1y2 --plan 1a2b3c4d --by ann --comment "seen with Bob"',
  )
    .option('--plan <digits>', '8 or more digits of the plan’s hash; needed without a terminal')
    .option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)')
    .option('--comment <text>', 'stands in the report')
    .option('--choice <choice>', 'one of the choices of the gate, where it has some')
    .option('--gate <title>', 'the title of the gate, where you approve before it opens')
    .action(async (run: string, options: ApproveOptions) => {
      const { whoAsks } = await import('../who');
      const { withTemporal } = await import('../temporal');
      const { resolveRun } = await import('../known-runs');
      const { sendMessage } = await import('../send-message');
      const { printJson, say } = await import('../printing');
      const { isInteractive } = await import('../prompts');
      const by = whoAsks(options.by);
      if (options.plan === undefined && !isInteractive())
        throw usage('--plan is needed where nobody can be asked: give 8 or more digits of the hash that "runbook watch" and the dashboard show.');
      await withTemporal(by, async (temporal) => {
        const id = await resolveRun(temporal, run, { open: true });
        const decided =
          options.plan === undefined ? await askAbout(temporal, id, by, options) : { plan: options.plan, choice: options.choice, gate: options.gate };
        const receipt = await sendMessage(temporal, id, 'approve', { by, comment: options.comment, ...decided });
        if (options.json) printJson({ run: id, ...receipt });
        else say(`${id}: ${receipt.message}`);
      });
    });

async function askAbout(
  temporal: Temporal,
  id: string,
  by: string,
  { choice, gate: named }: ApproveOptions,
): Promise<{ plan: string; choice: string | undefined; gate: string | undefined }> {
  const { queryRun } = await import('../temporal');
  const { renderPlan } = await import('../../../activities/report/plan-markdown');
  const { note } = await import('../printing');
  const { agrees, ask } = await import('../prompts');
  const [status, plan] = await Promise.all([queryRun<RunStatus>(temporal, id, 'status'), queryRun<Plan | string>(temporal, id, 'plan')]);
  if (typeof plan === 'string') throw new CliFailure(EXIT.refused, `${id}: ${plan} Watch it: runbook watch ${id}`);
  note(renderPlan(plan));
  const choices = status.gate?.choices ?? [];
  const chosen = choice ?? (choices.length ? await ask(`Choose one of ${choices.join(', ')}: `) : undefined);
  const gate = status.gate ? `"${status.gate.title}"` : 'the next gate (none is open yet)';
  if (await agrees(`Approve plan ${plan.hash.slice(0, 8)} for ${gate} as ${by}${chosen ? `, choice ${chosen}` : ''}?`))
    // By its name: the gate that was seen may have been passed while it was read, and the next one has the same plan.
    return { plan: plan.hash, choice: chosen, gate: named ?? status.gate?.title };
  throw new CliFailure(EXIT.refused, `Nothing was sent. To refuse the plan: runbook reject ${id} --reason "…"`);
}
