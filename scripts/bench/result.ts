import { cpus, loadavg } from 'node:os';
import type { CliStart } from './cli-start';
import type { GatewayUnderLoad } from './gateway';
import type { Kills } from './kills';
import type { WaitingRuns } from './memory';
import type { SwitchoverPauses } from './switchover';
import type { Tviews } from './tviews';
import type { WholeRun } from './whole-run';

export const PARTS = ['whole-run', 'kills', 'memory', 'tviews', 'switchover', 'gateway', 'cli'] as const;
export type Part = (typeof PARTS)[number];

/** What was measured; a part that was left out, skipped or failed is missing. */
export interface Measured {
  wholeRun?: WholeRun;
  kills?: Kills;
  waiting?: WaitingRuns;
  tviews?: Tviews;
  switchovers?: readonly SwitchoverPauses[];
  gateway?: GatewayUnderLoad;
  cli?: CliStart | null;
}

/** The figures that the project wants to keep to. */
export const WANTED = {
  overBareTemporal: 1.5,
  overBareTemporalWithRehearsal: 1.2,
  wholeRunEvents: 40,
  approvalToNextStepMs: 60,
  killBetweenStepsMs: 2_000,
  killInsideWriteMs: 8_000,
  switchoverPauseMs: 2_000,
  gatewayP99Ms: 250,
} as const;

/** The machine-readable result; figures of missing parts are null. */
export function resultOf({ wholeRun, kills, waiting, tviews, switchovers, gateway, cli }: Measured): object {
  const { spreads: wholeRunSpreads, ...whole } = wholeRun ?? { spreads: null };
  return {
    wholeRun: wholeRun ? whole : null,
    approvalToNextStepMs: kills?.approvalToNextStep.median ?? null,
    killBetweenStepsMs: kills?.killBetweenSteps.median ?? null,
    killInsideWriteMs: kills?.killInsideWrite.median ?? null,
    kbPerWaitingRun: waiting?.rssKbPerRun ?? null,
    heapKbPerWaitingRun: waiting?.heapKbPerRun ?? null,
    waitingRuns: waiting ?? null,
    tviews: tviews ?? null,
    switchovers: switchovers ?? null,
    gateway: gateway ?? null,
    cliHelpMs: cli?.help.median ?? null,
    cliListMs: cli?.list.median ?? null,
    bareNodeMs: cli?.bareNode.median ?? null,
    wanted: WANTED,
    spreads: {
      wholeRun: wholeRunSpreads,
      approvalToNextStepMs: kills?.approvalToNextStep ?? null,
      killBetweenStepsMs: kills?.killBetweenSteps ?? null,
      killInsideWriteMs: kills?.killInsideWrite ?? null,
      cliHelpMs: cli?.help ?? null,
      cliListMs: cli?.list ?? null,
      bareNodeMs: cli?.bareNode ?? null,
    },
    machine: { node: process.version, cpus: cpus().length, load: loadavg() },
  };
}
