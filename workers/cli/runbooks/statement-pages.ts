import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CatalogueEntry } from '../../catalogue/catalogue';
import { packageRoot } from '../../catalogue/package-root';

/** The pages of docs/statements of a runbook's operations, in the catalogue's order. */
export function readStatementPages(
  { operations = [] }: CatalogueEntry,
  folder: string = join(packageRoot(), 'docs', 'statements'),
): { readonly path: string; readonly text: string }[] {
  if (!existsSync(folder)) return [];
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.sql'));
  return operations.flatMap((operation) =>
    pages.filter((path) => basename(path, '.sql') === kebabCase(operation)).map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') })),
  );
}

const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
