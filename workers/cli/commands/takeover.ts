import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { usage } from '../terminal/exit-codes';

interface TakeoverOptions {
  readonly reason: string;
  readonly by?: string;
  readonly holder?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `runbook takeover <target>`: break-glass, ends the hold of a run on a target's lock. */
export const takeover = (): Command =>
  newCommand(
    'takeover <target>',
    'break-glass: takes the target’s lock from its holder, which then changes nothing more',
    'runbook takeover orders-eu --reason "holder hangs, INC-42"',
  )
    .requiredOption('--reason <text>', 'why; it stands in the holder’s report')
    .option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)')
    .option('--holder <run>', 'which holder, where several hold the cluster')
    .option('--yes', 'do not ask for the target’s name')
    .action(async (name: string, { reason, by: given, holder, yes, json }: TakeoverOptions) => {
      const { whoAsks } = await import('../runs/who');
      const { systemIdentifierOf } = await import('../targets/targets');
      const { withTemporal } = await import('../terminal/temporal');
      const { lockState } = await import('../runs/lock-state');
      const { lockText } = await import('../runs/lock-text');
      const { confirmTarget } = await import('../terminal/prompts');
      const { lockWorkflowId } = await import('../../../workflows/contracts/lock');
      const { candidates } = await import('../runs/run-ids');
      const { note, printJson, say } = await import('../terminal/printing');
      const by = whoAsks(given);
      const systemIdentifier = systemIdentifierOf(name);
      await withTemporal(by, async (temporal) => {
        const state = await lockState(temporal, systemIdentifier);
        const ids = (state?.holders ?? []).map(({ workflowId }) => workflowId);
        const meant = holder === undefined ? ids : candidates(holder, ids);
        if (meant.length !== 1 || meant[0] === undefined)
          throw usage(
            `${lockText(name, state, Date.now())}\n${ids.length > 1 ? 'Nothing was sent: say which holder with --holder <run>.' : 'There is nothing to take over.'}`,
          );
        note(lockText(name, state, Date.now()));
        // Break-glass is asked about in every environment.
        await confirmTarget('Take the lock from its holder; what it left open stays', name, null, yes);
        await temporal.client.workflow.getHandle(lockWorkflowId(systemIdentifier)).signal('takeOver', { by, reason, holder: meant[0] });
        if (json) printJson({ lock: lockWorkflowId(systemIdentifier), takenFrom: meant[0] });
        else
          say(
            `Asked the lock to end the hold of ${meant[0]}. See it with "runbook lock ${name}"; what it left open: runbook recover ${meant[0]} --reason "…"`,
          );
      });
    });
