import type { RunbookHeader } from '../../workflows/contracts/header';
import { entryOf, readCatalogue, type CatalogueEntry } from './catalogue';

/**
 * Adds each runbook's own schema to its entry, so that an input is checked before a start as the run itself would check it.
 *
 * The workflows are loaded for it, which takes a moment: commands that start nothing do without.
 */
async function withSchemas<Entry extends CatalogueEntry>(entries: readonly Entry[]): Promise<Entry[]> {
  const workflows: Readonly<Record<string, unknown>> = await import('../../workflows');
  return entries.map((entry) => {
    const { header } = (workflows[entry.id] ?? {}) as { readonly header?: RunbookHeader };
    return header ? { ...entry, schema: header.input } : entry;
  });
}

/** The catalogue with the runbooks' own schemas: for whatever starts runs, or checks what will. */
export const readTypedCatalogue = (): Promise<CatalogueEntry[]> => withSchemas(readCatalogue());

/** The entry of a runbook with its own schema, by id in any spelling; throws UnknownRunbook with the nearest names. */
export async function findTypedEntry(name: string): Promise<CatalogueEntry> {
  const entry = entryOf(readCatalogue(), name);
  const [typed] = await withSchemas([entry]);
  return typed ?? entry;
}
