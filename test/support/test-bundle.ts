import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { projectRoot } from '../../scripts/parts/project-root';
import { bundling } from '../../workers/worker/workflow-code';

/** Where bundles are kept from one run to the next, by what they are made of. */
const KEPT_IN = join(projectRoot(), 'dist', 'test-bundles');
const SOURCES = ['workflows', 'test/support/runbooks', 'package-lock.json'];
const PREFIX = 'runbooks-';

/** The bundle of the test runbooks, made now where their sources have changed since the last run. */
export async function provideTestBundle(): Promise<string> {
  const path = join(KEPT_IN, `${PREFIX}${digestOf(SOURCES.map((source) => join(projectRoot(), source)))}.js`);
  if (existsSync(path)) return path;
  const { code } = await bundleWorkflowCode({ ...bundling(resolve(__dirname, './runbooks/index.ts')), logger: new DefaultLogger('ERROR') });
  mkdirSync(KEPT_IN, { recursive: true });
  for (const old of readdirSync(KEPT_IN)) rmSync(join(KEPT_IN, old), { force: true });
  // Another run may make the same one.
  writeFileSync(`${path}.${process.pid}`, code);
  renameSync(`${path}.${process.pid}`, path);
  return path;
}

function digestOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesIn).sort()) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

function filesIn(path: string): string[] {
  const [entry] = readdirSync(join(path, '..'), { withFileTypes: true }).filter(({ name }) => path.endsWith(`/${name}`));
  if (!entry?.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name));
}
