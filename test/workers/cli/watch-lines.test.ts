import { JournalLines, calls, runningLine, shellWord, stepLine, waitsForHuman } from '../../../workers/cli/watch/watch-lines';
import type { StepRecord } from '../../../workflows/contracts/journal';
import type { RunStatus } from '../../../workflows/engine/display/status';

const step = (number: number, more: Partial<StepRecord> = {}): StepRecord => ({
  key: `s#${number}`,
  number,
  title: `Step ${number}`,
  verb: 'check',
  depth: 0,
  startedAt: '2026-01-01T03:00:00.000Z',
  endedAt: '2026-01-01T03:00:01.500Z',
  outcome: 'done',
  ...more,
});
const running = (number: number): StepRecord => {
  const { endedAt: _, ...open } = step(number, { outcome: 'running' });
  return open;
};
const status = (more: Partial<RunStatus> = {}): RunStatus => ({
  runbook: 'r',
  target: 't',
  phase: 'running',
  plan: '1a2b3c4d'.repeat(8),
  planMadeAt: '2026-01-01T03:00:00.000Z',
  step: null,
  gate: null,
  parked: null,
  waitingForLock: null,
  paused: null,
  open: [],
  outcome: null,
  summary: '',
  youCan: [],
  ...more,
});

describe('journal lines', () => {
  it('come once, and again when a step ends', () => {
    const lines = new JournalLines();
    expect(lines.take([step(1), running(2)], true).map(({ text }) => text)).toEqual([
      expect.stringContaining('✓   1  Step 1  2 s'),
      expect.stringContaining('▶   2  Step 2'),
    ]);
    expect(lines.take([step(1), running(2)], true)).toEqual([]);
    expect(lines.take([step(1), step(2, { outcome: 'failed', failure: { type: 'LimitExceeded', message: '30 of 20' } })], true)).toEqual([
      { tone: 'bad', text: expect.stringContaining('LimitExceeded: 30 of 20') as string },
    ]);
  });

  it('leave the start of a step to the redrawn line on a terminal', () => expect(new JournalLines().take([running(1)], false)).toEqual([]));

  it('begin again after a Reset', () => {
    const lines = new JournalLines();
    lines.take([step(1), step(2)], true);
    expect(lines.take([step(1)], true)).toHaveLength(1);
  });

  it('stay on one line and move no cursor', () => expect(stepLine(step(1, { note: 'a\nb\u001b[2J' })).text).toMatch(/a b�\[2J$/));
});

it('the running line has the elapsed time', () => {
  expect(runningLine([running(1)], status(), Date.parse('2026-01-01T03:00:09.000Z'))).toContain('Step 1  9 s');
  expect(runningLine([step(1)], status({ phase: 'awaiting-approval' }), 0)).toBe('… awaiting-approval');
});

describe('calls for a person', () => {
  const gate = {
    number: 1,
    of: 2,
    title: 'Approve',
    quorum: 2,
    approvedBy: ['ann'],
    choices: ['fast way'],
    openedAt: '2026-01-01T03:00:00.000Z',
    closesAt: '2026-01-01T04:00:00.000Z',
    blockedBecause: null,
  };

  it('carry the exact command', () => {
    const text = calls('r/t/1', status({ gate }))
      .flatMap(({ lines }) => lines.map((line) => line.text))
      .join('\n');
    expect(text).toContain('? Your decision, gate 1 of 2: Approve (1 of 2 approvals, by ann)');
    expect(text).toContain("    runbook approve r/t/1 --plan 1a2b3c4d --gate 1 --choice 'fast way'");
  });

  it('come again on a new plan', () => expect(calls('r', status({ gate }))[0]?.key).not.toBe(calls('r', status({ gate, plan: 'ffff' }))[0]?.key));

  it('offer the choices of a parked step', () => {
    const parked = {
      step: 'Limit',
      failure: { type: 'LimitExceeded' as const, message: 'too many' },
      choices: ['retry' as const, 'rollback' as const],
      since: '2026-01-01T03:00:00.000Z',
    };
    expect(calls('r', status({ parked })).flatMap(({ lines }) => lines.map((line) => line.text))).toEqual([
      '! Needs an operator: Limit: LimitExceeded: too many',
      '    runbook retry r',
      '    runbook rollback r --reason "…"',
    ]);
    expect(waitsForHuman(status({ parked }))).toBe(true);
    expect(waitsForHuman(status())).toBe(false);
  });
});

it('quotes words for a shell', () => expect(['a/b-1', "it's", '$(x)'].map(shellWord)).toEqual(['a/b-1', "'it'\\''s'", "'$(x)'"]));
