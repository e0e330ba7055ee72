import { bytesAhead, bytesOf } from '../../../activities/replication/lsn';

test('a position is a number of bytes', () => {
  expect(bytesOf('0/0')).toBe(0n);
  expect(bytesOf('1/0')).toBe(4_294_967_296n);
  expect(bytesOf('FFFFFFFF/ffffffff')).toBe(18_446_744_073_709_551_615n);
});

test.each(['', '0', '0/', '/0', '0/G', '0/123456789', ' 0/0', '0/0 '])('"%s" is no position', (text) => {
  expect(() => bytesOf(text)).toThrow(`"${text}" is no WAL position.`);
});

test('a difference has a sign, and crosses the four-gigabyte line', () => {
  expect(bytesAhead('1/10', '0/FFFFFFF0')).toBe(32);
  expect(bytesAhead('0/FFFFFFF0', '1/10')).toBe(-32);
  expect(bytesAhead('3/4', '3/4')).toBe(0);
});
