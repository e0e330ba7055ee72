import type { Command } from 'commander';
import { collect } from '../terminal/command-shape';

/** The options by which a run's input is given. */
export interface InputOptions {
  readonly target?: string;
  readonly set?: readonly string[];
  readonly input?: string;
  readonly by?: string;
  readonly reason?: string;
  readonly id?: string;
  readonly json?: boolean;
}

/** Adds them to a command. */
export const withInputOptions = (command: Command): Command =>
  command
    .option('--target <name>', 'a target of targets.yaml')
    .option('--set <key=value>', 'one input; may be given several times', collect)
    .option('--input <json>', 'all inputs as one JSON object, or @file with one')
    .option('--by <name>', 'who you are (default: RUNBOOK_BY, else the OS user)')
    .option('--reason <text>', 'why; it stands in the report')
    .option('--id <id>', 'the workflow id (default: <runbook>/<target>/<date>-<clock>-<random>)');
