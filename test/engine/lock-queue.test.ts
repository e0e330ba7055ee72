import type { LockAnswer, LockRequest } from '../../workflows/contracts/lock';
import { LockQueue } from '../../workflows/engine/lock/lock-queue';

const at = (second: number): string => `2030-01-01T00:00:${String(second).padStart(2, '0')}.000Z`;
const empty = { systemIdentifier: '1', holders: [], waiters: [], lastToken: 0, releasedAt: {} };
const request = (workflowId: string, more: Partial<LockRequest> = {}): LockRequest => ({
  systemIdentifier: '1',
  database: 'shop',
  scope: 'database',
  workflowId,
  firstRunId: workflowId,
  runId: workflowId,
  runbook: 'restock',
  target: 'shop',
  requestedBy: null,
  floor: 0,
  plannedAt: at(0),
  ...more,
});
const token = (answer: LockAnswer): number | null => ('granted' in answer ? answer.granted.token : null);

test('first come, first served, and asking again gives the same answer', () => {
  const queue = new LockQueue(empty);
  expect(token(queue.acquire(request('a'), at(1)))).toBe(1);
  expect(token(queue.acquire(request('a'), at(2)))).toBe(1);
  for (const id of ['b', 'c', 'b']) expect(token(queue.acquire(request(id), at(3)))).toBeNull();
  expect(queue.state.waiters.map((one) => one.workflowId)).toEqual(['b', 'c']);
  queue.release('a', [], at(4));
  queue.grantNext(at(4));
  expect(queue.takeGranted()).toMatchObject([{ request: { workflowId: 'b' }, grant: { token: 2, changedSincePlan: true } }]);
  expect(queue.takeGranted()).toEqual([]);
});

test('a cluster-wide request that waits is not overtaken', () => {
  const queue = new LockQueue(empty);
  queue.acquire(request('a'), at(1));
  queue.acquire(request('all', { scope: 'cluster' }), at(1));
  expect(token(queue.acquire(request('b', { database: 'library' }), at(1)))).toBeNull();
  queue.release('a', [], at(2));
  queue.grantNext(at(2));
  expect(queue.state.holders.map((one) => one.workflowId)).toEqual(['all']);
});

test('what is left open keeps the lock until a successor takes the place', () => {
  const queue = new LockQueue(empty);
  queue.acquire(request('a'), at(1));
  queue.acquire(request('b'), at(1));
  queue.release('a', ['Set apples'], at(2), 'it ended as failed');
  queue.grantNext(at(2));
  expect(queue.takeGranted()).toEqual([]);
  expect(queue.news(at(2))).toMatchObject([{ waiting: { because: expect.stringContaining('runbook recover a') } }]);
  expect(queue.news(at(2))).toEqual([]);
  expect(token(queue.acquire(request('recovery', { scope: 'cluster', successorOf: 'a' }), at(3)))).toBe(2);
  expect(queue.state.waiters.map((one) => one.workflowId)).toEqual(['b']);
});

test('of many who wait the first five hear of each hand-over at once, the others now and then', () => {
  const queue = new LockQueue(empty);
  for (let i = 0; i < 20; i++) queue.acquire(request(`run-${i}`), at(1));
  expect(queue.news(at(1))).toEqual([]);
  queue.release('run-0', [], at(2));
  queue.grantNext(at(2));
  queue.takeGranted();
  expect(queue.news(at(2)).map((one) => one.request.workflowId)).toEqual(['run-2', 'run-3', 'run-4', 'run-5', 'run-6']);
  expect(queue.news(at(2))).toEqual([]);
  expect(queue.news(at(40))).toHaveLength(13);
});

test('no token is smaller than what the ledger has seen', () => {
  expect(token(new LockQueue(empty).acquire(request('a', { floor: 41 }), at(1)))).toBe(42);
});

test('only what another run did to the same database since the plan makes the plan old', () => {
  const queue = new LockQueue({ ...empty, releasedAt: { library: at(9), shop: at(5) } });
  expect(queue.acquire(request('a', { plannedAt: at(6) }), at(10))).toMatchObject({ granted: { changedSincePlan: false } });
  queue.takeOver('a', at(11));
  expect(queue.acquire(request('b', { plannedAt: at(6) }), at(12))).toMatchObject({ granted: { changedSincePlan: true } });
  expect(queue.takeOver(null, at(13)).map((one) => one.workflowId)).toEqual(['b']);
});

test('a take-over that names nobody takes the lock of the only holder, never of several', () => {
  const queue = new LockQueue(empty);
  queue.acquire(request('a'), at(1));
  queue.acquire(request('b', { database: 'library' }), at(2));
  expect(queue.takeOver(null, at(3))).toEqual([]);
  expect(queue.state.holders.map((one) => one.workflowId)).toEqual(['a', 'b']);
  queue.takeOver('b', at(4));
  expect(queue.takeOver(null, at(5)).map((one) => one.workflowId)).toEqual(['a']);
});

test('after a recovery that failed another one takes its place', () => {
  const queue = new LockQueue(empty);
  queue.acquire(request('a'), at(1));
  queue.release('a', ['Set apples'], at(2));
  const recovery = (run: string) => request('recover/a', { scope: 'cluster', successorOf: 'a', firstRunId: run, runId: run });
  expect(token(queue.acquire(recovery('first'), at(3)))).toBe(2);
  queue.release('recover/a', ['Set apples'], at(4));
  expect(queue.state.holders).toMatchObject([{ needsCleanUp: expect.stringContaining('runbook recover a') }]);
  expect(token(queue.acquire(recovery('second'), at(5)))).toBe(3);
  queue.release('recover/a', [], at(6));
  expect(queue.state.holders).toEqual([]);
});

test('two ended runs that need clean-up do not wait for each other to be recovered', () => {
  const queue = new LockQueue(empty);
  queue.acquire(request('a'), at(1));
  queue.acquire(request('b', { database: 'library' }), at(1));
  queue.release('a', ['Set apples'], at(2));
  queue.release('b', ['Set pears'], at(2));
  const recovery = (of: string) => request(`recover/${of}`, { scope: 'cluster', successorOf: of });
  expect(token(queue.acquire(recovery('a'), at(3)))).toBe(3);
  expect(queue.acquire(recovery('b'), at(3))).toMatchObject({ waiting: { because: expect.stringContaining('(recover/a) holds the lock') } });
  expect(token(queue.acquire(request('c', { database: 'library' }), at(3)))).toBeNull();
  queue.release('recover/a', [], at(4));
  queue.grantNext(at(4));
  expect(queue.takeGranted()).toMatchObject([{ request: { workflowId: 'recover/b' } }]);
  queue.release('recover/b', [], at(5));
  queue.grantNext(at(5));
  expect(queue.takeGranted()).toMatchObject([{ request: { workflowId: 'c' } }]);
});
