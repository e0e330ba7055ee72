import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first program of these names in PATH or a folder that holds servers; null when there is none. Packages name one program differently. */
export function findProgram(...names: readonly string[]): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path)) ?? null;
}
