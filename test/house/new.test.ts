import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { planFiles } from '../../scripts/new/planned-files';
import { ROOT } from './source-files';

const SUPPORT = join(ROOT, 'test/support/describe-runbook.ts');

/** What the compiler says of files that are not there yet. */
function complaints(files: readonly { readonly path: string; readonly text: string }[]): string[] {
  const texts = new Map(files.map(({ path, text }) => [join(ROOT, path), text]));
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, ROOT);
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    directoryExists: () => true,
    fileExists: (path) => texts.has(path) || disk.fileExists(path),
    readFile: (path) => texts.get(path) ?? disk.readFile(path),
    getSourceFile: (path, target) => {
      const text = texts.get(path);
      return text === undefined ? disk.getSourceFile(path, target) : ts.createSourceFile(path, text, target);
    },
  };
  const program = ts.createProgram({ rootNames: [...texts.keys()], options: { ...options, noEmit: true, incremental: false }, host });
  return [...texts.keys()].flatMap((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
}

it('a new runbook and new operations compile', () => {
  const orders = [
    ['runbook', 'pg-tviews', 'water-the-plants'],
    ['operation', 'pg-tviews', 'plants', 'measurePlants'],
    ['operation', 'pg-tviews', 'watering', 'pauseWatering'],
    // A file that is there keeps what it has.
    ['operation', 'postgres', 'roles', 'pauseRoles'],
  ];
  const plans = orders.map((order) => planFiles(ROOT, order));
  expect(plans.flatMap(({ problems }) => problems)).toEqual([]);
  const judged = plans.flatMap(({ files }) => files).filter(({ path }) => existsSync(SUPPORT) || !path.startsWith('test/'));
  expect(complaints(judged)).toEqual([]);
});

it('a new operation goes to the end of a file that is there', () => {
  const [file] = planFiles(ROOT, ['operation', 'postgres', 'roles', 'pauseRoles']).files;
  const before = readFileSync(join(ROOT, 'activities/postgres/roles.ts'), 'utf8');
  expect(file?.text).toContain(before.slice(before.indexOf('\n\n')));
  expect(file?.text.indexOf('export const pauseRoles')).toBeGreaterThan(before.length);
});

it('a bad order is answered with everything that is wrong', () => {
  expect(planFiles(ROOT, ['runbook', 'garden', 'Water_helper']).problems).toHaveLength(2);
  expect(planFiles(ROOT, ['runbook', 'postgres', 'plant-helper']).problems.join()).toMatch(/says nothing: helper/);
  expect(planFiles(ROOT, ['operation', 'postgres', 'roles', 'Measure']).problems).toEqual([expect.stringContaining('is not camelCase')]);
  expect(planFiles(ROOT, ['operation', 'postgres', 'roles', 'limitRoleConnections']).problems).toEqual([
    'activities/postgres/roles.ts has an operation limitRoleConnections already',
  ]);
  expect(planFiles(ROOT, []).problems.join()).toMatch(/usage/);
});
