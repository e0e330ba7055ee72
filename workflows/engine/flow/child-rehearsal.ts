import type { PlannedStep, RunResult } from '../../contracts/journal';
import { didYouMean } from '../../pure/did-you-mean';
import { pluralize } from '../../pure/pluralize';
import { closing, flowError } from '../run/exit';
import { checkInput } from '../run/input';
import { rehearse, type RehearsalParts } from './rehearsal';

/** A child run that a flow asks for. */
export interface ChildRequest {
  readonly title: string;
  readonly id: string;
  readonly input: unknown;
}

/** Rehearses a child run inside its parent's rehearsal; one that only reads is done for real, as a plan cannot say what it would find. */
export async function rehearseChild(parent: RehearsalParts, { title, id, input }: ChildRequest): Promise<RunResult> {
  const { order, runbooks } = parent;
  const runbook = runbooks.get(id);
  if (!runbook) throw closing('UnknownRunbook', `No runbook is named "${id}".${didYouMean(id, [...runbooks.keys()])}`);
  const isReadOnly = runbook.header.risk === 'read-only';
  const checked = checkInput(runbook, childInput(order, input), order.workflowId);
  // Its lock would end with the child, and its undo would come too late: one run changes one target.
  if (!isReadOnly && checked.input.target !== order.input.target)
    throw flowError(`"${title}" would change another target than ${order.input.target}; start a run of ${id} for that one.`);
  const { plan, closing: end } = await rehearse({ ...parent, runbook, order: { ...order, ...checked, runbook: id, finished: [] } });
  const report = `runbook report ${order.workflowId}`;
  const done = end.summary ?? `${runbook.header.title}: done on ${checked.input.target}.`;
  if (isReadOnly) return { outcome: plan.nothingToDo ? 'nothing to do' : 'done', summary: plan.nothingToDo ?? done, report, open: [] };
  return { outcome: plan.nothingToDo ? 'nothing to do' : 'planned', summary: plan.nothingToDo ?? planSentence(plan), report, plan, open: [] };
}

/** What a finished rehearsal says of its plan. */
const planSentence = ({ hash, steps }: { hash: string; steps: readonly PlannedStep[] }): string =>
  `The plan ${hash.slice(0, 8)} has ${pluralize(steps.length, 'step')}; nothing was changed.`;

/** The input of a child run before its parent has a lock and a plan. */
const childInput = ({ workflowId, options }: RehearsalParts['order'], input: unknown): object => ({
  ...(input as object),
  ...(options.by ? { by: options.by } : {}),
  mode: 'plan',
  parent: { workflowId, token: null, plan: null },
});

/** What the parent's plan says of a child run. */
export function childLine({ plan }: RunResult): Partial<PlannedStep> {
  if (!plan) return { childRisk: 'read-only', note: 'looks only' };
  const touchesCluster = plan.steps.some((step) => step.write?.scope === 'cluster' || step.childScope === 'cluster');
  return {
    child: plan.hash,
    childScope: touchesCluster ? 'cluster' : 'database',
    childRisk: plan.risk,
    note: `${pluralize(plan.steps.length, 'step')} of its own, plan ${plan.hash.slice(0, 8)}`,
  };
}
