import { countGates, listGates } from '../../pure/planned-gates';
import type { RunState } from '../run/state';
import { showTitle } from './gate';
import type { Who } from './people';
import { whyNobodyCounts, type ApprovableGate, type Situation } from './rules';

/** What the rules of approval look at in a run. `approvedBy` is given by whoever asks: the validator also knows what is not judged yet. */
export function situationOf(state: RunState, approvedBy: readonly Who[]): Situation {
  const { plan, header, options, briefing } = state;
  return {
    plan,
    gate: findApprovableGate(state),
    approvedBy,
    requester: options.by ?? null,
    fourEyes: header.approval?.fourEyes ?? false,
    claimedNamesCount: briefing?.claimedApprovalsCount ?? false,
  };
}

/** The open gate; before any has opened, the first one of the plan. A later one is approved when its turn comes and not before. */
export function findApprovableGate({ gates, plan, phase }: RunState): ApprovableGate | null {
  if (gates.open) return { ...gates.open, title: showTitle(gates.open) };
  if (!plan || gates.passed > 0 || phase === 'running') return null;
  const first = listGates(plan.steps)[0];
  if (!first) return null;
  const { number, title, hasChoices } = first;
  return { number, of: countGates(plan.steps), title, quorum: 1, choices: hasChoices ? null : [] };
}

/** Why nobody can approve this plan, known before anybody is asked; null where somebody may. */
export const whyNobodyMayApprove = (state: RunState): string | null => (isNobodyAttested(state) ? whyNobodyCounts(situationOf(state, [])) : null);

/** Whether nobody can attest a sender of this run, so that nothing need be looked up. */
export const isNobodyAttested = ({ briefing }: RunState): boolean => briefing?.serverAttests === false;
