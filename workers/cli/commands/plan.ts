import type { Command } from 'commander';
import type { RunResult } from '../../../workflows/contracts/journal';
import { findTypedEntry } from '../../catalogue/with-schemas';
import { newCommand } from '../terminal/command-shape';
import { EXIT, CliFailure, usage } from '../terminal/exit-codes';
import { withInputOptions, type InputOptions } from '../runs/input-options';

/** `runbook plan <runbook>`: rehearses it on the real target and prints what would happen; changes nothing. */
export const plan = (): Command =>
  withInputOptions(
    newCommand(
      'plan <runbook>',
      'rehearses a runbook and prints its plan; changes nothing',
      'runbook plan relieveConnectionExhaustion --target orders-eu --set freeSlots=30',
    ),
  ).action(async (name: string, options: InputOptions) => {
    const entry = await findTypedEntry(name);
    if (entry.risk === 'read-only') throw usage(`${entry.id} only looks, so it has no plan: start it.`);
    const { inputOf } = await import('../runs/typed-input');
    const input = inputOf(entry, options);
    const { whoAsks } = await import('../runs/who');
    const { withTemporal } = await import('../terminal/temporal');
    const { startRun } = await import('../runs/start-run');
    const { renderPlan } = await import('../../../activities/report/plan-markdown');
    const { note, printJson, say } = await import('../terminal/printing');
    const by = whoAsks(options.by);
    await withTemporal(by, async (temporal) => {
      const { workflowId } = await startRun(temporal, { runbook: entry.id, input, by, reason: options.reason, id: options.id, mode: 'plan' });
      note(`Rehearsing as ${workflowId}; nothing is changed.`);
      const result = (await temporal.client.workflow.getHandle(workflowId).result()) as RunResult;
      if (!result.plan) throw new CliFailure(EXIT.failed, `The run gave no plan: ${result.summary}`);
      if (options.json) printJson(result.plan);
      else say(renderPlan(result.plan));
      note(result.summary);
    });
  });
