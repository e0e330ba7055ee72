import { ApplicationFailure } from '@temporalio/activity';
import { ZodError } from 'zod';
import type { FailureType } from '../../workflows/contracts/failures';
import type { AttemptDetails } from '../../workflows/contracts/orders';
import { KernelFailure } from '../sql/kernel-failure';
import { scrubbedMessage } from '../sql/scrub';
import { meaningOf, stateOf, type Meaning } from '../sql/sqlstates';

/** How often a failure of each meaning is tried before the run asks a human. With back-off to 10 s, 90 tries are about a quarter of an hour. */
const TRIES: Readonly<Record<Meaning, number>> = { retry: 12, unknown: 90, crashed: 1, cancelled: 2, stop: 1, 'wrong-node': 1, rejected: 1 };

const SENTENCES: Readonly<Record<Meaning, string>> = {
  retry: 'The server could not do it just now.',
  unknown: 'The connection was lost and the outcome is not known yet; the ledger is read before anything is repeated.',
  crashed:
    'The server crashed while the statement ran. It is not repeated by itself, because the step may have been the cause. Read the log of the server; then retry, or roll back.',
  cancelled: 'The statement was cancelled or ran into its timeout.',
  stop: 'The server is unhealthy (disk full or data damaged). Nothing that writes should go on.',
  'wrong-node': 'The server refuses writes: it is a standby, or read-only.',
  rejected: 'The server refused the statement.',
};

const TYPES: Readonly<Record<Meaning, FailureType>> = {
  retry: 'OperationRejected',
  unknown: 'TargetUnreachable',
  crashed: 'ServerCrashed',
  cancelled: 'OperationRejected',
  stop: 'OperationRejected',
  'wrong-node': 'WrongRole',
  rejected: 'OperationRejected',
};

/**
 * Turns whatever went wrong into a failure of the closed list, without row values; says whether it is worth another attempt, and what the
 * next one must know.
 */
export function applicationFailure(error: unknown, attempt: number, details: AttemptDetails = {}): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof KernelFailure)
    return failure(error.type, error.message, error.retry === 'soon' && attempt < TRIES.unknown, {
      ...details,
      ...(error.details as object | undefined),
    });
  if (error instanceof ZodError) {
    return failure('InvalidInput', error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; '), false, details);
  }
  const meaning = meaningOf(error);
  const defect = stateOf(error) === '' && meaning === 'rejected';
  if (defect) return failure('FlowError', `A defect in an operation: ${scrubbedMessage(error)}`, false, details);
  return failure(TYPES[meaning], `${SENTENCES[meaning]} ${scrubbedMessage(error)}`, attempt < TRIES[meaning], details);
}

function failure(type: FailureType, message: string, retryable: boolean, details: object): ApplicationFailure {
  const made = ApplicationFailure.create({ type, message, nonRetryable: !retryable, ...(Object.keys(details).length ? { details: [details] } : {}) });
  // A stack trace helps nobody who reads it in the UI at night, and can carry paths of the worker's machine.
  made.stack = '';
  return made;
}
