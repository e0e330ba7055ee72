import { userInfo } from 'node:os';
import { usage } from '../terminal/exit-codes';

/** Who asks: `--by`, else RUNBOOK_BY, else the OS user; throws CliFailure where none is known. */
export function whoAsks(by: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const name = (by ?? environment['RUNBOOK_BY'] ?? osUser()).trim();
  if (name && name.length <= 100 && !/[\r\n]/.test(name)) return name;
  throw usage('Nobody is named: give --by <name> (at most 100 characters on one line) or set RUNBOOK_BY.');
}

function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
