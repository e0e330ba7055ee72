import { addressOf, parseConninfo, towards, writeConninfo } from '../../../activities/replication/conninfo';

test.each([
  ['host=a port=5433 user=rb_repl', { host: 'a', port: '5433', user: 'rb_repl' }],
  ["host = 'a b'  password='it\\'s \\\\ here'", { host: 'a b', password: "it's \\ here" }],
  ["password='' host=a", { password: '', host: 'a' }],
  ['password=a\\ b\\\\c host=h', { password: 'a b\\c', host: 'h' }],
  ['host=a host=b', { host: 'b' }],
  ['', {}],
])('%s is read as libpq reads it', (text, parts) => {
  expect(Object.fromEntries(parseConninfo(text))).toEqual(parts);
});

test.each(["it's", 'a\\b', '', 'plain', "x' host='elsewhere", 'a b=c'])('a password %j survives writing and reading', (password) => {
  const text = writeConninfo(new Map([['user', 'u'], ['password', password], ['host', 'h']])); // prettier-ignore
  expect(Object.fromEntries(parseConninfo(text))).toEqual({ user: 'u', password, host: 'h' });
});

test('another server changes the address only, and no hostaddr outlives it', () => {
  const other = towards(parseConninfo('host=a hostaddr=10.0.0.1 port=1 user=u application_name=n'), { host: 'b', port: 2 });
  expect(Object.fromEntries(other)).toEqual({ host: 'b', port: '2', user: 'u', application_name: 'n' });
});

test('the address has the default port, and is empty without a host', () => {
  expect(addressOf(parseConninfo('host=a'))).toBe('a:5432');
  expect(addressOf(parseConninfo('host=a port=5433'))).toBe('a:5433');
  expect(addressOf(parseConninfo('user=u'))).toBe('');
});
