import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the global set-up provides to every test file of one jest run. */
export interface Shared {
  readonly address: string;
  readonly folder: string;
  readonly bundle: string;
  readonly testBundle: string;
}

/** How many test files can have a namespace of their own. */
export const NAMESPACES = Array.from({ length: 140 }, (_, i) => `file-${i + 1}`);

const file = join(tmpdir(), `pg-runbooks-test-${process.env['PG_RUNBOOKS_TEST_RUN'] ?? 'none'}.json`);

export const saveShared = (path: string, shared: Shared): void => writeFileSync(path, JSON.stringify(shared));
export const sharedFile = (run: string): string => join(tmpdir(), `pg-runbooks-test-${run}.json`);
export const shared = (): Shared => JSON.parse(readFileSync(file, 'utf8')) as Shared;

/** Takes a namespace that no other test file of this run has: its locks and runs are its own. */
export function takeNamespace(folder: string): string {
  for (const name of NAMESPACES) {
    try {
      mkdirSync(join(folder, `taken-${name}`));
      return name;
    } catch {
      continue;
    }
  }
  throw new Error('More test files than namespaces: raise NAMESPACES in test/support/shared.ts.');
}
