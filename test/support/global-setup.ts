import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { provideTemporal, type TemporalPart } from '../../scripts/parts/temporal-server';
import { bundling } from '../../workers/worker/workflow-code';
import { NAMESPACES, saveShared, sharedFile } from './shared';

declare global {
  var pgRunbooksTemporal: TemporalPart | undefined;
}

/** Starts one real Temporal server for the whole test run and bundles the workflows once. */
export default async function globalSetup(): Promise<void> {
  const run = `${process.pid}`;
  process.env['PG_RUNBOOKS_TEST_RUN'] = run;
  const folder = mkdtempSync(join(tmpdir(), 'pg-runbooks-tests-'));
  const temporal = await provideTemporal({ ignoreEnvironment: true, databaseFile: join(folder, 'temporal.db'), namespaces: NAMESPACES });
  globalThis.pgRunbooksTemporal = temporal;
  const bundle = await bundled(folder, 'bundle.js', '../../workflows/index.ts');
  const testBundle = await bundled(folder, 'test-bundle.js', './runbooks/index.ts');
  saveShared(sharedFile(run), { address: temporal.address, folder, bundle, testBundle });
}

async function bundled(folder: string, name: string, workflows: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...bundling(resolve(__dirname, workflows)),
    logger: new DefaultLogger('ERROR'),
  });
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
}
