import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of package.json, found both from the sources and from their compiled copies in dist. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json above ${__dirname}`);
    folder = parent;
  }
  return folder;
}
