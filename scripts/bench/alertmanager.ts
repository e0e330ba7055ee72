import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from '../parts/free-port';
import { startGuarded } from '../parts/guarded-process';
import { pollUntil } from '../parts/poll-until';
import { postBody, type LoadedAlert } from './alert-load';
import { openLoop, type Answers } from './open-loop';

const CONFIG = 'route: { receiver: nobody, group_by: [alertname, target] }\nreceivers: [{ name: nobody }]\n';

/** Alertmanager's own API under the same alerts at the same rate; null where the program is not found. It keeps them in memory and starts nothing. */
export async function measureAlertmanager(folder: string, load: readonly LoadedAlert[], perSecond: number): Promise<Answers | null> {
  const command = findAlertmanager(['prometheus-alertmanager', 'alertmanager']);
  if (command === null) return null;
  const [home, port] = [join(folder, 'alertmanager'), await freePort()];
  mkdirSync(home);
  writeFileSync(join(home, 'config.yml'), CONFIG);
  const url = `http://127.0.0.1:${port}`;
  const alertmanager = await startGuarded({
    name: 'Alertmanager',
    command,
    args: [
      `--config.file=${join(home, 'config.yml')}`,
      `--storage.path=${join(home, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    logFile: join(home, 'log'),
    stopSignal: 'TERM',
  });
  try {
    const ready = async (): Promise<boolean> => (await fetch(`${url}/-/ready`).catch(() => null))?.ok ?? false;
    if (!(await pollUntil(ready, 15_000, 100))) throw new Error(`Alertmanager does not answer:\n${alertmanager.logTail()}`);
    const headers = { 'content-type': 'application/json' };
    return await openLoop(
      load.map((alert) => ({ url: `${url}/api/v2/alerts`, headers, body: postBody(alert) })),
      perSecond,
    );
  } finally {
    alertmanager.expectEnd();
    alertmanager.signal('SIGTERM');
    if (!(await alertmanager.ended(10_000))) alertmanager.signal('SIGKILL');
  }
}

function findAlertmanager(names: readonly string[]): string | null {
  const paths = (process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
