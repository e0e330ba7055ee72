import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { camelCase } from '../generate/sources';
import { addOperation } from './add-operation';
import { areaProblems, fileNameProblems, operationNameProblems } from './name-rules';
import { operationFileText, operationText } from './operation-text';
import { runbookText } from './runbook-text';
import { operationTestText, runbookTestText } from './test-text';

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
  if (kind === 'operation' && names.length === 2) return planOperation(root, area, { file: names[0] as string, name: names[1] as string });
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
      `edit ${path}: first the header, then the flow ("npm run operations ${area}" lists what it can use); then ${test}`,
      'npm run generate',
      `UPDATE_GOLDENS=1 npx jest ${test}, and read its plan in test/goldens/plans as a DBA would`,
      `npm run record -- ${name}`,
      'npm run check:quick, and npm run check before you hand it over',
    ],
  };
}

function planOperation(root: string, area: string, { file, name }: { readonly file: string; readonly name: string }): NewFiles {
  const path = `activities/${area}/${file}.ts`;
  const source = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : null;
  // A file that is there has its test already, with a world of its own.
  const test = `test/operations/${area}/${source === null ? file : kebabCase(name)}.test.ts`;
  const isThere = source !== null && new RegExp(`export const ${name}\\b`).test(source);
  const text = operationText(name);
  return {
    problems: [
      ...areaProblems(area),
      ...fileNameProblems('the file', file),
      ...operationNameProblems(name),
      ...(isThere ? [`${path} has an operation ${name} already`] : []),
      ...alreadyThere(root, [test]),
    ],
    files: [
      { path, text: source === null ? operationFileText(text) : addOperation(source, text) },
      { path: test, text: operationTestText(name) },
    ],
    next: [
      `edit ${path}, then ${test}: everything that says FILL IN`,
      'npm run generate, and read its page in docs/statements as a DBA would',
      `npx jest ${test}`,
      `use it in a runbook: import type * as ${camelCase(file)} from '../../../activities/${area}/${file}'`,
      'npm run check:quick, and npm run check before you hand it over',
    ],
  };
}

const kebabCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const alreadyThere = (root: string, paths: readonly string[]): string[] =>
  paths.filter((path) => existsSync(join(root, path))).map((path) => `${path} exists already`);
