import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { serverProcesses } from '../../../scripts/parts/cluster/server-processes';
import { pollUntil } from '../../../scripts/parts/poll-until';
import { runFolder } from '../../support/shared';
import { BOOT } from '../../support/typescript-boot';

it.each(['SIGINT', 'SIGKILL'] as const)('no server outlives a bed that ends by %s, not even a frozen one', async (signal) => {
  const folder = join(runFolder(), `cluster-end-${process.pid}-${signal}`);
  const bed = spawn(process.execPath, ['-e', BOOT, join(__dirname, 'cluster-entry.ts'), folder], {
    cwd: join(__dirname, '../../..'),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [folders] = (await once(bed, 'message')) as [string[]];
  expect(folders.map((one) => serverProcesses(one).length > 0)).toEqual([true, true]);
  const ended = once(bed, 'exit');
  bed.kill(signal);
  await ended;
  expect(await pollUntil(() => folders.every((one) => serverProcesses(one).length === 0), 10_000)).toBe(true);
});
