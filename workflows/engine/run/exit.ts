import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import { FAILURES, type Failure, type FailureType } from '../../contracts/failures';

export type { Failure };

/** The ApplicationFailure with which a run closes. No stack: the UI would print it over the sentence. */
export function closing(type: FailureType, message: string, ...details: unknown[]): ApplicationFailure {
  const failure = ApplicationFailure.create({ type, message, nonRetryable: true, details });
  failure.stack = '';
  return failure;
}

/** What a thrown value means for the run. Anything that is not Temporal's own is a defect of the flow. */
export function failureOf(error: unknown): Failure {
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? (error.cause ?? error) : error;
  if (cause instanceof ApplicationFailure && isFailureType(cause.type)) return { type: cause.type, message: cause.message };
  if (error instanceof ChildWorkflowFailure) return { type: 'ChildFailed', message: cause instanceof Error ? cause.message : String(cause) };
  if (cause instanceof TimeoutFailure)
    return { type: 'TargetUnreachable', message: 'No worker finished the step in time; no worker may be polling the task queue of this target.' };
  if (cause instanceof TemporalFailure) return { type: 'OperationRejected', message: cause.message };
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return { type: 'FlowError', message: `The runbook has a defect: ${text}` };
}

/** The keys of effects that a failover lost, from the kernel's EffectsLost; empty for any other failure. */
export function lostKeys(error: unknown): readonly string[] {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || cause.type !== 'EffectsLost') return [];
  return (cause.details?.[0] as { lost?: readonly string[] } | undefined)?.lost ?? [];
}

export const isCancelled = (error: unknown): boolean => isCancellation(error) || error instanceof CancelledFailure;

const isFailureType = (type: unknown): type is FailureType => typeof type === 'string' && Object.hasOwn(FAILURES, type);

/** How a flow is left before its end; thrown by verbs, caught by the engine only. */
export class Exit extends Error {
  constructor(
    readonly how: 'finished' | 'replan' | 'roll back' | 'abandon' | 'fail',
    readonly failure: Failure | null,
    override readonly message: string,
  ) {
    super(message);
    this.name = 'Leave';
  }
}

/** A verb was used wrongly: un-awaited, overlapping, or where it may not stand. */
export const flowError = (message: string): ApplicationFailure => closing('FlowError', message);
