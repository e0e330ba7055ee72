import { refuseAfterCrash } from '../../../activities/effects/server-watch';

const LIFE = { node: 'orders-eu-1', startedAt: '1764500000.0', statsSince: '1764400000.0' };

test.each([
  ['nothing was met before', undefined, LIFE],
  ['it is the same life', LIFE, LIFE],
  ['it was restarted cleanly, which keeps its statistics', LIFE, { ...LIFE, startedAt: '1764500100.0' }],
])('%s: the attempt goes on', (_, earlier, now) => {
  expect(() => refuseAfterCrash(earlier, now, true)).not.toThrow();
});

test.each([
  ['a backend died and the server recovered', { ...LIFE, statsSince: '1764500050.0' }, /one of its processes died/],
  ['the whole server crashed', { ...LIFE, startedAt: '1764500100.0', statsSince: '1764500100.0' }, /it was started again at 2025-11-30/],
  ['another server is the primary', { ...LIFE, node: 'orders-eu-2' }, /it failed over under that attempt/],
  ['it does not say since when its statistics count', { ...LIFE, statsSince: '' }, /cannot be told/],
])('%s: nothing is repeated by itself', (_, now, says) => {
  expect(() => refuseAfterCrash(LIFE, now, true)).toThrow(says);
});

test('an unknown on both sides is no proof that it is the same life', () => {
  const unknown = { ...LIFE, statsSince: '' };
  expect(() => refuseAfterCrash(unknown, unknown, true)).toThrow(/cannot be told/);
});

test('a read may be answered by whichever server answers', () => {
  expect(() => refuseAfterCrash(LIFE, { ...LIFE, node: 'orders-eu-2' }, false)).not.toThrow();
});
