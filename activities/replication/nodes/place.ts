import { KernelFailure } from '../../sql/kernel-failure';
import type { Account } from './account';
import { serverProcesses } from './server-processes';

/** One node's files and programs on this machine. */
export interface NodePlace {
  /** Name and data directory, for messages. */
  readonly label: string;
  /** Without a slash at its end. */
  readonly dataDirectory: string;
  readonly bin: string;
  readonly account: Account;
}

/** Throws NodeStillRuns where a process of the server lives. */
export function mustBeStopped({ dataDirectory, label }: NodePlace, what: string): void {
  const pids = serverProcesses(dataDirectory);
  if (!pids.length) return;
  throw new KernelFailure(
    'NodeStillRuns',
    `The server of ${label} runs (processes ${pids.slice(0, 10).join(', ')}); ${what} needs it stopped. Stop it, then retry.`,
  );
}
