import { Span } from '../../workflows/contracts/span';
import { inWords, milliseconds } from '../../workflows/pure/span';

test.each([
  ['90 seconds', 90_000],
  ['1 day', 86_400_000],
  ['0.5 hours', 1_800_000],
])('%s', (text, ms) => {
  expect(Span.parse(text)).toBe(text);
  expect(milliseconds(text)).toBe(ms);
});

test.each(['', '90', 'soon', '1 week', `${'9'.repeat(400)} days`])('%s is no span', (text) => {
  expect(Span.safeParse(text).success).toBe(false);
  expect(() => milliseconds(text)).toThrow(RangeError);
});

test('words are short', () => {
  expect([850, 12_000, 270_000, 7_500_000].map(inWords)).toEqual(['850 ms', '12 s', '4 min 30 s', '2 h 5 min']);
});
