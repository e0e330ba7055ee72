import { interceptors } from '../../workflows/engine/run/unfinished-task';

type Activation = Parameters<NonNullable<NonNullable<ReturnType<typeof interceptors>['internals']>[number]['activate']>>[0]['activation'];

const activity = (isLocal: boolean) => ({ resolveActivity: { seq: 1, isLocal, result: { completed: {} } } });
const at = (seconds: number, historyLength: number, jobs: object[], isReplaying = false): Activation =>
  ({ runId: 'a', timestamp: { seconds, nanos: 5 }, historyLength, isReplaying, jobs }) as unknown as Activation;

/** How many of the activations reach the workflow before one is refused. */
function taken(...activations: Activation[]): number {
  const { internals } = interceptors();
  let reached = 0;
  try {
    for (const activation of activations) internals?.[0]?.activate?.({ activation, batchIndex: 0 }, () => void reached++);
  } catch {
    return reached;
  }
  return reached;
}

const started = at(100, 3, [{ initializeWorkflow: {} }]);

test('events with a started task of their own go on', () => {
  expect(taken(started, at(101, 9, [activity(false)]), at(102, 14, [{ doUpdate: {} }]))).toBe(3);
});

test.each([
  ['an activity', activity(false)],
  ['a timer', { fireTimer: { seq: 1 } }],
  ['a signal', { signalWorkflow: {} }],
  ['an update', { doUpdate: {} }],
  ['a cancellation', { cancelWorkflow: {} }],
  ['a child', { resolveChildWorkflowExecution: { seq: 1 } }],
])('%s whose task nobody has started is refused', (_, job) => {
  expect(taken(started, at(100, 9, [job]))).toBe(1);
});

test('what happens inside a task goes on: local activities, a second batch, queries', () => {
  const inside = [
    at(100, 3, [activity(true)]),
    at(100, 3, [{ signalWorkflow: {} }]),
    at(100, 9, [activity(true)]),
    at(100, 9, [{ queryWorkflow: {} }]),
  ];
  expect(taken(started, ...inside)).toBe(5);
});

test('a replay is never refused', () => {
  expect(taken(started, at(100, 9, [activity(false)], true))).toBe(2);
});
