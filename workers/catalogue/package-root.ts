import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of our package.json, from dist/workers/cli as well as from workers/cli; throws an Error when there is none above `from`. */
export function packageRoot(from: string = __dirname): string {
  let folder = from;
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`No package.json above ${from}: the installation of pg-runbooks is incomplete; install it again.`);
    folder = parent;
  }
  return folder;
}
