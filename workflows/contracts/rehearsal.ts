import type { Failure } from './failures';
import type { TargetBriefing } from './identity';
import type { Plan } from './journal';
import type { Tried } from './orders';
import type { RunOptions } from './params';

/** The activity that rehearses. */
export const REHEARSE = 'rehearse';

/** What a rehearsal must know of its run. Plain data: it runs in an activity, outside the workflow. */
export interface RehearsalOrder {
  readonly tried?: Tried;
  /** The runbook's id. */
  readonly runbook: string;
  readonly input: Readonly<Record<string, unknown>> & { readonly target: string };
  readonly options: RunOptions;
  readonly workflowId: string;
  readonly startedAt: string;
  /** When the rehearsal was asked for, on the workflow's clock: the plan knows nothing that happened later. */
  readonly askedAt: string;
  /** What is known of the target; null at the start of a run, when the rehearsal looks for itself. */
  readonly briefing: TargetBriefing | null;
  /** The steps that are finished already, by key, with their results; a pair without a second part has the result `undefined`. */
  readonly finished: readonly (readonly [key: string, result?: unknown])[];
}

/** How a rehearsal ended. */
export interface RehearsalAnswer {
  readonly briefing: TargetBriefing;
  readonly plan?: Plan;
  /** Why there is no plan and never will be one, whoever tries again. */
  readonly failure?: Failure;
  /** A quick rehearsal met something slow: it must be done as an ordinary activity. */
  readonly slow?: true;
}
