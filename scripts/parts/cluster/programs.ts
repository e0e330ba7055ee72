import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, reachableBinaries } from '../postgres-account';
import { findPostgres, type PostgresMajor } from '../postgres-binaries';

/** The programs that the servers of a cluster run from. */
export interface ClusterPrograms {
  /** Folder with pg_ctl, postgres and initdb; of a distribution with pg_rewind and pg_basebackup too. */
  readonly bin: string;
  readonly major: number;
  /** For example 18.4. */
  readonly version: string;
  /** Under which the template of a new data directory is kept. */
  readonly templateName: string;
}

const DISTRIBUTIONS = '/usr/lib/postgresql';

/** The server programs that the project brings along, in a folder that the account can enter. */
function findEmbeddedPrograms(major: PostgresMajor, account: Account | undefined): ClusterPrograms {
  const { folder, packageVersion } = findPostgres(major);
  const bin = join(reachableBinaries(folder, packageVersion, account), 'bin');
  return { bin, major, version: packageVersion.split('.').slice(0, 2).join('.'), templateName: packageVersion };
}

/** The programs of a distribution with all tools: PG_BIN, else the wanted major below /usr/lib/postgresql, else the newest there; null when there are none. */
export function findDistribution(wanted: PostgresMajor): ClusterPrograms | null {
  const majors = existsSync(DISTRIBUTIONS) ? readdirSync(DISTRIBUTIONS).filter((name) => /^\d+$/.test(name)) : [];
  // The procedures of the beds need the backup functions of 15 and later.
  const newestFirst = majors
    .map(Number)
    .filter((major) => major >= 15)
    .sort((a, b) => b - a);
  const folders = [process.env['PG_BIN'], ...[wanted, ...newestFirst].map((major) => join(DISTRIBUTIONS, String(major), 'bin'))];
  const bin = folders.find(
    (folder) => folder !== undefined && ['pg_ctl', 'pg_rewind', 'initdb'].every((program) => existsSync(join(folder, program))),
  );
  if (bin === undefined) return null;
  const version = /(\d+)\.(\d+)/.exec(execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }));
  if (!version) throw new Error(`${bin}/postgres does not say its version`);
  return { bin, major: Number(version[1]), version: version[0], templateName: `distribution-${version[0]}` };
}

/** The programs as wanted; throws a sentence that says what to install. */
export function clusterPrograms(major: PostgresMajor, distribution: boolean, account: Account | undefined): ClusterPrograms {
  if (!distribution) return findEmbeddedPrograms(major, account);
  const found = findDistribution(major);
  if (!found) throw new Error(`no PostgreSQL with pg_rewind in PG_BIN or ${DISTRIBUTIONS}/*/bin: install the package postgresql, or set PG_BIN`);
  return found;
}
