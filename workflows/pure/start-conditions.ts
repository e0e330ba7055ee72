import type { Failure } from '../contracts/failures';
import type { TargetBriefing } from '../contracts/identity';
import type { RunOptions } from '../contracts/params';

/** Why a changing run may not go on after the first look at its target; null when it may. A plan may be made at any time. */
export function whyRefused({ identity: { target }, closed, notReady }: TargetBriefing, options: RunOptions): Failure | null {
  if (options.mode === 'plan') return null;
  if (closed && !overridesFreeze(options)) return { type: 'ChangesFrozen', message: `${target}: ${closed}.` };
  if (notReady.length) return { type: 'TargetNotReady', message: `${target} is not ready for changing runs: ${notReady.join('; ')}.` };
  return null;
}

/** In an emergency, or because its parent run was allowed to start. */
const overridesFreeze = (options: RunOptions): boolean => Boolean(options.overrideFreeze ?? options.breakGlass ?? options.parent);
