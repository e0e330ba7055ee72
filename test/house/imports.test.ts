import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLOSED, IMPORT_TABLE, isListed, isPackage } from './import-table';
import { importsOf, type Imported } from './imported';
import { ROOT, sourceFiles } from './source-files';

const shown = ({ from, what, typeOnly }: Imported): string => `${from} -> ${what}${typeOnly ? ' (type)' : ''}`;

function isAllowed(one: Imported): boolean {
  const rule = IMPORT_TABLE.find(({ area }) => one.from.startsWith(area));
  if (!rule) return false;
  const own = one.what.startsWith(rule.area) && (one.typeOnly || rule.ownValues !== false);
  return (
    own ||
    (rule.packages === 'any' && isPackage(one.what)) ||
    isListed(one.what, rule.values) ||
    (one.typeOnly && isListed(one.what, rule.types ?? []))
  );
}

describe('who may import whom', () => {
  const all = sourceFiles().flatMap(importsOf);

  it('finds the imports', () => {
    expect(all.length).toBeGreaterThan(100);
  });

  it('keeps every folder to the table', () => {
    expect(all.filter((one) => !isAllowed(one)).map(shown)).toEqual([]);
  });

  it.each(Object.entries(CLOSED))('lets nobody else into %s', (area, visitors) => {
    const strangers = all.filter(({ from, what }) => what.startsWith(area) && !isListed(from, visitors));
    expect(strangers.map(shown)).toEqual([]);
  });
});

test('no product code names a path of the tests', () => {
  const naming = sourceFiles(['workflows', 'activities', 'workers']).filter((path) =>
    /['"`/]test\/[a-z]|'test',/.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  expect(naming).toEqual([]);
});

describe('the table itself says no', () => {
  it.each([
    ['workflows/runbooks/postgres/a.ts', 'activities/postgres/sessions', false],
    ['workflows/runbooks/postgres/a.ts', 'workflows/runbooks/postgres/b', false],
    ['workflows/runbooks/postgres/a.ts', 'workflows/engine/run-state', false],
    ['workflows/engine/a.ts', 'activities/sql/sql', true],
    ['workflows/contracts/a.ts', 'node:fs', false],
    ['activities/postgres/a.ts', 'pg', false],
    ['activities/pggit/a.ts', 'activities/pg-tviews/b', true],
    ['workers/gateway/a.ts', 'workers/cli/b', false],
    ['workers/cli/a.ts', 'workers/gateway/b', true],
    ['activities/unheard-of/a.ts', 'zod', false],
  ])('%s -> %s', (from, what, typeOnly) => {
    expect(isAllowed({ from, what, typeOnly })).toBe(false);
  });

  it('and yes to types of operations in a runbook', () => {
    expect(isAllowed({ from: 'workflows/runbooks/postgres/a.ts', what: 'activities/postgres/sessions', typeOnly: true })).toBe(true);
  });
});
