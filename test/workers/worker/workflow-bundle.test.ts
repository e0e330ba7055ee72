import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../scripts/parts/project-root';
import { currentBundle, writeBundle } from '../../../workers/worker/workflow-bundle';

// Within the project, so that its packages are found.
const folder = mkdtempSync(join(projectRoot(), 'dist', 'bundle-'));
const bundle = join(folder, 'bundle.js');
const source = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  writeFileSync(source('entry.ts'), `import { GREETING } from './imported';\nexport const greet = async () => GREETING;\n`);
  writeFileSync(source('imported.ts'), `export const GREETING = 'good morning';\n`);
  await writeBundle(source('entry.ts'), bundle);
});

/** Whether the bundle is taken after a change of a file, which is then undone. */
function isTakenAfter(change: (text: string) => string, file: string): boolean {
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, change(before));
  try {
    return currentBundle(bundle) !== null;
  } finally {
    writeFileSync(file, before);
  }
}

it('is taken while everything that it was made of is the same', () => {
  expect(currentBundle(bundle)).toEqual({ codePath: bundle });
  expect(isTakenAfter((text) => text, source('imported.ts'))).toBe(true);
});

it('is not taken once a file behind the entry has changed', () => {
  expect(isTakenAfter((text) => text.replace('morning', 'evening'), source('imported.ts'))).toBe(false);
});

it('knows the packages that went into it, and how they were bundled', () => {
  const { sources } = JSON.parse(readFileSync(source('bundle.origin.json'), 'utf8')) as { sources: Record<string, string> };
  const names = Object.keys(sources);
  expect(names).toEqual(
    expect.arrayContaining([expect.stringMatching(/@temporalio\/workflow\/.*\.js$/), expect.stringMatching(/workflow-code\.ts$/)]),
  );
  expect(names.filter((name) => name.endsWith('.map'))).toEqual([]);
});

it('is not taken where it was cut off, or where a source is gone', () => {
  expect(isTakenAfter((text) => text.slice(0, -10), bundle)).toBe(false);
  rmSync(source('imported.ts'));
  expect(currentBundle(bundle)).toBeNull();
});

it('is not there where none was made', () => {
  appendFileSync(source('other.js'), '');
  expect(currentBundle(source('other.js'))).toBeNull();
  expect(currentBundle(source('none.js'))).toBeNull();
});
