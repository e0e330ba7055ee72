import { candidates, episodeRunId, newRunId, targetIn } from '../../../workers/cli/runs/run-ids';

const ids = [
  'upgradeExtension/orders-eu/20260101-030000-x1y2',
  'upgradeExtension/orders-us/20260101-030000-a3b4',
  'recover/upgradeExtension/orders-eu/20260101-030000-x1y2',
];

it('makes ids of runbook, target, UTC clock and four random digits', () => {
  expect(newRunId('a', 'b', new Date('2026-01-02T03:04:05.678Z'), 'ffff')).toBe('a/b/20260102-030405-ffff');
  expect(newRunId('a', 'b')).toMatch(/^a\/b\/\d{8}-\d{6}-[0-9a-f]{4}$/);
});

it('gives one episode one id', () => expect(episodeRunId('a', 'b', 'disk-full-7')).toBe('a/b/disk-full-7'));

describe('a shortened id', () => {
  it.each([
    ['a3b4', [ids[1]]],
    ['upgradeExtension/orders-us', [ids[1]]],
    ['20260101-030000-a', [ids[1]]],
    ['x1y2', [ids[0], ids[2]]],
    ['upgradeExtension', [ids[0], ids[1]]],
    ['volcano', []],
  ])('%s can mean %j', (given, wanted) => expect(candidates(given, ids)).toEqual(wanted));

  it('is exact where it is the whole id of one', () => expect(candidates(ids[0] as string, ids)).toEqual([ids[0]]));
});

it('finds the target in an id', () => {
  expect(targetIn('a/orders-eu/1')).toBe('orders-eu');
  expect(targetIn('plain')).toBe('');
});
