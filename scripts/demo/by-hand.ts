import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askAgain } from '../../activities/runs/ask-again';
import { connectClient } from '../../workers/worker/create-worker';
import type { RunStatus } from '../../workflows/engine/display/status';
import { projectRoot } from '../parts/project-root';
import type { DemoEnvironment } from './environment';

/** Approves the gate that is open, with the hash of the plan that it shows. */
export async function approve(environment: DemoEnvironment, id: string): Promise<void> {
  const client = await connectClient(environment.temporal.address, environment.temporal.namespace);
  try {
    for (let look = 0; look < 150; look++) {
      const status = await askAgain(() => client.workflow.getHandle(id).query<RunStatus>('status'));
      if (status.outcome) throw new Error(`${id} ended before its gate: ${status.outcome} ${status.summary}`);
      if (status.gate && status.plan) {
        const { number, title } = status.gate;
        await cli(environment, [
          'approve',
          id,
          '--plan',
          status.plan.slice(0, 8),
          '--gate',
          String(number),
          '--by',
          'olga',
          '--comment',
          `seen: ${title}`,
        ]);
        return;
      }
      await sleep(200);
    }
    throw new Error(`${id} never opened its gate.`);
  } finally {
    await client.connection.close();
  }
}

/** Runs a command as a person would, and shows what it says. */
export function cli(environment: DemoEnvironment, args: readonly string[]): Promise<string> {
  process.stdout.write(`$ runbook ${args.map((arg) => (/[ "]/.test(arg) ? `'${arg}'` : arg)).join(' ')}\n`);
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(projectRoot(), 'dist/workers/cli/main.js'), ...args],
      { env: { ...process.env, ...environment.variables }, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        process.stdout.write(stdout.replace(/^/gm, '  '));
        if (error) reject(new Error(`runbook ${args[0] ?? ''} failed: ${stderr || error.message}`));
        else resolve(stdout);
      },
    );
  });
}
