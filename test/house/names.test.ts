import { basename } from 'node:path';
import { loadRunbooks, type RunbookSource } from '../../scripts/generate/sources';
import { FORBIDDEN_WORDS, fileNameProblems } from '../../scripts/new/name-rules';
import { ROOT, SOURCE_FOLDERS, allFiles } from './source-files';

/** Ids whose titles say it in the field's own words. */
const OTHER_TITLES: Readonly<Record<string, string>> = { switchover: 'Switch over to a standby' };

const wordsOf = (id: string): string[] =>
  id
    .replace(/([A-Z0-9]+)/g, ' $1')
    .toLowerCase()
    .split(' ')
    .filter(Boolean);

let runbooks: RunbookSource[] = [];
beforeAll(async () => {
  // Throws where export, header id and file name differ.
  runbooks = await loadRunbooks(ROOT);
});

it('every runbook stands in the folder of its system under a kebab-case name', () => {
  for (const { header, path } of runbooks) {
    expect(path.split('/')[1]).toBe(header.system);
    expect(fileNameProblems('the runbook', basename(path))).toEqual([]);
  }
});

it('every title has the words of its id', () => {
  const wrong = runbooks
    .filter(({ header }) => {
      const title = ` ${header.title.toLowerCase().replace(/[^a-z0-9]+/g, ' ')} `;
      return OTHER_TITLES[header.id] !== header.title && !wordsOf(header.id).every((word) => title.includes(` ${word} `));
    })
    .map(({ header }) => `${header.id}: ${header.title}`);
  expect(wrong).toEqual([]);
});

it('every exception is of a runbook that exists', () => {
  const ids = runbooks.map(({ header }) => header.id);
  expect(Object.keys(OTHER_TITLES).filter((id) => !ids.includes(id))).toEqual([]);
});

it('no path has a word that says nothing', () => {
  const empty = allFiles([...SOURCE_FOLDERS, 'docs', 'deploy']).filter((path) =>
    path
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .some((word) => FORBIDDEN_WORDS.includes(word)),
  );
  expect(empty).toEqual([]);
});
