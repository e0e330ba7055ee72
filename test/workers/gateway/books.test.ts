import * as fc from 'fast-check';
import { HOUR, InboxModel, LIMITS, MINUTE, PROBLEMS, heardOf, type Heard } from '../../support/inbox-model';

/** As many histories as a build has time for; fewer on a developer's machine. */
const RUNS = { numRuns: process.env['CI'] ? 2_000 : 200 };

const heard = fc.record<Heard>({
  problem: fc.nat(PROBLEMS.length - 1),
  firing: fc.nat(4),
  status: fc.constantFrom('firing', 'firing', 'firing', 'resolved'),
});
/** Deliveries in any order and repeated, ends of runs, sweeps, and time that passes between them. */
const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), alerts: fc.array(heard, { minLength: 1, maxLength: 12 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 900, 59_000, MINUTE, 14 * MINUTE, 15 * MINUTE, HOUR) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('end' as const), nth: fc.nat(20), outcome: fc.constantFrom('done', 'failed', 'nothing to do') }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), nth: fc.nat(40) }) },
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Plays what happened, and looks at the invariants after each event. */
function play(events: readonly Event[], model = new InboxModel()): InboxModel {
  const delivered: (readonly Heard[])[] = [];
  for (const one of events) {
    if (one.kind === 'deliver') model.deliver((delivered.push(one.alerts), one.alerts));
    else if (one.kind === 'repeat') model.deliver(delivered[one.nth % (delivered.length || 1)] ?? []);
    else if (one.kind === 'wait') model.now += one.ms;
    else if (one.kind === 'sweep') model.sweep();
    else if (model.live.length) model.end(model.live[one.nth % model.live.length]?.workflowId ?? '', one.outcome);
    invariantsOf(model);
  }
  return model;
}

/** Fails with what is wrong now; plain code, because it runs a hundred thousand times. */
function invariantsOf({ live, firing, inbox }: InboxModel): void {
  const wrong: string[] = [];
  // Stronger than one for each target and runbook: a target has one.
  if (new Set(live.map(({ target }) => target)).size !== live.length)
    wrong.push(`two live runs on a target: ${live.map((run) => run.workflowId).join()}`);
  for (const { key, state, because, workflowId, identity, startsAt, target } of firing) {
    if (state === 'new' || state === 'dropped' || because === '') wrong.push(`${key} fires and is ${state} (${because})`);
    const run = inbox.runs.get(workflowId ?? '');
    if ((state === 'started' || state === 'joined') && (run?.target !== target || run.endedAt !== null))
      wrong.push(`${key} is ${state}, and ${workflowId ?? 'no run'} does not live on its target`);
    const later = state !== 'stale' || [...inbox.episodes.values()].some((other) => other.identity === identity && other.startsAt > startsAt);
    if (!later) wrong.push(`${key} is stale, and no later firing is known`);
  }
  expect(wrong).toEqual([]);
}

/** What holds for all starts of a history together. */
function rulesOf({ starts, inbox, limits }: InboxModel): void {
  const wrong: string[] = [];
  if (inbox.runs.size !== starts.length) wrong.push(`${starts.length} starts made ${inbox.runs.size} runs: an id was given twice`);
  for (const { run, newTargets } of starts) {
    const { askedAt, runbook, target, workflowId } = run;
    const before = starts.map((other) => other.run).filter((other) => other.target === target && other.askedAt <= askedAt);
    const hour = before.filter((other) => other.askedAt > askedAt - HOUR).length;
    if (hour > limits.startsPerHour) wrong.push(`${workflowId} is the start number ${hour} of the hour`);
    for (const { endedAt, ...other } of before)
      if (
        other.workflowId !== workflowId &&
        other.runbook === runbook &&
        endedAt !== null &&
        endedAt <= askedAt &&
        askedAt < endedAt + limits.coolDownMs
      )
        wrong.push(`${workflowId} began in the cool-down after ${other.workflowId}`);
    if (limits.changes(runbook) && newTargets > limits.massTargets) wrong.push(`${workflowId} began while ${newTargets} targets were new`);
  }
  expect(wrong).toEqual([]);
}

const history = (maxLength: number) => fc.array(event, { minLength: 1, maxLength });

