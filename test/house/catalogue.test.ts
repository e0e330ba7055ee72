import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { contentFiles, proceduresOf } from '../../scripts/generate/content-files';
import { findOrphans, isStale } from '../../scripts/generate/generated-file';
import { listFiles } from '../../scripts/generate/list-files';
import { loadRunbooks } from '../../scripts/generate/sources';
import { program } from '../../workers/cli/program';
import { SYSTEMS } from '../../workflows/contracts/header';
import { ROOT, allFiles } from './source-files';

it('the generated files are fresh (npm run generate)', async () => {
  const files = [...listFiles(ROOT), ...(await contentFiles(ROOT))];
  expect(files.filter((file) => isStale(ROOT, file)).map(({ path }) => path)).toEqual([]);
  expect(findOrphans(ROOT, files)).toEqual([]);
});

it('every runbook stands in the folder of a known system', () => {
  const known = SYSTEMS.map((system) => `workflows/runbooks/${system}/`);
  expect(allFiles(['workflows/runbooks']).filter((path) => !known.some((folder) => path.startsWith(folder)))).toEqual([]);
});

it('procedures have different ids, and runbooks cover only those', async () => {
  const ids = proceduresOf(ROOT).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const covered = (await loadRunbooks(ROOT)).flatMap(({ header }) => header.covers.map((id) => ({ runbook: header.id, id })));
  expect(covered.filter(({ id }) => !ids.includes(id))).toEqual([]);
});

it('commands and documents that do a procedure exist', () => {
  const commands = program().commands.map((command) => command.name());
  const wrong = proceduresOf(ROOT).filter(
    ({ command, document }) =>
      (command !== undefined && !commands.includes(command)) || (document !== undefined && !existsSync(join(ROOT, document))),
  );
  expect(wrong).toEqual([]);
});

it('no procedure is covered twice', async () => {
  const covered = (await loadRunbooks(ROOT)).flatMap(({ header }) => header.covers);
  expect(covered.filter((id, i) => covered.indexOf(id) !== i)).toEqual([]);
});

it('every procedure of pg_tviews is somewhere: in a runbook, in a document, or said to come later', async () => {
  const covered = (await loadRunbooks(ROOT)).flatMap(({ header }) => header.covers);
  const procedures = proceduresOf(ROOT).filter(({ id }) => id.startsWith('tv-'));
  expect(procedures).toHaveLength(19);
  const places = procedures.map(({ id, document, later }) => [
    id,
    [covered.includes(id), document !== undefined, later !== undefined].filter(Boolean).length,
  ]);
  expect(places.filter(([, count]) => count !== 1)).toEqual([]);
});

it('every example is an input that its runbook takes', async () => {
  const refused = (await loadRunbooks(ROOT)).flatMap(({ header }) => {
    const parsed = z.strictObject(header.input.shape).safeParse(header.example);
    return parsed.success ? [] : [`${header.id}: ${parsed.error.message}`];
  });
  expect(refused).toEqual([]);
});
