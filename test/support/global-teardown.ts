import { rmSync } from 'node:fs';
import { sharedFile } from './shared';

/** Stops what the global set-up started. */
export default async function globalTeardown(): Promise<void> {
  await globalThis.pgRunbooksTemporal?.stop();
  rmSync(sharedFile(process.env['PG_RUNBOOKS_TEST_RUN'] ?? 'none'), { force: true });
}