describe('whatever comes, in whatever order', () => {
  test('a target has at most one live run, the starts keep to the hour, the cool-down and the mass rule, and nothing that fires is without a state', () => {
    fc.assert(
      fc.property(history(60), (events) => rulesOf(play(events))),
      RUNS,
    );
  });

  test('what is delivered again as it stands starts nothing and tells nobody: it is counted', () => {
    fc.assert(
      fc.property(history(40), fc.nat(30 * MINUTE), (events, later) => {
        const model = play(events);
        model.now += later;
        // One that outlives a later firing is news; it stands as it is from then on.
        for (const { key } of model.firing.filter(({ state }) => state === 'stale')) model.deliver([heardOf(key, 'firing')]);
        const [runs, news] = [model.inbox.runs.size, model.inbox.news.length];
        const before = [...model.inbox.episodes.values()].map(({ key, deliveries }) => [key, deliveries + 1]);
        for (const { key, status } of [...model.inbox.episodes.values()]) model.deliver([heardOf(key, status)]);
        expect([...model.inbox.episodes.values()].map(({ key, deliveries }) => [key, deliveries])).toEqual(before);
        expect([model.inbox.runs.size, model.inbox.news.length]).toEqual([runs, news]);
      }),
      RUNS,
    );
  });

  test('what goes on firing is in a run at last: quiet hours are enough; what a mass incident mass is left to people', () => {
    fc.assert(
      fc.property(history(50), (events) => {
        const model = play(events);
        for (const { workflowId } of model.live) model.end(workflowId, 'done');
        model.now += HOUR + LIMITS.coolDownMs;
        for (const episode of model.firing) episode.lastAt = model.now;
        const mass = new Set(model.firing.filter(({ state }) => state === 'mass').map(({ key }) => key));
        model.sweep();
        for (const { key, state } of model.firing) expect(state).toMatch(mass.has(key) ? /mass/ : /started|joined|stale/);
        rulesOf(model);
      }),
      RUNS,
    );
  });

  test('what is not heard of again is dropped with the reason, and not before its time', () => {
    fc.assert(
      fc.property(history(40), (events) => {
        const model = play(events);
        for (const { workflowId } of model.live) model.end(workflowId, 'done');
        const held = model.firing.filter(({ state }) => state === 'held' || state === 'mass');
        model.now = Math.max(0, ...held.map(({ lastAt }) => lastAt)) + LIMITS.forgetAfterMs;
        const starts = model.starts.length;
        model.sweep();
        for (const episode of held)
          expect(episode).toMatchObject({ status: 'resolved', state: 'dropped', because: 'nothing was heard of it for long' });
        expect(model.starts).toHaveLength(starts);
      }),
      RUNS,
    );
  });
});

/** Firing alerts, each once, and the same in another order, cut into other deliveries, with repeats. */
const twoOrders = fc
  .uniqueArray(fc.record({ problem: fc.nat(PROBLEMS.length - 1), firing: fc.nat(3) }), {
    minLength: 1,
    maxLength: 40,
    selector: ({ problem, firing }) => `${problem}/${firing}`,
  })
  .chain((all) => {
    const alerts = all.map((one): Heard => ({ ...one, status: 'firing' }));
    const cut = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: alerts.length, maxLength: alerts.length });
    const again = fc.subarray(alerts);
    return fc.record({
      first: fc.constant(alerts),
      second: again.chain((repeated) => fc.shuffledSubarray([...alerts, ...repeated], { minLength: alerts.length + repeated.length })),
      cut,
    });
  });

function delivered(alerts: readonly Heard[], cut: readonly number[], limits = LIMITS): InboxModel {
  const model = new InboxModel(limits);
  for (let at = 0, i = 0; at < alerts.length; at += cut[i++ % cut.length] ?? 1) model.deliver(alerts.slice(at, at + (cut[i % cut.length] ?? 1)));
  return model;
}

describe('the order of deliveries', () => {
  // Invariant: which episodes there are, that they fire, which targets have a run, and that it is one. Not invariant: which episode gives the run
  // its name and its runbook, for the first that comes starts it and the others join, and which older firings are stale: the later ones were
  // known first. In a mass incident also not: which targets were among the first.
  test('does not change the episodes and the targets that have a run, and no run is made that no episode stands for', () => {
    fc.assert(
      fc.property(twoOrders, ({ first, second, cut }) => {
        const limits = { ...LIMITS, massTargets: 1_000 };
        const [one, other] = [delivered(first, [1], limits), delivered(second, cut, limits)];
        const episodes = ({ inbox }: InboxModel): string[] => [...inbox.episodes.keys()].sort();
        const targets = ({ live }: InboxModel): string[] => live.map(({ target }) => target).sort();
        expect(episodes(other)).toEqual(episodes(one));
        expect(targets(other)).toEqual(targets(one));
        expect(targets(one)).toEqual([...new Set(first.map(({ problem }) => PROBLEMS[problem]?.target))].sort());
        for (const { run } of [...one.starts, ...other.starts]) expect(one.inbox.episodes.has(run.episode)).toBe(true);
        for (const model of [one, other]) expect(model.firing).toHaveLength(first.length);
      }),
      RUNS,
    );
  });

  test('where each target has one problem, the very same runs come out', () => {
    const each = fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        each.chain((targets) => fc.tuple(fc.constant(targets), fc.shuffledSubarray(targets, { minLength: targets.length }))),
        ([first, second]) => {
          const runs = (order: readonly number[]): string[] =>
            [
              ...delivered(
                order.map((target) => ({ problem: target * 3, firing: 1, status: 'firing' })),
                [2],
              ).inbox.runs.keys(),
            ].sort();
          expect(runs(second)).toEqual(runs(first));
        },
      ),
      RUNS,
    );
  });

  test('in a mass incident at most so many targets are changed as the limit says, in any order', () => {
    fc.assert(
      fc.property(twoOrders, ({ second, cut }) => {
        const { starts } = delivered(second, cut);
        expect(new Set(starts.filter(({ run }) => LIMITS.changes(run.runbook)).map(({ run }) => run.target)).size).toBeLessThanOrEqual(
          LIMITS.massTargets,
        );
      }),
      RUNS,
    );
  });
});
