import { CancellationScope } from '@temporalio/workflow';
import { canonicalJson } from '../../pure/json';
import type { OpenEffect, PlannedStep, StepRecord } from '../../contracts/journal';
import type { Request } from '../../contracts/operation-shape';
import type { WriteAnswer, WriteOrder } from '../../contracts/orders';
import { refreshDashboard } from '../display/dashboard';
import { orderUndo, orderWrite } from '../flow/activities';
import { neverActed } from '../flow/attempts';
import { ensureFreshApproval, findStaleness } from '../gates/approvals';
import { Exit, closing, failureOf, flowError, isCancelled, lostKeys } from '../run/exit';
import { holdLock } from '../lock/lock-client';
import { forgetLost } from './lost-effects';
import type { RunState } from '../run/state';
import { withoutNumber } from '../flow/step-keys';

/** Failures by which the kernel says that it stayed out before claiming anything. */
const NEVER_BEGAN = ['PlanDrifted', 'LimitExceeded', 'EffectsLost'];

/** Nobody has looked at what an alert or a schedule starts: it may undo itself (risk safe), or it passes a gate before its first change. */
export function refuseUngated({ header, options, gates }: RunState, title: string): void {
  if (!options.trigger || header.risk === 'safe' || gates.passed > 0 || options.parent) return;
  const who = options.trigger === 'alert' ? 'an alert' : 'a schedule';
  const message = `"${title}" comes before any gate, and ${who} started this run. Start it by hand, or name a runbook that asks first.`;
  // Nobody could fix it by trying again: it ends instead of waiting for an operator.
  throw new Exit('fail', { type: 'PreconditionUnmet', message }, message);
}

/** Orders one change: approved, locked, planned, its undo registered before it acts. */
export async function change<Out>(
  state: RunState,
  key: string,
  title: string,
  request: Request<'write' | 'irreversible', Out>,
): Promise<[Out, Partial<StepRecord>]> {
  if (!state.plan) throw flowError(`"${title}" changes the target, and the header says read-only.`);
  refuseUngated(state, title);
  if (findStaleness(state) !== null) await ensureFreshApproval(state);
  if (!state.lock.isHeld) {
    await holdLock(state);
    // The queue of the lock may have been long.
    if (findStaleness(state) !== null) await ensureFreshApproval(state);
  }
  const planned = plannedFor(state, key, request);
  if (request.effect === 'irreversible' && !state.gates.last && !state.options.parent)
    throw flowError(`"${title}" cannot be undone and nobody approved it.`);
  const effect: OpenEffect = {
    key: state.effectKey(key),
    title,
    operation: request.operation,
    input: request.input,
    step: state.stepRef(key),
    undo: planned.undo,
    ...(planned.atControl ? { atControl: true as const } : {}),
  };
  const earlier = state.effects.all.filter((one) => one.key !== effect.key && one.input.target === request.input.target);
  const order: WriteOrder = {
    kind: 'write',
    input: request.input,
    step: effect.step,
    effectKey: effect.key,
    planned: { plan: state.plan.hash, bound: planned.bound, statement: planned.statement, databaseOid: state.plan.identity.databaseOid },
    token: state.lock.token ?? 0,
    buildsOn: earlier.map(({ key: made }) => made),
    made: earlier.filter(({ key: made, atControl }) => !atControl && state.effects.isMade(made)).map(({ key: made }) => made),
  };
  state.effects.register(effect);
  try {
    const send = (): Promise<WriteAnswer> => orderWrite(state, request.operation, order, title);
    const answer = planned.pointOfNoReturn ? await passPointOfNoReturn(state, effect, send) : await send();
    state.effects.confirm(effect.key);
    const { before, how, rows, statements, verified, notices, evidence, observed } = answer;
    const note = how === 'found' ? 'an earlier attempt had done it; its reply was lost, and it was not repeated' : undefined;
    return [
      before as Out,
      {
        ...(rows === null ? {} : { rows }),
        statements,
        verified,
        notices,
        evidence,
        saw: observed ? { before, observed } : { before },
        ...(note ? { note } : {}),
      },
    ];
  } catch (error) {
    if (!isCancelled(error) && NEVER_BEGAN.includes(failureOf(error).type)) {
      state.effects.withdraw(effect.key);
    }
    forgetLost(state, lostKeys(error));
    throw error;
  }
}

