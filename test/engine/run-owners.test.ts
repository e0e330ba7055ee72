import type { Decision } from '../../workflows/contracts/journal';
import { TargetLock } from '../../workflows/engine/lock/target-lock';
import { Alerts } from '../../workflows/engine/run/alerts';
import { Ending } from '../../workflows/engine/run/ending';
import { Hold } from '../../workflows/engine/run/hold';
import { Memo } from '../../workflows/engine/run/memo';

describe('the target lock of a run', () => {
  test('is held with the token of its grant', () => {
    const lock = new TargetLock();
    lock.ask();
    lock.hold({ token: 7, changedSincePlan: false });
    expect([lock.token, lock.isHeld, lock.mustBeReleased]).toEqual([7, true, true]);
  });

  test('of a child is its parent’s: the child never releases it', () => {
    const lock = new TargetLock();
    lock.inherit(7);
    lock.ask();
    expect([lock.token, lock.mustBeReleased]).toEqual([7, false]);
  });

  test('that nobody asked for needs no release', () => expect(new TargetLock().mustBeReleased).toBe(false));

  test('hears whom it waits for only while it waits', () => {
    const lock = new TargetLock();
    expect(lock.keepWaiting('for restock')).toBe(false);
    lock.startWaiting('for restock');
    expect(lock.keepWaiting('for drop')).toBe(true);
    expect(lock.waitingFor).toBe('for drop');
    lock.stopWaiting();
    expect(lock.waitingFor).toBeNull();
  });

  test('is lost once, for the first reason', () => {
    const lock = new TargetLock();
    lock.lose('olga took it over');
    lock.lose('oleg took it over');
    expect(lock.lost).toBe('olga took it over');
  });
});

describe('the memo of a run', () => {
  const filled = (): Memo => {
    const memo = new Memo();
    for (const key of ['look', 'gate', 'write', 'verify']) memo.set(key, `${key} result`);
    memo.markDecided('gate');
    return memo;
  };
  const kept = (memo: Memo): string[] => ['look', 'gate', 'write', 'verify'].filter((key) => memo.has(key));

  test('forgets what was read, and keeps what people decided', () => {
    const memo = filled();
    memo.forgetReads();
    expect(kept(memo)).toEqual(['gate']);
    expect(memo.get('gate')).toBe('gate result');
  });

  test('forgets from a lost step on, and keeps what people decided', () => {
    const memo = filled();
    memo.forgetFrom((key) => key === 'gate' || key === 'write');
    expect(kept(memo)).toEqual(['look', 'gate']);
    memo.forgetFrom(() => false);
    expect(kept(memo)).toEqual(['look', 'gate']);
  });

  test('a step drifts once under one plan, and again under another', () => {
    const memo = new Memo();
    expect(['a', 'a', 'b', 'b'].map((plan) => memo.recordDrift('write', plan))).toEqual([true, false, true, false]);
  });
});

describe('the ending of a run', () => {
  test('a cancellation interrupts the step that runs now, and none that has ended', () => {
    const ending = new Ending();
    const cancel = jest.fn();
    ending.interrupt({ cancel });
    ending.interrupt(null);
    ending.cancel();
    expect(cancel).not.toHaveBeenCalled();
    ending.interrupt({ cancel });
    ending.cancel();
    expect(cancel).toHaveBeenCalledTimes(1);
    expect(ending.isCancelled).toBe(true);
  });

  test('a run ends once', () => {
    const ending = new Ending();
    ending.close('done', 'all is well', 'then');
    ending.close('failed', 'too late', 'later');
    expect([ending.outcome, ending.summary, ending.endedAt]).toEqual(['done', 'all is well', 'then']);
  });
});

describe('what holds a run', () => {
  const retry: Decision = { kind: 'retry', by: 'olga', at: 'now', via: 'update', assurance: 'claimed' };
  const step = { title: 'Set apples', failure: { type: 'OperationRejected', message: 'no' }, choices: ['retry', 'abandon'], since: 'then' } as const;

  test('a parked step takes only what it offers', () => {
    const hold = new Hold();
    expect(hold.choose('retry', retry)).toBe(false);
    hold.park(step);
    expect(hold.choose('skip', { ...retry, kind: 'skip' })).toBe(false);
    expect(hold.choose('retry', retry)).toBe(true);
    expect(hold.unpark()).toEqual({ choice: 'retry', decision: retry });
    expect([hold.parked, hold.chosen]).toEqual([null, null]);
  });

  test('the choice for one parked step is none for the next', () => {
    const hold = new Hold();
    hold.park(step);
    hold.choose('retry', retry);
    hold.park(step);
    expect(hold.chosen).toBeNull();
  });

  test('a pause lasts until it is resumed', () => {
    const hold = new Hold();
    hold.pause({ by: 'olga', at: 'now' });
    expect(hold.paused?.by).toBe('olga');
    hold.resume();
    expect(hold.paused).toBeNull();
  });
});

test('news of an alert is heard once, and a firing one takes the end back', () => {
  const alerts = new Alerts();
  expect(alerts.hear({ id: '1', says: 'over', allResolved: true })).toBe(true);
  expect(alerts.hear({ id: '1', says: 'over', allResolved: false })).toBe(false);
  expect(alerts.resolved).toBe('over');
  alerts.hear({ id: '2', says: 'again', allResolved: false });
  expect(alerts.resolved).toBeNull();
});
