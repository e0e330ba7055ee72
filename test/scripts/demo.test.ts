import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findProgram } from '../../scripts/parts/find-program';
import { childrenOf } from '../../scripts/parts/guarded-process';
import { pollUntil } from '../../scripts/parts/poll-until';
import { isThere } from '../../scripts/parts/postmaster';
import { projectRoot } from '../../scripts/parts/project-root';
import { findTemporal } from '../../scripts/parts/temporal-binary';
import { runFolder } from '../support/shared';

const READY_TIMEOUT_MS = 120_000;
const PLAY_TIMEOUT_MS = 480_000;
const GONE_TIMEOUT_MS = 15_000;

interface Demo {
  readonly process: ChildProcess;
  output(): string;
}

/** The demo as a build has it, with files of its own. */
function startDemo(
  name: string,
  { args = [], path = process.env['PATH'] ?? '' }: { readonly args?: readonly string[]; readonly path?: string } = {},
): Demo {
  const child = spawn(process.execPath, [join(projectRoot(), 'dist/scripts/demo/main.js'), ...args], {
    env: { ...process.env, PATH: path, PG_RUNBOOKS_DEMO_FOLDER: join(runFolder(), `demo-${name}`) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
  return { process: child, output: () => output };
}

async function untilReady(demo: Demo): Promise<void> {
  const ready = await pollUntil(() => demo.process.exitCode !== null || /^ready$/m.test(demo.output()), READY_TIMEOUT_MS);
  if (!ready || demo.process.exitCode !== null) throw new Error(`The demo is not ready:\n${demo.output()}`);
}

const descendantsOf = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

const stillThere = async (pids: readonly number[]): Promise<number[]> => {
  await pollUntil(() => !pids.some(isThere), GONE_TIMEOUT_MS);
  return pids.filter(isThere);
};

/** A PATH with the commands that the demo's own parts call, and without Prometheus, Alertmanager and the exporter. */
async function bareEnvironment(): Promise<string> {
  const folder = join(runFolder(), 'bare-path');
  mkdirSync(folder);
  for (const name of ['sh', 'cat', 'cp', 'chown', 'id', 'pgrep', 'sleep', 'kill', 'rm']) {
    const program = findProgram(name);
    if (program) symlinkSync(program, join(folder, name));
  }
  symlinkSync((await findTemporal(() => undefined)).path, join(folder, 'temporal'));
  return folder;
}

it.each(['SIGKILL', 'SIGINT'] as const)(
  'everything that it started ends with it when it ends by %s',
  async (signal) => {
    const demo = startDemo(signal);
    await untilReady(demo);
    const started = descendantsOf(demo.process.pid ?? 0);
    // Temporal, five servers, the worker, the gateway, and who watches them.
    expect(started.length).toBeGreaterThan(10);
    demo.process.kill(signal);
    await once(demo.process, 'exit');
    expect(await stillThere(started)).toEqual([]);
  },
  180_000,
);

async function playAll(name: string, path: string): Promise<string> {
  const demo = startDemo(name, { args: ['--auto'], path });
  await once(demo.process, 'exit');
  if (demo.process.exitCode !== 0) throw new Error(`The demo ended with ${demo.process.exitCode}:\n${demo.output().slice(-5_000)}`);
  return demo.output();
}

it(
  'plays everything to its end where the programs of the alert are missing',
  async () => {
    const output = await playAll('bare', await bareEnvironment());
    expect(output).toContain('so the demo delivers the alert itself');
    expect(output).toContain('Reports:');
  },
  PLAY_TIMEOUT_MS,
);

// A build has the programs; a developer's machine may lack them.
(process.env['CI'] ? it : it.skip)(
  'plays everything to its end with the real programs of the alert',
  async () => {
    const output = await playAll('full', [process.env['PATH'], '/usr/sbin'].join(delimiter));
    expect(output).toContain('Alertmanager http');
    expect(output).toContain('Reports:');
  },
  PLAY_TIMEOUT_MS,
);