/** The normal end of a bracket: its begin is undone, and the undos inside fold into one. */
export async function endBracket(state: RunState, beginKey: string, title: string): Promise<[null, Partial<StepRecord>]> {
  const begin = state.effects.findBegin(state.effectKey(beginKey));
  if (!begin) throw flowError(`The bracket "${title}" ends and has not begun.`);
  const record = await undoEffect(state, begin);
  state.effects.foldBracket(begin.key);
  return [null, record];
}

/** Orders the undo of one effect. */
export async function undoEffect(state: RunState, effect: OpenEffect): Promise<Partial<StepRecord>> {
  if (!('by' in effect.undo)) return { note: `stays: ${effect.undo.none}` };
  const { how, statements, verified, evidence } = await orderUndo(
    state,
    effect.undo.by,
    { kind: 'undo', operation: effect.operation, input: effect.input, step: effect.step, effectKey: effect.key, token: state.lock.token ?? 0 },
    effect.title,
  );
  const note = { undone: 'as it was before', already: 'undone already', never: 'it had never happened' }[how];
  return { note, statements, verified, ...(evidence ? { evidence } : {}) };
}

/** The planned line of a live change; a change that the plan does not have is drift. */
function plannedFor(state: RunState, key: string, request: Request<'write' | 'irreversible', unknown>): NonNullable<PlannedStep['write']> {
  const number = Number(/#(\d+)$/.exec(key)?.[1] ?? 1);
  const input = canonicalJson(request.input);
  const line = state.plan?.steps.find(
    (step) =>
      step.write &&
      step.operation === request.operation &&
      (step.key === key || (withoutNumber(step.key) === withoutNumber(key) && number <= firstNumber(step) + step.times - 1)) &&
      canonicalJson(step.input) === input,
  );
  if (line?.write) return line.write;
  throw closing('PlanDrifted', `The plan has no "${withoutNumber(key)}" with this input; it was not expected when the plan was made.`);
}

const firstNumber = (step: PlannedStep): number => Number(/#(\d+)$/.exec(step.key)?.[1] ?? 1);

/**
 * Sends a step that closes the earlier undos. They close when it was sent, or may have been, and stay open where it proves that it never
 * was: a cancellation that comes before the sending rolls back as ever, and one that comes after it is refused.
 */
async function passPointOfNoReturn(state: RunState, effect: OpenEffect, send: () => Promise<WriteAnswer>): Promise<WriteAnswer> {
  state.effects.approach(effect);
  try {
    const answer = await send();
    closeUndos(state, effect);
    return answer;
  } catch (error) {
    if (neverActed(error) || (!isCancelled(error) && NEVER_BEGAN.includes(failureOf(error).type))) {
      state.effects.standBack(effect.key);
      throw error;
    }
    closeUndos(state, effect);
    if (!isCancelled(error) && !(error instanceof Exit && error.how === 'roll back')) throw error;
    return CancellationScope.nonCancellable(send);
  }
}

/** From here on earlier undos would do harm: what they would undo stays as it is, and only forward is possible. */
function closeUndos(state: RunState, { key, title }: OpenEffect): void {
  const stays = state.effects.closeUndos(key);
  if (!stays) return;
  state.journal.note('Point of no return', stays.length ? `stays: ${stays.join(', ')}` : 'nothing was open');
  const refused = state.ending.refuseToUndo();
  if (refused)
    state.journal.note(refused.how === 'cancel' ? 'Cancellation refused' : 'Rollback refused', `past the point of no return (${title})`, 'failed');
  refreshDashboard(state);
}
