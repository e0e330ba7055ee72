import { SHIPPED_BUNDLE, currentBundle, writeBundle } from '../workers/worker/workflow-bundle';
import { WORKFLOWS } from '../workers/worker/workflow-code';

// The last step of a build: bundles the compiled workflows, unless the present bundle is made of the same code.
if (!currentBundle(SHIPPED_BUNDLE)) {
  writeBundle(WORKFLOWS, SHIPPED_BUNDLE).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
