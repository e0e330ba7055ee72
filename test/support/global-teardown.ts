import { rmSync } from 'node:fs';

/** Stops what test files shared, and removes the folder of the run. */
export default async function globalTeardown(): Promise<void> {
  const shared = globalThis.pgRunbooksShared;
  if (!shared) return;
  await shared.parts.stop();
  // A server that a test has killed may still be writing its last files.
  rmSync(shared.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
