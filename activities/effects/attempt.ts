import type { StepRef } from '../../workflows/contracts/orders';
import { milliseconds } from '../../workflows/pure/span';
import type { Operation } from './operation';
import type { SessionSettings } from '../sql/session';

/** One attempt of a step, as the kernel sees it. */
export interface Attempt {
  readonly number: number;
  readonly signal: AbortSignal;
  /** What the attempt has come to, for whoever has to go on after its failure. */
  readonly progress: Progress;
  /** Told of each stage, for heartbeats and for tests that cut here. */
  readonly at: (stage: Stage) => void | Promise<void>;
}

/** Whether something may have been sent to the world, by this attempt or by an earlier one. */
export interface Progress {
  mayHaveActed: boolean;
  /** Past the sending of a point of no return a cancellation is not heeded: half of it would be worse. */
  ignoresCancel: boolean;
}

export const noProgress = (): Progress => ({ mayHaveActed: false, ignoresCancel: false });

/** The places where a process can die inside a write; `answered` is the end of any order, a read's too. */
export type Stage = 'connected' | 'claimed' | 'before effect' | 'effect sent' | 'before commit' | 'committed' | 'verified' | 'answered';

/** The n-th attempt of a step where no activity runs it: nothing cancels it and nobody is told of its stages, unless said otherwise. */
export const attemptNumber = (number: number, rest: Partial<Omit<Attempt, 'number'>> = {}): Attempt => ({
  number,
  signal: new AbortController().signal,
  progress: noProgress(),
  at: () => undefined,
  ...rest,
});

/** The last 8 digits of a run id: Temporal's ids begin with the time, so runs of the same minute share the first ones. */
export const shortRunId = (firstRunId: string): string => firstRunId.slice(-8);

/** `rb:<8 of run id>:<step number>:<attempt>`: how our sessions are recognised in pg_stat_activity. */
export const applicationName = (step: StepRef | null, attempt: number): string => (step ? `${applicationPrefix(step)}${attempt}` : 'rb:look');

/** The name of all attempts of a step. */
export const applicationPrefix = (step: StepRef): string => `rb:${shortRunId(step.firstRunId)}:${step.stepNumber}:`;

/** Time-outs of an operation's session. */
export function settingsOf(operation: Operation, name: string, input: Record<string, unknown>, readOnly = false): SessionSettings {
  const quick = operation.effect === 'read' && operation.pace === 'quick';
  return {
    applicationName: name,
    statementTimeoutMs: operation.statementTimeout ? milliseconds(operation.statementTimeout) : quick ? 2_000 : 30_000,
    lockTimeoutMs: milliseconds(operation.lockTimeout ?? '1 second'),
    connectionCheckMs: operation.repeat === 'idempotent' ? 0 : 1_000,
    readOnly,
    searchPath: operation.searchPath?.(input) ?? ['pg_catalog'],
  };
}
