import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SYSTEMS } from '../../workflows/contracts/header';

/** A file of `activities` that declares operations. */
export interface OperationFile {
  readonly system: string;
  /** Without ending, below `activities/`; for example `postgres/sessions`. */
  readonly path: string;
}

/** A file that declares operations imports one of the two functions that make them, as a value. */
const DECLARES = /^import \{[^}]*(?<!type )\b(?:operation|clusterOperation)\b[^}]*\} from '[^']*\/(?:operation|cluster-operation)'/m;

/** Every file of the systems' folders that declares operations, in alphabetical order. */
export const operationFiles = (root: string): OperationFile[] =>
  SYSTEMS.flatMap((system) => {
    const folder = join(root, 'activities', system);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && DECLARES.test(readFileSync(join(folder, name), 'utf8')))
      .map((name) => ({ system, path: `${system}/${basename(name, '.ts')}` }));
  }).sort((a, b) => (a.path < b.path ? -1 : 1));
