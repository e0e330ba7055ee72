import type { CatalogueEntry } from '../../workers/catalogue/catalogue';

/** Runbooks of the tests, as the catalogue would say them. */
export const TEST_ENTRIES: readonly CatalogueEntry[] = [
  entry('restock', 'disruptive', { apples: { type: 'integer' }, pears: { type: 'integer' }, expect: { type: 'integer' } }),
  entry('lookOnly', 'read-only', {}),
];

function entry(id: string, risk: CatalogueEntry['risk'], properties: Record<string, { type: string }>): CatalogueEntry {
  return {
    id,
    title: id,
    system: 'postgres',
    risk,
    useWhen: [],
    covers: [],
    example: {},
    gated: risk === 'read-only' ? null : true,
    input: { type: 'object', properties: { target: { type: 'string' }, ...properties }, required: ['target'] },
  };
}
