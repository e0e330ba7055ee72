import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, ratioOf, seriesOf, time, type Series } from './numbers';
import { progress } from './setting';

export interface CliStart {
  readonly help: Series;
  readonly list: Series;
  readonly bareNode: Series;
  readonly helpOverBareNode: number;
}

/** How long the command line takes to answer; null where it is not built. */
export async function measureCliStart(quick: boolean): Promise<CliStart | null> {
  const main = join(__dirname, '../../workers/cli/main.js');
  if (!existsSync(main)) {
    progress(`SKIPPED: ${main} is not there, so the start of the command line is not measured`);
    return null;
  }
  progress('start of the command line');
  const ways = {
    help: () => time(() => node(main, '--help')),
    list: () => time(() => node(main, 'list')),
    bareNode: () => time(() => node('-e', '0')),
  };
  const times = await interleave(ways, quick ? 5 : 20);
  return {
    help: seriesOf(times.help),
    list: seriesOf(times.list),
    bareNode: seriesOf(times.bareNode),
    helpOverBareNode: ratioOf(times.help, times.bareNode).ratio,
  };
}

async function node(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
}
