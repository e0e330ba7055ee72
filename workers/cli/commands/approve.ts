import type { Command } from 'commander';
import type { Decision, Plan } from '../../../workflows/contracts/journal';
import type { RunStatus } from '../../../workflows/engine/display/status';
import { newCommand } from '../terminal/command-shape';
import { EXIT, CliFailure, usage } from '../terminal/exit-codes';
import type { Temporal } from '../terminal/temporal';

interface ApproveOptions {
  readonly plan?: string;
  readonly gate?: string;
  readonly by?: string;
  readonly comment?: string;
  readonly choice?: string;
  readonly json?: boolean;
}

/** What an approval is for: one gate of one plan. */
interface Approved {
  readonly plan: string;
  readonly gate: number;
  readonly choice: string | undefined;
}

/** How long it may take until the server has said who sent an approval. */
const COUNTED_MS = 15_000;
const LOOK_MS = 300;

/** `runbook approve <run>`: approves one gate of one plan. */
export const approve = (): Command =>
  newCommand(
    'approve <run>',
    'approves the open gate; on a terminal it shows the plan and asks',
    'runbook approve x1y2',
    'runbook approve x1y2 --plan 1a2b3c4d --gate 1 --by ann --comment "seen with Bob"',
  )
    .option('--plan <digits>', '8 or more digits of the plan’s hash; needed without a terminal')
    .option('--gate <number>', 'the number of the gate, as "runbook watch" shows it; needed with --plan')
    .option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)')
    .option('--comment <text>', 'stands in the report')
    .option('--choice <choice>', 'one of the choices of the gate, where it has some')
    .action(async (run: string, options: ApproveOptions) => {
      const { whoAsks } = await import('../runs/who');
      const { withTemporal } = await import('../terminal/temporal');
      const { resolveRun } = await import('../runs/known-runs');
      const { sendMessage } = await import('../runs/send-message');
      const { printJson, say } = await import('../terminal/printing');
      const { isInteractive } = await import('../terminal/prompts');
      const by = whoAsks(options.by);
      const named = readApproved(options);
      if (!named && !isInteractive())
        throw usage('--plan and --gate are needed where nobody can be asked: "runbook watch" and the dashboard show both.');
      await withTemporal(by, async (temporal) => {
        const id = await resolveRun(temporal, run, { open: true });
        const approved = named ?? (await askAbout(temporal, id, by, options.choice));
        const receipt = await sendMessage(temporal, id, 'approve', { by, comment: options.comment, ...approved });
        const message = receipt.decision === undefined ? receipt.message : await awaitCount(temporal, id, receipt.decision);
        if (options.json) printJson({ run: id, accepted: true, message });
        else say(`${id}: ${message}`);
      });
    });

/** What the options name; null where they name nothing, so that a person must be shown what there is. */
function readApproved({ plan, gate, choice }: ApproveOptions): Approved | null {
  if (plan === undefined && gate === undefined) return null;
  if (plan === undefined || gate === undefined) throw usage('--plan and --gate belong together: an approval is for one gate of one plan.');
  if (!/^[1-9]\d{0,3}$/.test(gate)) throw usage(`--gate: "${gate}" is no number of a gate, such as 1.`);
  return { plan, gate: Number(gate), choice };
}

async function askAbout(temporal: Temporal, id: string, by: string, choice: string | undefined): Promise<Approved> {
  const { queryRun } = await import('../terminal/temporal');
  const { renderPlan } = await import('../../../activities/report/plan-markdown');
  const { note } = await import('../terminal/printing');
  const { agrees, ask } = await import('../terminal/prompts');
  const [{ gate }, plan] = await Promise.all([queryRun<RunStatus>(temporal, id, 'status'), queryRun<Plan | string>(temporal, id, 'plan')]);
  if (typeof plan === 'string') throw new CliFailure(EXIT.refused, `${id}: ${plan} Watch it: runbook watch ${id}`);
  if (!gate) throw new CliFailure(EXIT.refused, `${id}: no gate is open now. Watch it: runbook watch ${id}`);
  if (gate.blockedBecause !== null) throw new CliFailure(EXIT.refused, `${id}: ${gate.blockedBecause}`);
  note(renderPlan(plan));
  const chosen = choice ?? (gate.choices.length ? await ask(`Choose one of ${gate.choices.join(', ')}: `) : undefined);
  const question = `Approve gate ${gate.number} of ${gate.of}, "${gate.title}", of plan ${plan.hash.slice(0, 8)} as ${by}${chosen ? `, choice ${chosen}` : ''}?`;
  if (await agrees(question)) return { plan: plan.hash, gate: gate.number, choice: chosen };
  throw new CliFailure(EXIT.refused, `Nothing was sent. To refuse the plan: runbook reject ${id} --reason "…"`);
}

/** Waits until it is known who sent the approval; answers with what became of it, and throws where it does not count. */
async function awaitCount(temporal: Temporal, id: string, number: number): Promise<string> {
  const { queryRun } = await import('../terminal/temporal');
  const { setTimeout: sleep } = await import('node:timers/promises');
  const until = Date.now() + COUNTED_MS;
  do {
    const { decisions } = await queryRun<{ readonly decisions: readonly Decision[] }>(temporal, id, 'report');
    const decision = decisions[number - 1];
    if (decision && !decision.pending) {
      if (decision.refused) throw new CliFailure(EXIT.refused, `${id}: not counted: ${decision.refused}`);
      return `Your approval of gate ${decision.gateNumber ?? ''}, "${decision.gate ?? ''}", counts.`;
    }
    await sleep(LOOK_MS);
  } while (Date.now() < until);
  throw new CliFailure(
    EXIT.stillWaiting,
    `${id}: the approval is recorded, and the Temporal server has not said yet who sent it. Watch it: runbook watch ${id}`,
  );
}
