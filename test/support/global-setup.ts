import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER_VARIABLE, PARTS_VARIABLE } from './shared';
import { SharedParts } from './shared-parts';

declare global {
  var pgRunbooksShared: { readonly parts: SharedParts; readonly folder: string } | undefined;
}

/** Makes the folder of the run, and offers what its files share; nothing is started before a file asks for it. */
export default async function globalSetup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pg-runbooks-tests-'));
  // Servers run as another user where root runs the tests.
  chmodSync(folder, 0o711);
  const parts = new SharedParts(folder);
  globalThis.pgRunbooksShared = { parts, folder };
  process.env[PARTS_VARIABLE] = await parts.listen();
  process.env[FOLDER_VARIABLE] = folder;
  // Temporary files of tests lie in the run's folder and go with it.
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  process.env['TMPDIR'] = temporary;
}
