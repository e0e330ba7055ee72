import { findTemporal } from '../../scripts/parts/temporal-binary';
import { makeRunFolder, type RunFolder } from './run-folder';
import { FOLDER_VARIABLE, PARTS_VARIABLE } from './shared';
import { SharedParts } from './shared-parts';

declare global {
  var pgRunbooksShared: { readonly parts: SharedParts; readonly folder: RunFolder } | undefined;
}

/** Makes the folder of the run, and offers what its files share; nothing is started before a file asks for it. */
export default async function globalSetup(): Promise<void> {
  // Where it has to be downloaded or built, no test could wait for it.
  await findTemporal((line) => console.error(line));
  const folder = makeRunFolder();
  const parts = new SharedParts(folder.path);
  globalThis.pgRunbooksShared = { parts, folder };
  process.env[PARTS_VARIABLE] = await parts.listen();
  process.env[FOLDER_VARIABLE] = folder.path;
}
