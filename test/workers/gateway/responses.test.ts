import { ingest, endRun, type RoutedAlert } from '../../../workers/alerts/ingest';
import { Inbox, type Episode } from '../../../workers/alerts/inbox';
import { HOUR, LIMITS, MINUTE } from '../../support/inbox-model';

const NOW = 1_000 * HOUR;
const heard = (inbox: Inbox, identity: string, runbook: string, more: Partial<RoutedAlert> = {}, now = NOW): Episode => {
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
  return ingest(inbox, { ...seen, ...more, startsAt }, LIMITS, now);
};

test('an incident is answered whatever else runs on its target, and by one run', () => {
  const inbox = new Inbox();
  expect(heard(inbox, 'shelf', 'change').state).toBe('started');
  const first = heard(inbox, 'down', 'respond');
  expect(first.state).toBe('started');
  expect(heard(inbox, 'also-down', 'respond')).toMatchObject({ state: 'joined', workflowId: first.workflowId });
  expect(heard(inbox, 'odd', 'look').state).toBe('joined');
});

test('what was started for lesser alerts does not use up the hour of an incident', () => {
  const inbox = new Inbox();
  for (const [i, runbook] of ['look', 'change', 'check'].entries()) {
    const { workflowId } = heard(inbox, `problem-${i}`, runbook);
    endRun(inbox, workflowId ?? '', 'done', NOW);
  }
  expect(heard(inbox, 'another', 'fix')).toMatchObject({ state: 'held', because: expect.stringContaining('3 runs were started on t0') });
  expect(heard(inbox, 'down', 'respond').state).toBe('started');
});

test('a firing that says to begin in the future makes no real one stale', () => {
  const inbox = new Inbox();
  const dreamt = heard(inbox, 'shelf', 'change', { startsAt: NOW + 365 * 24 * HOUR });
  const real = heard(inbox, 'shelf', 'change');
  expect([dreamt.state, real.state]).toEqual(['started', 'joined']);
});

test('a second mass incident within the hour is told, too', () => {
  const inbox = new Inbox();
  const storm = (now: number): number => {
    inbox.newTargets.clear();
    for (let i = 0; i <= LIMITS.massTargets; i++) inbox.newTargets.set(`m${i}`, now);
    expect(heard(inbox, `storm-${now}`, 'change', { target: `t${now}` }, now).state).toBe('mass');
    return inbox.news.filter(({ kind, says }) => kind === 'page' && says.includes('a mass incident')).length;
  };
  expect([storm(NOW), storm(NOW + MINUTE), storm(NOW + 20 * MINUTE)]).toEqual([1, 1, 2]);
});
