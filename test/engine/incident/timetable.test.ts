import fc from 'fast-check';
import { dueNow, nextBusinessDay, nextDue, timetable, type Due } from '../../../workflows/engine/incident/timetable';
import { P1, P2 } from '../../../workflows/pure/severities';
import { IncidentKind, MILESTONES, type Milestone } from '../../../workflows/contracts/incident';

const MINUTE = 60_000;
const began = Date.parse('2026-11-21T10:00:00Z');

test('P1: who is told when, for a database that is down and nobody does anything', () => {
  const minutes = (entry: Due) => [(entry.at - began) / MINUTE, entry.kind, entry.to, entry.until];
  expect(timetable(P1, 'database-down', began, false).map(minutes)).toEqual([
    [5, 'escalate', 'DBA team', 'acknowledged'],
    [15, 'escalate', 'DBA team', 'mitigated'],
    [15, 'remind', null, 'assessed'],
    [30, 'remind', null, 'mitigated'],
    [60, 'escalate', 'incident commander', 'mitigated'],
    [120, 'remind', null, 'resolved'],
    [240, 'escalate', 'management', 'resolved'],
  ]);
  expect(
    timetable(P1, 'security', began, true)
      .filter(({ at }) => at === began)
      .map(({ to }) => to),
  ).toEqual(['CISO', 'all on-call staff', 'incident commander']);
  expect(timetable(P2, 'performance', began, false).map(minutes)).toContainEqual([30, 'escalate', 'SRE team', 'acknowledged']);
});

/** Plays an incident through its time, waking only when something is due or happens, as the run does. */
function play(
  entries: readonly Due[],
  events: readonly { readonly milestone: Milestone; readonly at: number }[],
  late: number,
): { key: string; at: number }[] {
  const fired: { key: string; at: number }[] = [];
  const done = new Set<string>();
  const reached: Partial<Record<Milestone, number>> = {};
  const left = [...events].sort((a, b) => a.at - b.at);
  let now = began + late;
  for (;;) {
    while (left[0] && left[0].at <= now) {
      const { milestone, at } = left.shift() as (typeof left)[number];
      reached[milestone] ??= at;
    }
    for (const { key } of dueNow(entries, reached, done, now)) {
      done.add(key);
      fired.push({ key, at: now });
    }
    const next = Math.min(nextDue(entries, reached, done, now) ?? Infinity, left[0]?.at ?? Infinity);
    if (next === Infinity) return fired;
    now = Math.max(now, next);
  }
}

test('for any times of the milestones: exactly what was due before them, each once, none early', () => {
  const times = fc.record(
    Object.fromEntries(MILESTONES.map((name) => [name, fc.option(fc.integer({ min: 0, max: 300 * MINUTE }), { nil: undefined })])),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(P1, P2),
      fc.constantFrom(...IncidentKind.options),
      fc.boolean(),
      times,
      fc.integer({ min: 0, max: 20 * MINUTE }),
      (severity, kind, loss, at, late) => {
        const events = Object.entries(at).flatMap(([milestone, ms]) =>
          ms === undefined ? [] : [{ milestone: milestone as Milestone, at: began + ms }],
        );
        const entries = timetable(severity, kind, began, loss);
        const fired = play(entries, events, late);
        const reachedAt = (until: Milestone) =>
          Math.min(
            Infinity,
            ...events.filter(({ milestone }) => MILESTONES.indexOf(milestone) >= MILESTONES.indexOf(until)).map((event) => event.at),
          );
        const expected = entries.filter((entry) => entry.at < reachedAt(entry.until)).map(({ key }) => key);
        expect(fired.map(({ key }) => key).sort()).toEqual([...expected].sort());
        for (const { key, at: when } of fired) {
          const due = entries.find((entry) => entry.key === key)?.at ?? Infinity;
          expect(when).toBeGreaterThanOrEqual(due);
          expect(when).toBe(Math.max(due, began + late));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('the review is on a business day', () => {
  expect(nextBusinessDay(Date.parse('2026-11-20T23:00:00Z'))).toBe('2026-11-23');
  expect(nextBusinessDay(Date.parse('2026-11-22T01:00:00Z'))).toBe('2026-11-23');
  expect(nextBusinessDay(Date.parse('2026-11-23T01:00:00Z'))).toBe('2026-11-24');
});
