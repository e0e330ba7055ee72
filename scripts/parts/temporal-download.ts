import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pollUntil } from './poll-until';
import { killAtExit } from './processes';
import { projectRoot } from './project-root';

const FIRST_BYTE_TIMEOUT_MS = 10_000;
const DOWNLOAD_TIMEOUT_MS = 180_000;

// The SDK has no call that only downloads, so its server is started for a moment, in a process that can be given up.
const SCRIPT = `
const { TestWorkflowEnvironment } = require('@temporalio/testing');
const [downloadDir, version] = process.argv.slice(1);
const executable = { type: 'cached-download', downloadDir, version: 'v' + version };
TestWorkflowEnvironment.createLocal({ server: { executable } })
  .then((environment) => environment.teardown())
  .then(() => process.exit(0), () => process.exit(1));
`;

/** Lets the SDK download the program and returns its path; undefined when the network says no or nothing for ten seconds. */
export async function downloadTemporal(folder: string, version: string, say: (line: string) => void): Promise<string | undefined> {
  const target = join(folder, `temporal-sdk-typescript-v${version}`);
  if (existsSync(target)) return target;
  const child = spawn(process.execPath, ['-e', SCRIPT, folder, version], {
    cwd: projectRoot(),
    detached: true,
    stdio: 'ignore',
  });
  const end = (): void => {
    try {
      // The whole group: a server it may have started as well.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  };
  const forget = killAtExit(end);
  let over = false;
  child.once('exit', () => (over = true));
  child.once('error', () => (over = true));
  const hasBegun = (): boolean => readdirSync(folder).some((name) => name.startsWith('temporal-sdk-typescript-'));
  try {
    await pollUntil(() => over || hasBegun(), FIRST_BYTE_TIMEOUT_MS, 100);
    if (!over && hasBegun()) {
      say(`no Temporal server found; downloading version ${version} once`);
      await pollUntil(() => over, DOWNLOAD_TIMEOUT_MS, 100);
    }
    return existsSync(target) ? target : undefined;
  } finally {
    end();
    forget();
  }
}
