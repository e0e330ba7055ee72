import type { RunReport, StepRecord } from '../../../workflows/contracts/journal';

/** A finished step of a run. */
export const step = (number: number, changes: Partial<StepRecord> = {}): StepRecord => ({
  key: `Measure#${number}`,
  number,
  title: 'Measure',
  verb: 'check',
  depth: 0,
  startedAt: '2026-01-01T03:00:00.000Z',
  endedAt: '2026-01-01T03:00:01.000Z',
  outcome: 'done',
  ...changes,
});

/** The record of a small run. */
export const report = (workflowId: string, changes: Partial<RunReport> = {}): RunReport => ({
  workflowId,
  runId: 'run-1',
  runbook: 'measureThings',
  title: 'Measure things',
  risk: 'read-only',
  target: 'orders-eu',
  identity: null,
  input: { target: 'orders-eu' },
  requestedBy: 'ann',
  reason: null,
  startedAt: '2026-01-01T03:00:00.000Z',
  endedAt: null,
  phase: 'running',
  outcome: null,
  summary: '',
  plan: null,
  steps: [step(1)],
  decisions: [],
  open: [],
  advice: [],
  ...changes,
});
