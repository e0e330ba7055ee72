import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Bugs of other tools that became tests here, by number, as far as they are about triggers, approvals and timers; a title names its number. */
const TRIGGERS_APPROVALS_TIMERS = [1, 3, 4, 5, 6, 7, 10, 11, 12, 13, 16, 21, 22, 23, 24, 34];

/** Those that have no test, and why. */
const NOT_HERE: Readonly<Record<number, string>> = {
  2: 'verbs are sequential: a gate cannot stand in a parallel branch, and overlapping verbs are refused (test/engine/run.test.ts)',
  8: 'groups of approvers come with signed approvals and policy',
  9: 'groups of approvers come with signed approvals and policy',
};

const testFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? testFiles(join(folder, entry.name)) : [join(folder, entry.name)],
  );

test('every number has its test, and none has two stories', () => {
  const named = testFiles(join(__dirname, '..'))
    .filter((file) => file.endsWith('.ts') && file !== __filename)
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\(peers ([\d, ]+)\)/g)].flatMap(([, numbers = '']) => numbers.split(',').map(Number)),
    );
  expect([...new Set(named)].sort((a, b) => a - b)).toEqual(TRIGGERS_APPROVALS_TIMERS);
  expect(
    Object.keys(NOT_HERE)
      .map(Number)
      .filter((number) => TRIGGERS_APPROVALS_TIMERS.includes(number)),
  ).toEqual([]);
});
