import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TargetIdentity } from '../../contracts/identity';
import type { Plan } from '../../contracts/journal';
import type { RehearsalOrder } from '../../contracts/rehearsal';
import { closing, failureOf } from '../run/exit';
import type { FlowParts } from './define-runbook';
import { rehearse, type Asker } from './rehearsal';

/** Rehearses the runbook that an order names, for the activity. What a flow throws of its own is a defect, and leaves as FlowError. */
export async function rehearseFlow(
  runbooks: ReadonlyMap<string, FlowParts>,
  order: RehearsalOrder,
  { identity, asker }: { readonly identity: TargetIdentity; readonly asker: Asker },
): Promise<Plan> {
  const runbook = runbooks.get(order.runbook);
  if (!runbook) throw closing('UnknownRunbook', `This worker has no runbook "${order.runbook}": it is of another build than the run.`);
  try {
    return (await rehearse({ runbook, order, identity, asker, runbooks })).plan;
  } catch (error) {
    if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
    const { type, message } = failureOf(error);
    throw closing(type, message);
  }
}
