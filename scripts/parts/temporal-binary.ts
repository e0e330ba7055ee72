import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { buildTemporal } from './temporal-build';
import { cacheFolder } from './cache-folder';
import { downloadTemporal } from './temporal-download';

/** The version that is downloaded or built, and that everything was tried with. */
const TEMPORAL_VERSION = '1.8.2';

/** A command-line program of Temporal and how it came here. */
export interface TemporalBinary {
  path: string;
  source: 'binary' | 'download' | 'build';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, 'temporal')).find(isExecutable);
}

/** Finds the program, else downloads it, else builds it once into the cache. */
export async function findTemporal(say: (line: string) => void): Promise<TemporalBinary> {
  const chosen = process.env['TEMPORAL_CLI_PATH'];
  if (chosen) {
    if (!isExecutable(chosen)) throw new Error(`TEMPORAL_CLI_PATH is ${chosen}, which is not an executable file`);
    return { path: chosen, source: 'binary' };
  }
  const installed = onPath();
  if (installed !== undefined) return { path: installed, source: 'binary' };
  const folder = cacheFolder(`temporal-${TEMPORAL_VERSION}`);
  const built = join(folder, 'temporal');
  if (existsSync(built)) return { path: built, source: 'build' };
  const downloaded = await downloadTemporal(folder, TEMPORAL_VERSION, say);
  if (downloaded !== undefined) return { path: downloaded, source: 'download' };
  await buildTemporal(built, TEMPORAL_VERSION, say);
  return { path: built, source: 'build' };
}
