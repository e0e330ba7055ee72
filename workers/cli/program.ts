import { Command } from 'commander';
import { abandon } from './commands/abandon';
import { acknowledge } from './commands/acknowledge';
import { alerts } from './commands/alerts';
import { approve } from './commands/approve';
import { assess } from './commands/assess';
import { cancel } from './commands/cancel';
import { doctor } from './commands/doctor';
import { handOver } from './commands/hand-over';
import { list } from './commands/list';
import { lock } from './commands/lock';
import { mitigate } from './commands/mitigate';
import { note } from './commands/note';
import { notify } from './commands/notify';
import { pause } from './commands/pause';
import { plan } from './commands/plan';
import { postMortem } from './commands/post-mortem';
import { recover } from './commands/recover';
import { reject } from './commands/reject';
import { report } from './commands/report';
import { resolve } from './commands/resolve';
import { resume } from './commands/resume';
import { retry } from './commands/retry';
import { rollback } from './commands/rollback';
import { runs } from './commands/runs';
import { schedule } from './commands/schedule';
import { show } from './commands/show';
import { skip } from './commands/skip';
import { start } from './commands/start';
import { takeover } from './commands/takeover';
import { target } from './commands/target';
import { targets } from './commands/targets';
import { watch } from './commands/watch';
import { EXIT_CODES_HELP } from './terminal/exit-codes';

const GROUPS: readonly [string, readonly (() => Command)[]][] = [
  ['Look up:', [list, show]],
  ['Run:', [plan, start, runs, watch, report, schedule]],
  ['Decide:', [approve, reject, pause, resume, retry, skip, rollback, abandon, cancel, recover]],
  ['Incidents:', [acknowledge, handOver, assess, mitigate, resolve, note, postMortem]],
  ['Targets:', [targets, target, lock, takeover, doctor]],
  ['Alerts and messages:', [alerts, notify]],
];

/** The whole command line; nothing heavy is loaded before a command runs. */
export function program(): Command {
  const runbook = new Command('runbook')
    .description('Durable runbooks for PostgreSQL: approved, resumable, reversible, recorded.')
    .option('--verbose', 'says on stderr where settings come from, and prints stacks')
    .showSuggestionAfterError()
    .showHelpAfterError('(the command with --help says more)')
    .addHelpText(
      'after',
      `
A run may be named by the beginning, the end or the last part of its id, where that is unique.

${EXIT_CODES_HELP}

Example:
  runbook list too many connections
  runbook start relieveConnectionExhaustion --target orders-eu --set freeSlots=30`,
    );
  for (const [heading, commands] of GROUPS) for (const make of commands) runbook.addCommand(make().helpGroup(heading));
  return exiting(runbook);
}

/** Errors of usage reach `main` as exceptions, from every command. */
function exiting(command: Command): Command {
  command.exitOverride().showSuggestionAfterError();
  command.commands.forEach(exiting);
  return command;
}
