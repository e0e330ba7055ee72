import type { Assurance, PlannedStep } from '../../contracts/journal';
import { nameGate } from './gate';
import { isSamePerson, type Who } from './people';

/** An approval as the rules look at it. */
export interface Asked extends Who {
  readonly plan: string;
  readonly gate: number;
  readonly choice?: string | undefined;
  /** How the sender is known; null while that is not looked up. */
  readonly assurance: Assurance | null;
}

/** A gate that may be approved now: the open one, or the first one while the run is on its way to it. */
export interface ApprovableGate {
  readonly number: number;
  readonly of: number;
  readonly title: string;
  readonly quorum: number;
  /** What it asks to choose from; null for a choice of which more is known only when the gate opens. */
  readonly choices: readonly string[] | null;
}

/** Everything else that the rules look at. */
export interface Situation {
  readonly plan: { readonly hash: string; readonly madeAt: string; readonly steps: readonly PlannedStep[] } | null;
  readonly gate: ApprovableGate | null;
  /** Who has approved this gate already, also those whose sender is not looked up yet. */
  readonly approvedBy: readonly Who[];
  readonly requester: string | null;
  readonly fourEyes: boolean;
  /** Whether a name that nobody attests counts at a point of no return. */
  readonly claimedNamesCount: boolean;
}

type Rule = (asked: Asked, situation: Situation) => string | null;

/** Every rule of who may approve what, and when; the first that is broken is the answer. There is no other list. */
const RULES: readonly Rule[] = [
  refuseWithoutPlan,
  refuseWithoutGate,
  refuseOtherPlan,
  refuseOtherGate,
  refuseRequester,
  refuseRepetition,
  refuseChoice,
  refuseUnattested,
];

/** Why an approval does not count; null where it does. Asked by the message's validator, and again once its sender is known. */
export function whyNotCounted(asked: Asked, situation: Situation): string | null {
  for (const rule of RULES) {
    const why = rule(asked, situation);
    if (why !== null) return why;
  }
  return null;
}

/** Why nobody can pass the gates of this plan, whoever approves; null where somebody may. */
export const whyNobodyCounts = (situation: Situation): string | null =>
  refuseUnattested({ plan: '', gate: 0, by: '', assurance: 'claimed' }, situation);

function refuseWithoutPlan(_: Asked, { plan }: Situation): string | null {
  return plan ? null : 'There is no plan yet: the rehearsal is not finished.';
}

function refuseWithoutGate(_: Asked, { gate }: Situation): string | null {
  return gate ? null : 'No gate is open now.';
}

/** The right digits are never given away: whoever approves must have read them with the plan. */
function refuseOtherPlan({ plan: digits }: Asked, { plan }: Situation): string | null {
  if (!plan || plan.hash.startsWith(digits)) return null;
  return (
    `Your approval names another plan than the current one, which was made at ${clock(plan.madeAt)}. ` +
    'Read the current plan (query "plan", or "runbook report"), then approve what it says now.'
  );
}

/** A message that is sent twice must not pass the next gate. */
function refuseOtherGate({ gate: number }: Asked, { gate }: Situation): string | null {
  if (!gate || gate.number === number) return null;
  return `The gate to approve now is ${describe(gate)}; your approval names gate ${number}. Read the plan again, then approve what is asked now.`;
}

function refuseRequester(asked: Asked, { requester, fourEyes }: Situation): string | null {
  if (!fourEyes || requester === null || !isSamePerson({ by: requester }, asked)) return null;
  return `${asked.by} asked for this run; another person must approve it.`;
}

function refuseRepetition(asked: Asked, { gate, approvedBy }: Situation): string | null {
  if (!gate || !approvedBy.some((earlier) => isSamePerson(earlier, asked))) return null;
  return `${asked.by} has approved this gate already; it needs ${gate.quorum === 1 ? '1 approval' : `${gate.quorum} different people`}.`;
}

function refuseChoice({ choice }: Asked, { gate }: Situation): string | null {
  if (!gate) return null;
  if (!gate.choices) return choice ? null : 'This gate asks for a choice; the plan lists what can be chosen.';
  if (gate.choices.length === 0) return choice ? 'This gate has no choices.' : null;
  return choice && gate.choices.includes(choice) ? null : `This gate asks for a choice: one of ${gate.choices.join(', ')}.`;
}

function refuseUnattested({ assurance }: Asked, { plan, claimedNamesCount }: Situation): string | null {
  if (claimedNamesCount || assurance !== 'claimed' || !plan?.steps.some(hasNoReturn)) return null;
  return (
    'This is a production target and the plan has a point of no return, so a name that nobody attests does not count. ' +
    'Let the Temporal server attest who sends messages (principals), or allow claimed names for this target ' +
    '(targets.yaml: "approvals: claimed"); then start the run again.'
  );
}

const hasNoReturn = ({ write, childRisk }: PlannedStep): boolean => write?.irreversible === true || childRisk === 'irreversible';
const describe = (gate: ApprovableGate): string => `${nameGate(gate)}, "${gate.title}"`;
const clock = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;
