import type { Decision, PlannedStep } from '../../workflows/contracts/journal';
import type { Gate } from '../../workflows/engine/gates/gate';
import { Gates } from '../../workflows/engine/gates/gates';
import { countGates, findGateNumber, listGates } from '../../workflows/pure/planned-gates';

const line = (key: string, more: Partial<PlannedStep> = {}): PlannedStep => ({
  key,
  title: key.replace(/#\d+$/, ''),
  verb: 'approve',
  depth: 0,
  times: 1,
  finished: false,
  note: 'asks',
  ...more,
});
const PLAN = [line('Trial#1'), line('Look#1', { verb: 'check' }), line('Waived#1', { note: 'waived by the rule of the runbook' }), line('Go#1')];

const gate = (key: string, more: Partial<Gate> = {}): Omit<Gate, 'number' | 'of'> => ({
  key,
  title: key.replace(/#\d+$/, ''),
  again: null,
  hash: 'abcdef0123456789',
  quorum: 1,
  choices: [],
  deadlineMs: 60_000,
  openedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});

const decision = (by: string, more: Partial<Decision> = {}): Decision => ({
  kind: 'approve',
  by,
  at: '2026-01-01T00:00:01.000Z',
  plan: 'abcdef01',
  via: 'update',
  assurance: 'claimed',
  ...more,
});

/** Sends a decision and judges it at once, as the engine does once the sender is known. */
function send(gates: Gates, made: Decision, judged: Partial<Decision> = {}): void {
  gates.record(made);
  gates.receive({ decision: made, message: { update: '1' } });
  for (const arrival of gates.takeArrived()) gates.judge(arrival.decision, { ...arrival.decision, ...judged });
}

test('gates are numbered in the order of the plan; a waived one has no number', () => {
  expect(listGates(PLAN).map(({ number, title }) => `${number} ${title}`)).toEqual(['1 Trial', '2 Go']);
  expect(findGateNumber(PLAN, 'Go#1')).toBe(2);
  expect(findGateNumber(PLAN, 'Waived#1')).toBeNull();
});

test('a gate in a loop has a number for each round', () => {
  const steps = [line('Each#1', { times: 3 }), line('Last#1')];
  expect(countGates(steps)).toBe(4);
  expect(['Each#1', 'Each#3', 'Each#4', 'Last#1'].map((key) => findGateNumber(steps, key))).toEqual([1, 3, null, 4]);
});

test('a gate that is asked again has a number that no other gate has had', () => {
  const gates = new Gates();
  const numbers = ['Trial#1', 'again: Trial', 'again: Trial', 'Go#1'].map((key) => {
    const { number, of } = gates.openGate(gate(key), PLAN);
    gates.pass(0);
    return `${number} of ${of}`;
  });
  expect(numbers).toEqual(['1 of 2', '3 of 3', '4 of 4', '2 of 4']);
});

test('enough approvals of one choice pass a gate', () => {
  const gates = new Gates();
  gates.openGate(gate('Go#1', { quorum: 2, choices: ['apples', 'pears'] }), PLAN);
  send(gates, decision('olga', { choice: 'apples' }));
  send(gates, decision('oleg', { choice: 'pears' }));
  expect(gates.findChoice()).toBeNull();
  send(gates, decision('ben', { choice: 'pears' }));
  expect(gates.findChoice()).toBe('pears');
});

test('what was refused is recorded with its reason and counts for nothing', () => {
  const gates = new Gates();
  gates.openGate(gate('Go#1'), PLAN);
  send(gates, decision('olga'), { refused: 'nobody attests it' });
  expect(gates.findChoice()).toBeNull();
  expect(gates.decisions).toMatchObject([{ by: 'olga', refused: 'nobody attests it' }]);
});

test('a rejection is kept, whoever approved', () => {
  const gates = new Gates();
  gates.openGate(gate('Go#1'), PLAN);
  send(gates, decision('olga'));
  send(gates, decision('oleg', { kind: 'reject', reason: 'no' }));
  expect(gates.rejection).toMatchObject({ by: 'oleg', reason: 'no' });
});

test('the approvals of one gate are none of the next', () => {
  const gates = new Gates();
  gates.openGate(gate('Trial#1'), PLAN);
  send(gates, decision('olga'));
  gates.pass(0);
  gates.openGate(gate('Go#1'), PLAN);
  expect(gates.approvals).toEqual([]);
  expect(gates.findChoice()).toBeNull();
});

test('an approval that came early is kept for the gate that it names', () => {
  const gates = new Gates();
  const [first, second] = [decision('olga', { gateNumber: 1 }), decision('oleg', { gateNumber: 2 })];
  for (const made of [first, second]) gates.receive({ decision: made, message: { update: made.by } });
  gates.openGate(gate('Trial#1'), PLAN);
  expect(gates.takeArrived().map((arrival) => arrival.decision.by)).toEqual(['olga']);
  gates.pass(0);
  expect(gates.pending).toEqual([second]);
  gates.openGate(gate('Go#1'), PLAN);
  expect(gates.takeArrived().map((arrival) => arrival.decision.by)).toEqual(['oleg']);
});

test('an approval is stale with another plan, when it is too old, and once it is revoked', () => {
  const gates = new Gates();
  const stale = (hash: string, now: number) => gates.findStaleness(hash, { now, validForMs: 1_000 });
  expect(stale('abcdef0123456789', 0)).toBeNull();
  gates.openGate(gate('Go#1'), PLAN);
  gates.pass(5_000);
  expect(stale('abcdef0123456789', 6_000)).toBeNull();
  expect(stale('abcdef0123456789', 6_001)).toBe('the approval is too old');
  expect(stale('0123', 5_000)).toBe('the plan has changed');
  gates.revoke();
  expect(stale('abcdef0123456789', 5_000)).toBe('the plan has changed');
});

test('a gate that nobody passed is no approval', () => {
  const gates = new Gates();
  gates.openGate(gate('Go#1'), PLAN);
  gates.close();
  expect([gates.open, gates.last, gates.passed]).toEqual([null, null, 0]);
});
