import { renderPlan } from '../../../activities/report/plan-markdown';
import { plan } from './hostile-report';

describe('renderPlan', () => {
  const text = renderPlan(plan);

  it('lists every step with what it found and its undo', () => {
    expect(text).toContain('# Plan 1a2b3c4d: Limit things on orders-eu');
    expect(text).toMatch(/^1 +check +Measure \(finished already\)$/m);
    expect(text).toMatch(/^3 +apply +Limit the role \(up to 3 times\) +2 rows +undo$/m);
    expect(text).toMatch(/^4 +irreversible +Drop it +1 row +! POINT OF NO RETURN$/m);
  });

  it('says for each change what it locks, what the hash binds, and what cannot be undone', () => {
    expect(text).toContain('- The hash binds: the rule and a limit of 10');
    expect(text).toContain('- Locks: ACCESS EXCLUSIVE');
    expect(text).toContain('- POINT OF NO RETURN: earlier undos end here');
    expect(text).toContain('- Undo: none: it is gone');
    expect(text).toContain('````sql\nalter role "x" connection limit 5 -- ```\n````');
  });

  it('says when there is nothing to do', () =>
    expect(renderPlan({ ...plan, steps: [], nothingToDo: 'Enough slots are free.' })).toContain('**Nothing to do:** Enough slots are free.'));
});
