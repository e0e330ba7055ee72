import type { PlannedStep } from '../../workflows/contracts/journal';
import { whyNobodyCounts, whyNotCounted, type Asked, type Situation } from '../../workflows/engine/gates/rules';

const drop = { key: 'Drop#1', title: 'Drop', verb: 'irreversible', depth: 0, times: 1, finished: false, write: { irreversible: true } };
const PLAN = { hash: '4719dadf00000000', madeAt: '2026-01-01T03:04:05.678Z', steps: [] };
const GATE = { number: 2, of: 2, title: 'Update the extension', quorum: 1, choices: [] };

const situation = (more: Partial<Situation> = {}): Situation => ({
  plan: PLAN,
  gate: GATE,
  approvedBy: [],
  requester: 'rita',
  fourEyes: false,
  claimedNamesCount: true,
  ...more,
});
const asked = (more: Partial<Asked> = {}): Asked => ({ plan: '4719dadf', gate: 2, by: 'olga', assurance: null, ...more });
const production = situation({
  plan: { ...PLAN, steps: [drop as unknown as PlannedStep] },
  claimedNamesCount: false,
});

test('an approval of the open gate and the current plan counts', () => expect(whyNotCounted(asked(), situation())).toBeNull());

test('case O1: the message of gate 1, sent again, does not pass gate 2', () => {
  expect(whyNotCounted(asked({ gate: 1 }), situation())).toBe(
    'The gate to approve now is gate 2 of 2, "Update the extension"; your approval names gate 1. Read the plan again, then approve what is asked now.',
  );
});

test('case O5: a wrong hash is answered with the time of the current plan and how to read it, never with its digits', () => {
  const why = whyNotCounted(asked({ plan: '0badc0de' }), situation()) ?? '';
  expect(why).toContain('made at 2026-01-01 03:04:05 UTC');
  expect(why).toContain('query "plan"');
  expect(why).not.toMatch(/4719dadf/);
});

test('case O2: where nobody is attested, a point of no return in production is refused with what to do', () => {
  const why = whyNotCounted(asked({ assurance: 'claimed' }), production) ?? '';
  expect(why).toContain('a name that nobody attests does not count');
  expect(why).toContain('approvals: claimed');
  expect(whyNobodyCounts(production)).toBe(why);
});

test('a sender that is not looked up yet is refused nothing for it, an attested one counts', () => {
  expect(whyNotCounted(asked({ assurance: null }), production)).toBeNull();
  expect(whyNotCounted(asked({ assurance: 'principal', principal: 'olga@example.com' }), production)).toBeNull();
});

test('a child run with a step that cannot be undone makes the plan one', () => {
  const child = { ...drop, verb: 'runbook', childRisk: 'irreversible', write: undefined } as unknown as PlannedStep;
  expect(whyNotCounted(asked({ assurance: 'claimed' }), { ...production, plan: { ...PLAN, steps: [child] } })).toContain('point of no return');
});

test('case O3: where another person is demanded, the requester is refused in any spelling', () => {
  for (const by of ['rita', ' RITA ', 'ｒｉｔａ', 'ri\u200bta'])
    expect(whyNotCounted(asked({ by }), situation({ fourEyes: true }))).toContain('another person must approve');
});

test('one person approves a gate once, by the strongest name that both have', () => {
  const approvedBy = [{ by: 'olga', principal: 'olga@example.com' }];
  expect(whyNotCounted(asked({ by: 'Olga ' }), situation({ approvedBy }))).toContain('has approved this gate already');
  expect(whyNotCounted(asked({ by: 'ann', principal: 'olga@example.com' }), situation({ approvedBy }))).toContain('has approved this gate already');
  expect(whyNotCounted(asked({ by: 'olga', principal: 'other@example.com' }), situation({ approvedBy }))).toBeNull();
});

test.each([
  [['apples', 'pears'], undefined, 'one of apples, pears'],
  [['apples', 'pears'], 'plums', 'one of apples, pears'],
  [['apples', 'pears'], 'pears', null],
  [[], 'pears', 'no choices'],
  [null, undefined, 'the plan lists'],
  [null, 'pears', null],
])('a gate with the choices %j takes %j: %j', (choices, choice, answer) => {
  const why = whyNotCounted(asked({ choice }), situation({ gate: { ...GATE, choices } }));
  if (answer === null) expect(why).toBeNull();
  else expect(why).toContain(answer);
});

test('without a plan, and without a gate, nothing can be approved', () => {
  expect(whyNotCounted(asked(), situation({ plan: null }))).toContain('no plan yet');
  expect(whyNotCounted(asked(), situation({ gate: null }))).toContain('No gate is open');
});
