import type { BundleOptions } from '@temporalio/worker';

export const WORKFLOWS = require.resolve('../../workflows/index');
export const PAYLOAD_CONVERTER = require.resolve('../../workflows/engine/run/payload-converter');
const INTERCEPTORS = [require.resolve('../../workflows/engine/run/unfinished-task')];

/** How workflow code is bundled; what the entry loads is shared by all cached runs, or every run would hold its own copy of zod and of all runbooks. */
export const bundling = (entry: string): BundleOptions => ({
  workflowsPath: entry,
  preloadModules: [entry],
  payloadConverterPath: PAYLOAD_CONVERTER,
  workflowInterceptorModules: INTERCEPTORS,
});
