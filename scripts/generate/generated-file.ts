import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A generated file: its path from the project's root, and the text that it should have. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** The folder in which every file is generated: one that nothing generates any more is removed. */
const GENERATED_FOLDER = 'docs/statements';

/** Whether a generated file is missing or differs from what it should be. */
export function isStale(root: string, { path, text }: GeneratedFile): boolean {
  const absolute = join(root, path);
  return !existsSync(absolute) || readFileSync(absolute, 'utf8') !== text;
}

/** The files of the generated folder that nothing generates any more, as paths from the root. */
export function findOrphans(root: string, files: readonly GeneratedFile[]): string[] {
  const folder = join(root, GENERATED_FOLDER);
  if (!existsSync(folder)) return [];
  const known = new Set(files.map(({ path }) => path));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.sql'))
    .map((name) => `${GENERATED_FOLDER}/${name.replaceAll('\\', '/')}`)
    .filter((path) => !known.has(path))
    .sort();
}
