import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueOf } from './catalogue';
import type { Procedure } from './catalogue-entry';
import { catalogueMarkdown } from './catalogue-markdown';
import { indexFile, namesFile, operationModulesFile } from './index-file';
import { operationFiles } from './operation-files';
import { psqlScripts } from './psql-scripts';
import { entityFiles, loadRunbooks, runbookFiles } from './sources';

/** A generated file: its path from the project's root, and the text that it should have. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** The files that list what exists; they need no runbook to be loaded. */
export function listFiles(root: string): GeneratedFile[] {
  const runbooks = runbookFiles(root);
  return [
    { path: 'workflows/index.ts', text: indexFile([...runbooks, ...entityFiles(root)]) },
    { path: 'workflows/names.ts', text: namesFile(runbooks) },
    { path: 'workers/worker/operation-modules.ts', text: operationModulesFile(operationFiles(root)) },
  ];
}

/** The files made of the headers. */
export async function catalogueFiles(root: string): Promise<GeneratedFile[]> {
  const entries = catalogueOf(await loadRunbooks(root));
  return [
    { path: 'workflows/CATALOG.md', text: catalogueMarkdown(entries, proceduresOf(root)) },
    { path: 'workflows/catalog.json', text: `${JSON.stringify(entries, null, 2)}\n` },
    ...psqlScripts(),
  ];
}

/** The procedures that the catalogue accounts for. */
export const proceduresOf = (root: string): Procedure[] => JSON.parse(readFileSync(join(root, 'docs/procedures.json'), 'utf8')) as Procedure[];

/** Whether a generated file is missing or differs from what it should be. */
export function isStale(root: string, { path, text }: GeneratedFile): boolean {
  const absolute = join(root, path);
  return !existsSync(absolute) || readFileSync(absolute, 'utf8') !== text;
}
