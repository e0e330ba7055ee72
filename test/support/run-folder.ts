import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeWhenGone } from '../../scripts/parts/watchdog';

/** The folder of a test run. */
export interface RunFolder {
  readonly path: string;
  remove(): void;
}

/** Makes the folder; temporary files of tests lie in it too. It is gone after the run, also where the run is stopped or killed. */
export function makeRunFolder(): RunFolder {
  const path = mkdtempSync(join(tmpdir(), 'pg-runbooks-tests-'));
  // Jest calls no teardown when it is stopped by a signal.
  const callOff = removeWhenGone(path);
  // Servers run as another user where root runs the tests.
  chmodSync(path, 0o711);
  const temporary = join(path, 'tmp');
  mkdirSync(temporary);
  chmodSync(temporary, 0o1777);
  process.env['TMPDIR'] = temporary;
  return {
    path,
    remove: () => {
      // A server that a test has killed may still be writing its last files.
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
      callOff();
    },
  };
}
