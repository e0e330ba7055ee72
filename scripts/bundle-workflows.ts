import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { bundleFiles, shippedBundle, workflowDigest } from '../workers/worker/workflow-bundle';
import { WORKFLOWS, bundling } from '../workers/worker/workflow-code';

// The last step of a build: bundles the compiled workflows, unless the present bundle is made of the same code.
async function main(): Promise<void> {
  if (shippedBundle()) return;
  const { code } = await bundleWorkflowCode({ ...bundling(WORKFLOWS), logger: new DefaultLogger('ERROR') });
  const { bundle, digest } = bundleFiles();
  writeFileSync(bundle, code);
  writeFileSync(digest, `${workflowDigest()}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
