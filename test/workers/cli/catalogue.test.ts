import { entryOf, matching, readCatalogue, type CatalogueEntry } from '../../../workers/catalogue/catalogue';
import { entryText } from '../../../workers/cli/runbooks/entry-text';
import { readStatementPages } from '../../../workers/cli/runbooks/statement-pages';

const entry = (id: string, more: Partial<CatalogueEntry> = {}): CatalogueEntry => ({
  id,
  title: id,
  system: 'postgres',
  risk: 'safe',
  useWhen: [],
  covers: [],
  example: { target: 'a' },
  input: {},
  ...more,
});
const catalogue = [
  entry('rebuildIndex', { title: 'Rebuild an index', useWhen: ['an index is bloated'], covers: ['ip-rebuild'] }),
  entry('relieveConnections', { title: 'Relieve connections', useWhen: ['too many clients already (53300)'] }),
  entry('upgradeExtension', { title: 'Upgrade an extension', risk: 'irreversible', useWhen: ['an index access method has a new version'] }),
];
const ids = (...words: string[]): string[] => matching(catalogue, words).map(({ id }) => id);

it('ranks by the words of a symptom', () => {
  expect(ids()).toHaveLength(3);
  expect(ids('53300')).toEqual(['relieveConnections']);
  expect(ids('index bloated')).toEqual(['rebuildIndex', 'upgradeExtension']);
  expect(ids('ip-rebuild')).toEqual(['rebuildIndex']);
  expect(ids('volcano')).toEqual([]);
});

it('finds an entry in any spelling, else says what was meant', () => {
  expect(entryOf(catalogue, 'upgrade-extension').id).toBe('upgradeExtension');
  expect(() => entryOf(catalogue, 'upgradExtension')).toThrow('Did you mean upgradeExtension?');
});

it('says how to get a missing catalogue', () => expect(() => readCatalogue('/no/such/catalog.json')).toThrow('npm run generate'));

it('shows gate, inputs and example', () => {
  const text = entryText(
    entry('x', {
      approval: { quorum: 2, expiresAfter: '1 hour', validFor: '30 minutes', fourEyes: true },
      input: { properties: { target: { type: 'string' }, roles: { type: 'array', items: { type: 'string' }, default: [] } }, required: ['target'] },
    }),
  );
  expect(text).toContain('Gate: 2 approvals within 1 hour, valid for 30 minutes, not by the requester.');
  expect(text).toMatch(/^target +string +required/m);
  expect(text).toMatch(/^roles +string list +\[\]/m);
  expect(text).toContain(`runbook start x --input '{"target":"a"}'`);
});

it('has no statement pages where there is no folder', () =>
  expect(readStatementPages(entry('x', { operations: ['y'] }), '/no/such/folder')).toEqual([]));
