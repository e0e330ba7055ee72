import { ChangeWindow, Freeze, closedBecause } from '../../../activities/targets/change-windows';

const at = (time: string): Date => new Date(time);
const nights = [ChangeWindow.parse({ days: ['tue', 'wed'], from: '22:00', to: '05:00', timezone: 'Europe/Berlin' })];
const freeze = Freeze.parse({ from: '2026-12-23T00:00:00Z', to: '2027-01-02T00:00:00Z', because: 'year end' });

test.each([
  // Tuesday 22:00 in Berlin is 21:00 UTC in winter, 20:00 in summer.
  ['2026-11-24T20:59:00Z', false],
  ['2026-11-24T21:00:00Z', true],
  ['2026-11-25T03:59:00Z', true],
  ['2026-11-25T04:00:00Z', false],
  ['2026-11-26T03:59:00Z', true],
  ['2026-11-26T21:30:00Z', false],
  ['2026-07-07T20:00:00Z', true],
  ['2026-07-07T19:59:00Z', false],
])('at %s the window over midnight is open: %s', (time, open) => {
  expect(closedBecause({ windows: nights, freezes: [] }, at(time)) === null).toBe(open);
});

test('a freeze holds whatever the windows say, from its first moment to its last', () => {
  const times = { windows: nights, freezes: [freeze] };
  expect(closedBecause(times, at('2026-12-29T22:00:00Z'))).toBe('changes are frozen until 2027-01-02T00:00:00Z: year end');
  expect(closedBecause({ windows: [], freezes: [freeze] }, at('2026-12-22T23:59:59Z'))).toBeNull();
  expect(closedBecause({ windows: [], freezes: [freeze] }, at('2026-12-23T00:00:00Z'))).not.toBeNull();
  expect(closedBecause({ windows: [], freezes: [freeze] }, at('2027-01-02T00:00:00Z'))).toBeNull();
  expect(closedBecause(times, at('2026-11-26T12:00:00Z'))).toBe('changes may start only in its windows: tue wed 22:00-05:00 Europe/Berlin');
});

test('what is no window or freeze is refused', () => {
  expect(ChangeWindow.safeParse({ from: '25:00', to: '5', timezone: 'Mars/Olympus' }).error?.issues).toHaveLength(3);
  expect(Freeze.safeParse({ ...freeze, to: freeze.from }).success).toBe(false);
});
