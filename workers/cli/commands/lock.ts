import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';

/** `runbook lock <target>`: who holds a target's lock, since when, and who waits. */
export const lock = (): Command =>
  newCommand('lock <target>', 'shows who holds the lock of a target’s cluster, and who waits', 'runbook lock orders-eu').action(
    async (name: string, { json }: { readonly json?: boolean }) => {
      const { systemIdentifierOf } = await import('../targets/targets');
      const { withTemporal } = await import('../terminal/temporal');
      const { lockState } = await import('../runs/lock-state');
      const { lockText } = await import('../runs/lock-text');
      const { printJson, say } = await import('../terminal/printing');
      const systemIdentifier = systemIdentifierOf(name);
      await withTemporal(undefined, async (temporal) => {
        const state = await lockState(temporal, systemIdentifier);
        if (json) printJson(state ?? { systemIdentifier, holders: [], waiters: [] });
        else say(lockText(name, state, Date.now()));
      });
    },
  );
