import { parseArgs } from 'node:util';
import { measureCliStart } from './cli-start';
import { measureGateway } from './gateway';
import { measureKills } from './kills';
import { measureWaitingRuns } from './memory';
import { PARTS, resultOf, type Measured, type Part } from './result';
import { progress, startSetting } from './setting';
import { tableOf } from './table';
import { measureSwitchovers } from './switchover';
import { measureTviews } from './tviews';
import { measureWholeRun } from './whole-run';

const USAGE = `usage: npm run bench -- [--json] [--quick] [--only ${PARTS.join('|')}]...`;

/** Measures the parts one after the other; a part that fails is told of and leaves its figures empty. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, quick: { type: 'boolean' }, only: { type: 'string', multiple: true }, help: { type: 'boolean' } },
  });
  const { quick = false, only = [...PARTS] } = values;
  const unknown = only.find((name) => !(PARTS as readonly string[]).includes(name));
  if (values.help || unknown !== undefined) {
    process.stderr.write(`${unknown === undefined ? '' : `There is no part ${unknown}.\n`}${USAGE}\n`);
    return unknown === undefined ? 0 : 2;
  }
  const measured: Measured = {};
  let failed = false;
  const measure = async (part: Part, work: () => Promise<void>): Promise<void> => {
    if (!only.includes(part)) return;
    try {
      await work();
    } catch (error) {
      failed = true;
      progress(`FAILED: ${part}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  };
  await measure('cli', async () => void (measured.cli = await measureCliStart(quick)));
  if (only.some((part) => part !== 'cli')) {
    const setting = await startSetting();
    try {
      await measure('whole-run', async () => void (measured.wholeRun = await measureWholeRun(setting, quick)));
      await measure('kills', async () => void (measured.kills = await measureKills(setting, quick)));
      await measure('tviews', async () => void (measured.tviews = await measureTviews(setting)));
      await measure('switchover', async () => void (measured.switchovers = await measureSwitchovers(setting, quick)));
      await measure('gateway', async () => void (measured.gateway = await measureGateway(setting, quick)));
      await measure('memory', async () => void (measured.waiting = await measureWaitingRuns(setting, quick)));
    } finally {
      await setting.stop();
    }
  }
  process.stdout.write(values.json ? `${JSON.stringify(resultOf(measured))}\n` : `${tableOf(measured)}\n`);
  return failed ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
