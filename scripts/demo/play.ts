import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { playAlert } from './alert-play';
import { approve, cli } from './by-hand';
import type { DemoEnvironment } from './environment';

interface RunPlay {
  /** The word for `--auto`; several plays may share it. */
  readonly name: string;
  readonly runbook: string;
  readonly target: string;
  readonly set: readonly string[];
  readonly gates: number;
  /** The trouble that it is played against. */
  readonly before?: (environment: DemoEnvironment) => Promise<void>;
}

/** A story of its own. */
interface Story {
  readonly name: string;
  readonly title: string;
  readonly tell: (environment: DemoEnvironment) => Promise<string[]>;
}
type Play = RunPlay | Story;

/** What the demo plays. */
export const PLAYS: readonly Play[] = [
  { name: 'alert', title: 'an alert, an incident, a fix', tell: playAlert },
  {
    name: 'relieve',
    runbook: 'relieveConnectionExhaustion',
    target: 'orders-eu',
    set: ['freeSlots=18', 'idleInTransactionLongerThan=1 second', 'idleLongerThan=1 second', 'limitLargestRole=true'],
    gates: 1,
    before: ({ trouble }) => trouble.repeat(),
  },
  { name: 'upgrade', runbook: 'upgradeExtension', target: 'billing-eu', set: ['extension=hstore', 'to=1.8'], gates: 2 },
  { name: 'drain', runbook: 'drainRefreshQueue', target: 'billing-eu', set: ['viewsPerRound=1'], gates: 1 },
  {
    name: 'failover',
    runbook: 'failover',
    target: 'accounts-eu',
    set: ['maxLossBytes=1000000', 'observe=3 seconds'],
    gates: 1,
    before: loseThePrimary,
  },
  { name: 'failover', runbook: 'rejoinNode', target: 'accounts-eu', set: ['node=node1'], gates: 1 },
];

/** Plays runbooks from start to report by the CLI alone, as a person would; returns where the reports are. */
export async function play(environment: DemoEnvironment, plays: readonly Play[]): Promise<string[]> {
  await sleep(1_500);
  const reports: string[] = [];
  for (const one of plays) {
    if ('tell' in one) {
      process.stdout.write(`\n── ${one.title}\n`);
      reports.push(...(await one.tell(environment)));
      continue;
    }
    const { runbook, target, set, gates, before } = one;
    const id = `${runbook}/${target}/demo-${Date.now()}`;
    process.stdout.write(`\n── ${runbook} on ${target}\n`);
    await before?.(environment);
    await cli(environment, [
      'start',
      runbook,
      '--target',
      target,
      ...set.flatMap((pair) => ['--set', pair]),
      '--by',
      'rita',
      '--reason',
      'the demo',
      '--id',
      id,
      '--no-watch',
    ]);
    for (let gate = 0; gate < gates; gate++) await approve(environment, id);
    await cli(environment, ['watch', id]);
    for (const format of ['md', 'html']) {
      const file = join(environment.folder, 'reports', `${runbook}.${format}`);
      await cli(environment, ['report', id, '--format', format, '--out', file]);
      if (!existsSync(file)) throw new Error(`No report was written to ${file}.`);
      reports.push(file);
    }
  }
  return reports;
}

/** How long the sampler needs to tell how fast the primary writes. */
const SAMPLED_MS = 13_000;
/** How long the standbys must hear nothing before anybody may believe that the primary is gone. */
const SILENT_MS = 1_000;

async function loseThePrimary({ accounts }: DemoEnvironment): Promise<void> {
  process.stdout.write(`  two applications write to accounts-eu; the sampler notes where its primary stands …\n`);
  await sleep(SAMPLED_MS);
  await accounts.killPrimary();
  process.stdout.write(`  kill -9 of the primary node1, after ${accounts.seen()}\n`);
  await sleep(SILENT_MS);
}
