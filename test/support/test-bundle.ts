import { join } from 'node:path';
import { projectRoot } from '../../scripts/parts/project-root';
import { currentBundle, writeBundle } from '../../workers/worker/workflow-bundle';

const ENTRY = join(__dirname, 'runbooks/index.ts');
/** Kept from one run to the next. */
const BUNDLE = join(projectRoot(), 'dist', 'test-bundle.js');

/** The bundle of the runbooks and those of the tests, made now where one of its sources has changed since the last run. */
export async function provideTestBundle(): Promise<string> {
  if (!currentBundle(BUNDLE)) await writeBundle(ENTRY, BUNDLE);
  return BUNDLE;
}
