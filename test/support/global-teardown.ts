/** Stops what test files shared, and removes the folder of the run. */
export default async function globalTeardown(): Promise<void> {
  const shared = globalThis.pgRunbooksShared;
  if (!shared) return;
  await shared.parts.stop();
  shared.folder.remove();
}
