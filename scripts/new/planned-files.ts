import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { camelCase } from '../generate/sources';
import { areaProblems, fileNameProblems, operationNameProblems } from './name-rules';
import { operationText } from './operation-text';
import { runbookText } from './runbook-text';
import { runbookTestText } from './test-text';

/** What `npm run new` would write and what there is to do afterwards, or everything that is wrong with the order. */
export interface NewFiles {
  readonly problems: readonly string[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly next: readonly string[];
}

/** How the command is used. */
export const USAGE = ['npm run new -- runbook <area> <kebab-name>', 'npm run new -- operation <area> <file> <name>'].join('\n');

/** Plans the files for an order; reads the tree, writes nothing. */
export function planFiles(root: string, [kind, area = '', ...names]: readonly string[]): NewFiles {
  if (kind === 'runbook' && names.length === 1) return planRunbook(root, area, names[0] as string);
  if (kind === 'operation' && names.length === 2) return planOperation(root, area, names[0] as string, names[1] as string);
  return { problems: [`usage:\n${USAGE}`], files: [], next: [] };
}

function planRunbook(root: string, area: string, name: string): NewFiles {
  const path = `workflows/runbooks/${area}/${name}.ts`;
  const test = `test/runbooks/${area}/${name}.test.ts`;
  return {
    problems: [...areaProblems(area), ...fileNameProblems('the runbook', name), ...alreadyThere(root, [path, test])],
    files: [
      { path, text: runbookText(area, name) },
      { path: test, text: runbookTestText(area, name) },
    ],
    next: [
      `edit ${path}: first the header, then the flow`,
      'npx tsc --noEmit',
      'npm run generate',
      `npx jest ${test}`,
      `runbook plan ${camelCase(name)} --target <target>`,
      'npm run check',
    ],
  };
}

function planOperation(root: string, area: string, file: string, name: string): NewFiles {
  const path = `activities/${area}/${file}.ts`;
  return {
    problems: [...areaProblems(area), ...fileNameProblems('the file', file), ...operationNameProblems(name), ...alreadyThere(root, [path])],
    files: [{ path, text: operationText(name) }],
    next: [
      `edit ${path}`,
      `add the module to the list in workers/worker/operations.ts`,
      `use it in a runbook: import type * as ${camelCase(file)} from '../../../activities/${area}/${file}'`,
      'npx tsc --noEmit',
      'npm run check',
    ],
  };
}

const alreadyThere = (root: string, paths: readonly string[]): string[] =>
  paths.filter((path) => existsSync(join(root, path))).map((path) => `${path} exists already`);
