import { absorb, endRun, type Sighting } from '../../../workers/gateway/books/absorb';
import { Books, type Episode } from '../../../workers/gateway/books/books';
import { HOUR, LIMITS, MINUTE } from '../../support/inbox-model';

const NOW = 1_000 * HOUR;
const heard = (books: Books, identity: string, runbook: string, more: Partial<Sighting> = {}, now = NOW): Episode => {
  const startsAt = more.startsAt ?? now - MINUTE;
  const key = `${identity}-${startsAt}-padded`;
  const seen = {
    key,
    identity,
    source: 'am',
    route: runbook,
    runbook,
    target: 't0',
    input: {},
    says: `${identity} it is`,
    status: 'firing',
  } as const;
  return absorb(books, { ...seen, ...more, startsAt }, LIMITS, now);
};

test('an incident is answered whatever else runs on its target, and by one run', () => {
  const books = new Books();
  expect(heard(books, 'shelf', 'change').standing).toBe('started');
  const first = heard(books, 'down', 'respond');
  expect(first.standing).toBe('started');
  expect(heard(books, 'also-down', 'respond')).toMatchObject({ standing: 'joined', workflowId: first.workflowId });
  expect(heard(books, 'odd', 'look').standing).toBe('joined');
});

test('what was started for lesser alerts does not use up the hour of an incident', () => {
  const books = new Books();
  for (const [i, runbook] of ['look', 'change', 'check'].entries()) {
    const { workflowId } = heard(books, `problem-${i}`, runbook);
    endRun(books, workflowId ?? '', 'done', NOW);
  }
  expect(heard(books, 'another', 'mend')).toMatchObject({ standing: 'held', because: expect.stringContaining('3 runs were started on t0') });
  expect(heard(books, 'down', 'respond').standing).toBe('started');
});

test('a firing that says to begin in the future makes no real one stale', () => {
  const books = new Books();
  const dreamt = heard(books, 'shelf', 'change', { startsAt: NOW + 365 * 24 * HOUR });
  const real = heard(books, 'shelf', 'change');
  expect([dreamt.standing, real.standing]).toEqual(['started', 'joined']);
});

test('a second mass incident within the hour is told, too', () => {
  const books = new Books();
  const storm = (now: number): number => {
    books.newTargets.clear();
    for (let i = 0; i <= LIMITS.massTargets; i++) books.newTargets.set(`m${i}`, now);
    expect(heard(books, `storm-${now}`, 'change', { target: `t${now}` }, now).standing).toBe('braked');
    return books.news.filter(({ kind, says }) => kind === 'page' && says.includes('a mass incident')).length;
  };
  expect([storm(NOW), storm(NOW + MINUTE), storm(NOW + 20 * MINUTE)]).toEqual([1, 1, 2]);
});
