import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The folder, made when missing, that keeps what is expensive to make and outlives a checkout. */
export function cacheFolder(...parts: string[]): string {
  const chosen = process.env['XDG_CACHE_HOME'];
  const home = chosen !== undefined && isAbsolute(chosen) ? chosen : join(homedir(), '.cache');
  const folder = join(home, 'pg-runbooks', ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}
