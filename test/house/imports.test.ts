import { CLOSED, IMPORT_TABLE, isListed } from './import-table';
import { importsOf, type Imported } from './imported';
import { sourceFiles } from './source-files';

const shown = ({ from, what, typeOnly }: Imported): string => `${from} -> ${what}${typeOnly ? ' (type)' : ''}`;

function isAllowed(one: Imported): boolean {
  const rule = IMPORT_TABLE.find(({ area }) => one.from.startsWith(area));
  if (!rule) return false;
  const own = one.what.startsWith(rule.area) && (one.typeOnly || rule.ownValues !== false);
  return own || isListed(one.what, rule.values) || (one.typeOnly && isListed(one.what, rule.types ?? []));
}

describe('who may import whom', () => {
  const inner = sourceFiles(['workflows', 'activities']).flatMap(importsOf);

  it('finds the imports of workflows and activities', () => {
    expect(inner.length).toBeGreaterThan(100);
  });

  it('keeps workflows and activities to the table', () => {
    expect(inner.filter((one) => !isAllowed(one)).map(shown)).toEqual([]);
  });

  it.each(Object.entries(CLOSED))('lets nobody else into %s', (area, visitors) => {
    const visits = sourceFiles().flatMap(importsOf);
    const strangers = visits.filter(({ from, what }) => what.startsWith(area) && !isListed(from, visitors));
    expect(strangers.map(shown)).toEqual([]);
  });
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
    ['activities/unheard-of/a.ts', 'zod', false],
  ])('%s -> %s', (from, what, typeOnly) => {
    expect(isAllowed({ from, what, typeOnly })).toBe(false);
  });

  it('and yes to types of operations in a runbook', () => {
    expect(isAllowed({ from: 'workflows/runbooks/postgres/a.ts', what: 'activities/postgres/sessions', typeOnly: true })).toBe(true);
  });
});
