import { z } from 'zod';
import type { RunbookHeader } from '../contracts/header';
import type { RunResult } from '../contracts/journal';
import { PersonName, Reason, TargetName } from '../contracts/params';
import { warm } from '../contracts/warm-up';
import { problemsOf } from '../contracts/messages';
import { pluralize } from '../pure/pluralize';
import { endRun } from '../engine/run/end';
import { closing } from '../engine/run/exit';
import { holdLockAsSuccessor } from '../engine/lock/lock-client';
import { hostRun } from '../engine/run/host-run';
import type { RunState } from '../engine/run/state';
import { services } from '../engine/run/services';
import { describeRun } from '../engine/display/search-attributes';
import { rollBack } from '../engine/effects/rollback';

const Input = warm(z.strictObject({ run: z.string().min(1).max(1_000), by: PersonName, reason: Reason, target: TargetName.optional() }));

const HEADER: RunbookHeader = {
  id: 'recoverRun',
  title: 'Recover a run that ended without a rollback',
  system: 'postgres',
  risk: 'disruptive',
  useWhen: ['a run was terminated or abandoned and the target lock says "needs clean-up"'],
  covers: [],
  input: z.object({ run: z.string() }),
  example: { run: 'relieveConnectionExhaustion/orders-eu/20260101-030000-x1y2' },
};

/** Rolls an ended run back from the ledger of its target, newest effect first, and frees the lock. Started by `runbook recover`. */
export function recoverRun(raw: unknown): Promise<RunResult> {
  return hostRun({ header: HEADER, locks: true, cancel: null }, (state) => recover(state, raw));
}

async function recover(state: RunState, raw: unknown): Promise<RunResult> {
  const input = Input.safeParse(raw);
  if (!input.success) throw closing('InvalidInput', `${problemsOf(input.error).join('; ')}. Example: {"run":"…","by":"you","reason":"…"}`);
  const { run, by, reason } = input.data;
  state.options = { mode: 'execute', by, reason };
  const open = await services.findOpenEffects({ run, target: input.data.target });
  state.input = { ...input.data, target: open.target };
  state.briefing = await services.brief({ target: open.target });
  describeRun(state);
  state.journal.note('What it left open', `${run} ended as ${open.status}: ${open.effects.map((effect) => effect.title).join(', ') || 'nothing'}`);
  await holdLockAsSuccessor(state, run);
  state.effects.adopt(open.effects);
  const { undone, failures } = await rollBack(state, `${by}: ${reason}`);
  if (failures.length) {
    state.ending.leaveOpen();
    const sentence = failures.map(({ title, failure }) => `${title}: ${failure.message}`).join(' · ');
    await endRun(state, 'failed', sentence);
    throw closing('CompensationFailed', sentence);
  }
  return endRun(state, 'done', `${run} is rolled back: ${pluralize(undone, 'change')} undone; the target lock is free.`);
}
