import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogueOf } from './catalogue';
import type { Procedure } from './catalogue-entry';
import { catalogueMarkdown } from './catalogue-markdown';
import type { GeneratedFile } from './generated-file';
import { operationSources } from './operation-sources';
import { psqlScripts } from './psql-scripts';
import { loadRunbooks } from './sources';
import { statementPages } from './statement-pages';

/** The files made of what runbooks and operations say of themselves; everything is loaded for them. */
export async function contentFiles(root: string): Promise<GeneratedFile[]> {
  const entries = catalogueOf(await loadRunbooks(root));
  return [
    { path: 'workflows/CATALOG.md', text: catalogueMarkdown(entries, proceduresOf(root)) },
    { path: 'workflows/catalog.json', text: `${JSON.stringify(entries, null, 2)}\n` },
    ...psqlScripts(),
    ...statementPages(operationSources(root)),
  ];
}

/** The procedures that the catalogue accounts for. */
export const proceduresOf = (root: string): Procedure[] => JSON.parse(readFileSync(join(root, 'docs/procedures.json'), 'utf8')) as Procedure[];
