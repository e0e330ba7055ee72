import { forkIn } from '../../../activities/replication/timeline-fork';

const HISTORY = '1\t0/3000060\tno recovery target specified\n\n2\t0/5000110\tno recovery target specified\n12\tA/28\tbefore 2020-01-01 00:00:00+00\n';

test.each([
  [1, '0/3000060'],
  [2, '0/5000110'],
  [12, 'A/28'],
])('timeline %i was left where its line says', (timeline, lsn) => {
  expect(forkIn(HISTORY, timeline)).toBe(lsn);
});

test('a timeline that is no ancestor has no fork', () => {
  expect(forkIn(HISTORY, 3)).toBeNull();
  expect(forkIn('', 1)).toBeNull();
  expect(forkIn('# 1 2 3\n', 1)).toBeNull();
});
