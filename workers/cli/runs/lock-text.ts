import type { LockHolder, LockRequest, LockState } from '../../../workflows/contracts/lock';
import { inWords } from '../../../workflows/pure/span';

/** A lock as sentences: each holder with its age and what is wrong with it, then the waiters in their order. */
export function lockText(target: string, state: LockState | null, now: number): string {
  if (!state?.holders.length && !state?.waiters.length)
    return `Nobody holds the lock of ${target}${state ? ` (cluster ${state.systemIdentifier}, last token ${state.lastToken})` : ''}.`;
  return [
    `The lock of ${target} (cluster ${state.systemIdentifier}):`,
    ...state.holders.map((holder) => holderLine(holder, now)),
    ...state.waiters.map((waiter, index) => `  waits, ${index + 1}.: ${whoseText(waiter)}`),
  ].join('\n');
}

function holderLine(holder: LockHolder, now: number): string {
  const scope = holder.scope === 'cluster' ? 'the whole cluster' : `database ${holder.database}`;
  const line = `  holds ${scope} for ${inWords(now - Date.parse(holder.since))}, token ${holder.token}: ${whoseText(holder)}`;
  return holder.needsCleanUp ? `${line}\n    NEEDS CLEAN-UP: ${holder.needsCleanUp}` : line;
}

const whoseText = ({ workflowId, requestedBy, target }: LockRequest): string =>
  `${workflowId} on ${target}${requestedBy ? `, asked for by ${requestedBy}` : ''}`;
