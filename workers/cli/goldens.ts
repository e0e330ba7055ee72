import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CatalogueEntry } from './catalogue';
import { packageRoot } from './package-root';

/** The recorded statements of a runbook's operations, in the catalogue's order; empty where none are recorded. */
export function goldensOf(
  { operations = [] }: CatalogueEntry,
  folder: string = join(packageRoot(), 'test', 'goldens', 'statements'),
): { readonly path: string; readonly text: string }[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.sql'));
  return operations.flatMap((operation) =>
    files
      .filter((path) => plain(basename(path, '.sql')) === plain(operation))
      .sort()
      .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') })),
  );
}

/** Files may be named in camelCase or in kebab-case. */
const plain = (name: string): string => name.toLowerCase().replaceAll('-', '');
