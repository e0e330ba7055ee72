import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Failure, FailureType } from '../../workflows/contracts/failures';
import type { TargetBriefing, TargetIdentity } from '../../workflows/contracts/identity';
import type { Plan } from '../../workflows/contracts/journal';
import type { Request } from '../../workflows/contracts/operation-shape';
import type { Preview } from '../../workflows/contracts/orders';
import type { RehearsalAnswer, RehearsalOrder } from '../../workflows/contracts/rehearsal';
import { whyRefused } from '../../workflows/pure/start-conditions';
import { atBoundary } from '../effects/activity';
import { KernelFailure } from '../sql/kernel-failure';

/** More than this does not fit into one message to Temporal (2 MB) with what stands beside it. */
const MAX_PLAN_BYTES = 1_500_000;

/** Asks the world what a flow asks. */
export interface WorldAsker {
  read(request: Request<'read', unknown>): Promise<unknown>;
  preview(request: Request<'write' | 'irreversible', unknown>): Promise<Preview>;
}

/** What a rehearsal is made of; the composition root wires it. */
export interface RehearseParts {
  readonly brief: (input: { readonly target: string }) => Promise<TargetBriefing>;
  readonly asker: WorldAsker;
  /** Whether a request is answered within two seconds, as far as its operation says. */
  readonly isQuick: (request: Request<'read' | 'write' | 'irreversible', unknown>) => boolean;
  /** Runs the flow over the asker and makes the plan. */
  readonly run: (order: RehearsalOrder, world: { readonly identity: TargetIdentity; readonly asker: WorldAsker }) => Promise<Plan>;
}

/** The activity that rehearses a flow: it changes nothing, so it is simply repeated where its worker was killed. */
export function rehearseActivity(parts: RehearseParts): (order: RehearsalOrder) => Promise<RehearsalAnswer> {
  return (order) => atBoundary(order.tried, () => rehearse(parts, order, Context.current().info.isLocal));
}

async function rehearse({ brief, asker, isQuick, run }: RehearseParts, order: RehearsalOrder, isLocal: boolean): Promise<RehearsalAnswer> {
  const briefing = order.briefing ?? (await brief({ target: order.input.target }));
  if (whyRefused(briefing, order.options)) return { briefing };
  // A target's own workers hold its credentials.
  if (isLocal && briefing.taskQueue) return { briefing, slow: true };
  const quick = quickOnly(asker, isQuick);
  try {
    const plan = await run(order, { identity: briefing.identity, asker: isLocal ? quick.asker : asker });
    return { briefing, plan: fitting(plan) };
  } catch (error) {
    if (quick.met.slow) return { briefing, slow: true };
    const failure = finalFailure(error);
    if (failure) return { briefing, failure };
    // Whoever tries again knows the target already.
    if (isLocal && !Context.current().cancellationSignal.aborted) return { briefing, slow: true };
    throw error;
  }
}

/** Stops a local rehearsal at the first request that may take long, and notes that it did. */
function quickOnly(asker: WorldAsker, isQuick: RehearseParts['isQuick']): { readonly asker: WorldAsker; readonly met: { slow: boolean } } {
  const met = { slow: false };
  const check = (request: Parameters<typeof isQuick>[0]): void => {
    if (isQuick(request)) return;
    met.slow = true;
    throw new KernelFailure('FlowError', `${request.operation} may take long.`);
  };
  return {
    met,
    asker: {
      read: async (request) => (check(request), asker.read(request)),
      preview: async (request) => (check(request), asker.preview(request)),
    },
  };
}

/** A failure that nobody need try again; null where trying again may help. */
function finalFailure(error: unknown): Failure | null {
  if (error instanceof KernelFailure && error.retry === 'never') return { type: error.type, message: error.message };
  if (error instanceof ApplicationFailure && error.nonRetryable) return { type: error.type as FailureType, message: error.message };
  return null;
}

function fitting(plan: Plan): Plan {
  const bytes = Buffer.byteLength(JSON.stringify(plan));
  if (bytes <= MAX_PLAN_BYTES) return plan;
  throw new KernelFailure('AnswerTooLarge', `The plan has ${bytes} bytes (at most ${MAX_PLAN_BYTES}); ask for less in one run.`);
}
