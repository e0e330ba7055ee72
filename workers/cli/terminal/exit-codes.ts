/** The exit codes of every command; `runbook --help` prints them. */
export const EXIT = { done: 0, failed: 1, usage: 2, refused: 3, unreachable: 4, stillWaiting: 5 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each exit code means, for `--help`. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done (also: nothing to do, planned, message accepted, started without watching)
  1  the run failed, was rolled back, abandoned, cancelled or terminated; or a check of doctor failed
  2  wrong usage or input: unknown name, missing or mistyped value, ambiguous run id
  3  refused: by the run (validator), by people at a gate (rejected, expired), or the target is not ready
  4  not reachable: Temporal, a worker, the target or the control database
  5  the run had not ended when --wait was over; the message says whether it waits for a human`;

/** A failure of a command: lines for a person, and the exit code. */
export class CliFailure extends Error {
  constructor(
    readonly exitCode: ExitCode,
    message: string,
  ) {
    super(message);
    this.name = 'CliFailure';
  }
}

export const usage = (message: string): CliFailure => new CliFailure(EXIT.usage, message);

// Types of the closed list of failures whose exit code is not plain "failed".
const BY_FAILURE: Readonly<Record<string, ExitCode>> = {
  InvalidInput: EXIT.usage,
  UnknownRunbook: EXIT.usage,
  UnknownTarget: EXIT.usage,
  TargetNotReady: EXIT.refused,
  ApprovalRefused: EXIT.refused,
  ApprovalExpired: EXIT.refused,
  Refused: EXIT.refused,
  TargetUnreachable: EXIT.unreachable,
};

/** The exit code for a run that closed with a failure of this type. */
export const exitCodeOfFailure = (type: string): ExitCode => BY_FAILURE[type] ?? EXIT.failed;

/** The exit code for a run's outcome. */
export const exitCodeOfOutcome = (outcome: string): ExitCode => (['done', 'nothing to do', 'planned'].includes(outcome) ? EXIT.done : EXIT.failed);
