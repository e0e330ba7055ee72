import type { Command } from 'commander';
import { printable } from '../../../activities/report/printable';
import { newCommand } from '../terminal/command-shape';
import { CliFailure } from '../terminal/exit-codes';

/** `runbook doctor`: looks at everything that a run needs. */
export const doctor = (): Command =>
  newCommand(
    'doctor',
    'looks at Temporal, workers, targets and the control database, and says what is missing',
    'runbook doctor',
    'runbook doctor --json',
  ).action(async ({ json }: { readonly json?: boolean }) => {
    const { examine, WHO_CAN_DO_WHAT, exitCodeOf } = await import('../targets/examine');
    const { colour, printJson, sayColoured, say } = await import('../terminal/printing');
    const findings = await examine();
    if (json) printJson({ findings, note: WHO_CAN_DO_WHAT });
    else {
      for (const { state, what, says } of findings)
        sayColoured(
          `${colour(state === 'good' ? 'green' : state === 'bad' ? 'red' : 'yellow', { good: '✓', bad: '✗', hint: '!' }[state])} ${printable(`${what}: ${says}`)}`,
        );
      say(`\n${WHO_CAN_DO_WHAT}`);
    }
    const exitCode = exitCodeOf(findings);
    if (exitCode) throw new CliFailure(exitCode, '');
  });
