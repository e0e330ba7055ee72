import { commandName } from './command-shape';
import { EXIT, CliFailure, exitCodeOfFailure } from './exit-codes';

interface Chained {
  readonly name?: string;
  readonly message?: string;
  readonly type?: string | null;
  readonly code?: unknown;
  readonly cause?: unknown;
}

// gRPC status codes; a query whose deadline passes ends as either of the first two.
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;

/** Any thrown value as lines for a person and an exit code. Errors are told apart by name, so that no Temporal module is loaded for it. */
export function explainError(error: unknown): CliFailure {
  if (error instanceof CliFailure) return error;
  const { name = '', message = String(error), cause } = (error ?? {}) as Chained;
  const inner = (cause ?? {}) as Chained;
  if (name === 'WorkflowFailedError') return explainClosedRun(inner, message);
  if (name === 'WorkflowUpdateFailedError') return new CliFailure(EXIT.refused, refusal(inner.message ?? message));
  if (name === 'WorkflowUpdateRPCTimeoutOrCancelledError')
    return new CliFailure(EXIT.unreachable, `No worker took the message in time; it may still arrive. ${NO_WORKER}`);
  if (name === 'WorkflowNotFoundError')
    return new CliFailure(EXIT.usage, 'Temporal knows no open run of this id: it has ended, or never was. "runbook runs --all" shows every run.');
  if (name === 'WorkflowExecutionAlreadyStartedError')
    return new CliFailure(
      EXIT.usage,
      `${(error as { workflowId?: string }).workflowId ?? 'This run'} was started already, and has not failed: look at it with "runbook runs --all". Another id or episode starts a new one.`,
    );
  if (isKernelFailure(name)) return new CliFailure(exitCodeOfFailure(name), message);
  const code = typeof inner.code === 'number' ? inner.code : (error as Chained | null)?.code;
  if (code === CANCELLED || code === DEADLINE_EXCEEDED || code === FAILED_PRECONDITION)
    return new CliFailure(EXIT.unreachable, `No worker answers (${inner.message ?? message}). ${NO_WORKER}`);
  if (code === UNAVAILABLE)
    return new CliFailure(
      EXIT.unreachable,
      `Temporal does not answer (${inner.message ?? message}). Check TEMPORAL_ADDRESS; "runbook doctor" looks at everything.`,
    );
  return new CliFailure(EXIT.failed, inner.message && inner.message !== message ? `${message}: ${inner.message}` : message);
}

/** Whether an error means that no worker or no server answered, so that trying again makes sense. */
export const isSilence = (error: unknown): boolean => explainError(error).exitCode === EXIT.unreachable;

/** A run without the message, such as one that is no incident, answers in the SDK's words. */
function refusal(message: string): string {
  const kind = /No registered handler for update: (\w+)/.exec(message)?.[1];
  return kind === undefined ? `Refused: ${message}` : `The run takes no "${commandName(kind)}"; "runbook watch <run>" says what it waits for.`;
}

function explainClosedRun({ name, type, message = '' }: Chained, otherwise: string): CliFailure {
  if (name === 'CancelledFailure') return new CliFailure(EXIT.failed, `Cancelled: ${message}`);
  if (name === 'TerminatedFailure')
    return new CliFailure(EXIT.failed, 'Terminated: nothing was rolled back. Look at "runbook report", then "runbook recover".');
  if (!type) return new CliFailure(EXIT.failed, message || otherwise);
  return new CliFailure(exitCodeOfFailure(type), `${type}: ${inLines(type, message)}`);
}

/** The problems of an input each on a line of its own, the example on the last; every other message as it is. */
const inLines = (type: string, message: string): string =>
  type === 'InvalidInput'
    ? message
        .replace(/ was not started: /, ' was not started:; ')
        .replace(/\. Example: /, '.\nExample: ')
        .split('; ')
        .join('\n  ')
    : message;

const isKernelFailure = (name: string): boolean =>
  ['InvalidInput', 'UnknownRunbook', 'UnknownTarget', 'TargetNotReady', 'TargetUnreachable', 'UnsupportedVersion', 'IdentityMismatch'].includes(name);

const NO_WORKER = 'Start one (npm run worker), or see with "runbook doctor" what is missing.';
