import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { entityFiles, runbookFiles } from '../../scripts/generate/sources';
import { bundling } from '../../workers/worker/workflow-code';
import { ROOT } from './source-files';

const MAX_BYTES = 1.5 * 1024 * 1024;

/** The modules of a bundle by name, with the size of each. */
let modules = new Map<string, number>();

beforeAll(async () => {
  const { code } = await bundleWorkflowCode({ ...bundling(join(ROOT, 'workflows/index.ts')), logger: new DefaultLogger('ERROR') });
  const [, ...parts] = code.split(/^\/\*{3}\/ (?=")/m);
  modules = new Map(parts.map((part) => [part.slice(1, part.indexOf('"', 1)), Buffer.byteLength(part)]));
});

const ours = (): [string, number][] => [...modules].filter(([name]) => /^\.\/(?!node_modules\/)/.test(name));

it('holds the runbooks', () => {
  const wanted = [...runbookFiles(ROOT), ...entityFiles(ROOT)].map(({ path }) => `./workflows/${path}.ts`);
  expect(ours().map(([name]) => name)).toEqual(expect.arrayContaining([...wanted, './workflows/engine/run/unknown-runbook.ts']));
});

it('holds no database driver, nothing of Node, and none of our code but workflows', () => {
  const names = [...modules.keys()];
  expect(names.filter((name) => /(^|\/)node_modules\/(pg|pg-[a-z-]+)\//.test(name))).toEqual([]);
  expect(names.filter((name) => builtinModules.includes(name.replace(/^(external )?"?(node:)?/, '').replace(/"$/, '')))).toEqual([]);
  expect(ours().filter(([name]) => !name.startsWith('./workflows/'))).toEqual([]);
});

it('keeps our own code under 1.5 MiB', () => {
  const bytes = ours().reduce((sum, [, size]) => sum + size, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(MAX_BYTES);
});

it('exports one workflow a file, and the answer to unknown types', async () => {
  const exported = Object.keys(await import('../../workflows/index')).filter((name) => name !== '__esModule');
  const wanted = [...runbookFiles(ROOT), ...entityFiles(ROOT)].map((file) => file.exported);
  expect(exported.sort()).toEqual([...wanted, 'default'].sort());
});
