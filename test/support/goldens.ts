import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderPlan } from '../../activities/report/plan-markdown';
import type { Plan } from '../../workflows/contracts/journal';

const FOLDER = join(__dirname, '..', 'goldens');

/** Compares a text with a recorded one; with UPDATE_GOLDENS=1 it is recorded again. */
export function expectGolden(path: string, text: string): void {
  const file = join(FOLDER, path);
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (!existsSync(file)) throw new Error(`${path} is not recorded; look at the text below, then run with UPDATE_GOLDENS=1.\n${text}`);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

export const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What differs from server to server and from second to second. */
const VOLATILE = [
  'pid',
  'backendStart',
  'idleSeconds',
  'client',
  'lsn',
  'transaction',
  'preparedAt',
  'ageSeconds',
  'queryStart',
  'runningSeconds',
  'temporaryBytes',
  'oldest',
  'until',
  'estimated',
  'sizeBytes',
  'deadRows',
  'seenAt',
];

/** A plan as its golden text, without what is different each time. */
export function goldenPlan(plan: Plan): string {
  const { identity } = plan;
  const still = mask({
    ...plan,
    hash: '0'.repeat(64),
    madeAt: '2030-01-01T00:00:00.000Z',
    identity: {
      ...identity,
      address: '127.0.0.1:5432',
      dataDirectory: '/data',
      systemIdentifier: '1',
      databaseOid: '1',
      version: '18.0',
      versionNumber: 180_000,
    },
  }) as Plan;
  return renderPlan(still)
    .replace(/\bpid = \d+/g, 'pid = 1')
    .replace(/\bpid in \([\d, ]+\)/g, 'pid in (1)')
    .replace(/\btransaction::text <> ''\d+''/g, `transaction::text <> ''1''`)
    .replace(/''\d{4}-\d\d-\d\d [\d:.+-]+''::timestamptz/g, `''2030-01-01 00:00:00+00''::timestamptz`)
    .replace(/'\d{4}-\d\d-\d\d [\d:.+-]+'::timestamptz/g, `'2030-01-01 00:00:00+00'::timestamptz`);
}

function mask(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(mask);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, VOLATILE.includes(key) ? '*' : mask(member)]));
}
