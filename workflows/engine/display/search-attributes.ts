import { defineSearchAttributeKey } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { Phase } from '../../contracts/journal';
import type { RunState } from '../run/state';

const KEYS = {
  RunbookName: defineSearchAttributeKey('RunbookName', 'KEYWORD'),
  RunbookTarget: defineSearchAttributeKey('RunbookTarget', 'KEYWORD'),
  RunbookPhase: defineSearchAttributeKey('RunbookPhase', 'KEYWORD'),
  RunbookRisk: defineSearchAttributeKey('RunbookRisk', 'KEYWORD'),
  RunbookRequester: defineSearchAttributeKey('RunbookRequester', 'KEYWORD'),
  RunbookEpisode: defineSearchAttributeKey('RunbookEpisode', 'KEYWORD'),
} as const;

// Phases of a moment: nobody filters by them, and each upsert is an event in the history.
const PASSING: readonly Phase[] = ['starting', 'rehearsing', 'planned'];

/** Sets what never changes, before something that may take long; else the first phase that a person filters by brings it along. */
export function describeRun(state: RunState): void {
  if (!state.isDescribed) upsert(state, wholeDescription(state));
}

/** Goes into a phase; the search attribute changes with the phases that a person filters by. */
export function showPhase(state: RunState, phase: Phase): void {
  if (state.phase === phase) return;
  state.phase = phase;
  if (!PASSING.includes(phase)) upsert(state, state.isDescribed ? { RunbookPhase: phase } : wholeDescription(state));
}

function wholeDescription(state: RunState): Values {
  // What the server knows is learnt with the briefing.
  state.isDescribed = state.briefing !== null;
  return {
    RunbookName: state.header.id,
    RunbookTarget: state.target,
    RunbookRisk: state.header.risk,
    RunbookRequester: state.options.by,
    RunbookEpisode: state.options.episode,
    RunbookPhase: state.phase,
  };
}

type Values = Partial<Record<keyof typeof KEYS, string | undefined>>;

function upsert(state: RunState, values: Values): void {
  const known = state.briefing?.searchAttributes ?? [];
  const pairs = Object.entries(values)
    .filter(([name, value]) => value !== undefined && known.includes(name))
    // Keyword columns hold 255 characters.
    .map(([name, value]) => ({ key: KEYS[name as keyof typeof KEYS], value: String(value).slice(0, 255) }));
  if (pairs.length) upsertSearchAttributes(pairs);
}
