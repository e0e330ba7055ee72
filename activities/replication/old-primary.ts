import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';
import { milliseconds } from '../../workflows/pure/span';
import { KernelFailure } from '../sql/kernel-failure';
import type { Verdict } from '../effects/verdict';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { bytesAhead } from './lsn';
import { viewNode } from './node-view';
import { lookUntil } from './poll';
import { requireControl } from './rights';

const START_WITHIN_MS = 120_000;

const Stopping = z.object({ node: z.string(), running: z.boolean(), timeline: z.number(), lsn: z.string().nullable() });

async function look(cluster: Cluster, { node }: { node: string }): Promise<z.infer<typeof Stopping>[]> {
  const state = await cluster.node(node).control.state();
  const { server } = await viewNode(cluster, node);
  return [{ node, running: state.running ?? server !== null, timeline: server?.timeline ?? state.control?.timeline ?? 0, lsn: server?.lsn ?? null }];
}

/**
 * Stops the fenced primary cleanly, with standby.signal in place before: whatever starts it by accident starts a standby.
 *
 * The position before the stop is in `before`: the shutdown checkpoint must not be older (proveHandover).
 */
export const stopPrimary = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string(), within: Span }),
  example: { target: 'orders-eu', node: 'orders-eu-1', within: '60 seconds' },
  requires: (cluster, { node }) => requireControl(cluster, node, ['mark', 'stop', 'start']),
  locks: 'the server is down',
  before: Stopping,
  look,
  binds: (before) => before.map(({ node, timeline }) => ({ node, timeline })),
  does: ({ node, within }) => [`${node}: standby.signal, then pg_ctl stop -m fast, at most ${within}`],
  act: async ({ cluster, input, signal, sending, sent }) => {
    const { control } = cluster.node(input.node);
    await sending();
    await control.markStandby();
    await sent();
    await sending();
    await control.stop(milliseconds(input.within), signal);
    await sent();
  },
  verify: (cluster, { node }) => stopped(cluster, node),
  cut: async (cluster, { node }, before) => {
    const state = await cluster.node(node).control.state();
    const timeline = state.control?.timeline ?? (await viewNode(cluster, node)).server?.timeline ?? null;
    const was = before[0]?.timeline ?? 0;
    // A person's node has no control file that we could read.
    return { holds: timeline === null || timeline === was, expected: `timeline ${was}`, seen: `timeline ${timeline ?? 'unknown'}` };
  },
  undo: {
    by: 'startPrimary',
    input: ({ target, node }, before) => ({ target, node, timeline: before[0]?.timeline ?? 0, wasRunning: before[0]?.running ?? true }),
  },
});

async function stopped(cluster: Cluster, node: string): Promise<Verdict> {
  const { running, standbySignal, control } = await cluster.node(node).control.state();
  const holds = running === false && standbySignal === true && control?.state === 'shut down';
  return {
    holds,
    expected: 'cleanly shut down, and marked as a standby',
    seen: holds
      ? `nobody takes writes: ${node} is shut down`
      : `${running ? 'running' : 'not running'}, ${control?.state ?? 'no control file'}, standby.signal ${standbySignal ? 'there' : 'missing'}`,
  };
}

/** Brings the old primary back as the primary, on the timeline that it had; only before a promotion. */
export const startPrimary = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string(), timeline: z.int(), wasRunning: z.boolean() }),
  example: { target: 'orders-eu', node: 'orders-eu-1', timeline: 1, wasRunning: true },
  requires: (cluster, { node }) => requireControl(cluster, node, ['start']),
  locks: 'none',
  before: Stopping,
  look,
  does: ({ node, wasRunning }) => [`${node}: remove standby.signal${wasRunning ? ', pg_ctl start' : ''}`],
  act: async ({ cluster, input: { node, wasRunning }, signal, sending, sent }) => {
    const { control } = cluster.node(node);
    await refuseWhilePromoted(cluster, node);
    await sending();
    const state = await control.state();
    if (state.running && (await viewNode(cluster, node)).server?.standby) await control.stop(START_WITHIN_MS, signal);
    await control.unmarkStandby();
    if (wasRunning && !(await control.state()).running) await control.start(START_WITHIN_MS, signal);
    await sent();
  },
  verify: async (cluster, { node, timeline, wasRunning }) => {
    if (!wasRunning) {
      const state = await cluster.node(node).control.state();
      return { holds: state.standbySignal === false, expected: 'no standby.signal', seen: `${node} is as it was: not running` };
    }
    const { server, why } = await lookUntil(
      () => viewNode(cluster, node),
      (view) => view.server?.standby === false,
      10_000,
      null,
      100,
    );
    const holds = server?.standby === false && server.timeline === timeline;
    return {
      holds,
      expected: `primary on timeline ${timeline}`,
      seen: server ? `${node} is ${server.standby ? 'a standby' : 'the primary'} on timeline ${server.timeline}` : `no answer: ${why ?? ''}`,
    };
  },
  undo: { none: 'it is itself a way back' },
});

/** An old primary never starts again beside a promoted one. */
async function refuseWhilePromoted(cluster: Cluster, node: string): Promise<void> {
  for (const other of cluster.nodes.filter(({ name }) => name !== node)) {
    const { server } = await viewNode(cluster, other.name);
    if (server?.standby === false)
      throw new KernelFailure(
        'TwoPrimaries',
        `${other.name} is a primary on timeline ${server.timeline}: ${node} is not started as one. Bring it back as a standby (runbook rejoinNode).`,
      );
  }
}

const Proof = z.object({
  proved: z.boolean(),
  fenceLsn: z.string(),
  shutdownLsn: z.string().nullable(),
  receivedLsn: z.string().nullable(),
  replayedLsn: z.string().nullable(),
  says: z.string(),
});

/** Where a node stands now; null where it does not answer. */
export const findPosition = clusterOperation({
  effect: 'read',
  input: z.object({ target: TargetName, node: z.string() }),
  example: { target: 'orders-eu', node: 'orders-eu-1' },
  answer: z.object({ lsn: z.string().nullable() }),
  look: async (cluster, { node }) => ({ lsn: (await viewNode(cluster, node)).server?.lsn ?? null }),
});

/**
 * Proof of a clean hand-over: the old primary's control file says "shut down", its shutdown checkpoint is at or above the position
 * of the fence, and the candidate has received and replayed it. Where a person stops the old primary, no control file can be read:
 * then it must not answer, and the candidate must have replayed beyond the fence, after which nobody could write. Waits up to
 * `within` for the candidate, once the old primary is down.
 */
export const proveHandover = clusterOperation({
  effect: 'read',
  input: z.object({ target: TargetName, from: z.string(), to: z.string(), fenceLsn: z.string(), within: Span }),
  example: { target: 'orders-eu', from: 'orders-eu-1', to: 'orders-eu-2', fenceLsn: '0/3000148', within: '30 seconds' },
  answer: Proof,
  look: async (cluster, { from, to, fenceLsn, within }, { signal }) => {
    const { by } = cluster.node(from).control;
    if (by === 'person') return provedByFence(cluster, { from, to, fenceLsn, within }, signal);
    const { running, control } = await cluster.node(from).control.state();
    const down = running === false && control?.state === 'shut down' ? control.checkpointLsn : null;
    const seen = await lookUntil(
      () => viewNode(cluster, to),
      ({ server }) => down === null || (server?.replayedLsn != null && bytesAhead(server.replayedLsn, down) > 0),
      milliseconds(within),
      signal,
      20,
    );
    const received = seen.server?.lsn ?? null;
    const replayed = seen.server?.replayedLsn ?? null;
    // The replayed position is the end of the last record: beyond the start of the shutdown checkpoint means that it is replayed.
    const proved = down !== null && bytesAhead(down, fenceLsn) >= 0 && replayed !== null && bytesAhead(replayed, down) > 0;
    return {
      proved,
      fenceLsn,
      shutdownLsn: down,
      receivedLsn: received,
      replayedLsn: replayed,
      says: proved
        ? `${from} shut down at ${down ?? ''}, not before the fence at ${fenceLsn}; ${to} has replayed to ${replayed ?? ''}: nothing is missing`
        : `${from}: ${control?.state ?? 'control file not readable'}${down ? ` at ${down}` : ''}; fence at ${fenceLsn}; ${to} has replayed to ${replayed ?? 'nothing known'}`,
    };
  },
});

interface Handover {
  readonly from: string;
  readonly to: string;
  readonly fenceLsn: string;
  readonly within: z.output<typeof Span>;
}

async function provedByFence(cluster: Cluster, { from, to, fenceLsn, within }: Handover, signal: AbortSignal): Promise<z.infer<typeof Proof>> {
  const answers = (await viewNode(cluster, from)).server !== null;
  const beyond = (lsn: string | null | undefined): boolean => lsn != null && bytesAhead(lsn, fenceLsn) >= 0;
  const { server } = await lookUntil(
    () => viewNode(cluster, to),
    (seen) => answers || beyond(seen.server?.replayedLsn),
    milliseconds(within),
    signal,
    50,
  );
  const replayed = server?.replayedLsn ?? null;
  const proved = !answers && beyond(replayed);
  return {
    proved,
    fenceLsn,
    shutdownLsn: null,
    receivedLsn: server?.lsn ?? null,
    replayedLsn: replayed,
    says: `${from} ${answers ? 'still answers' : 'does not answer any more (a person says that it is stopped)'}; it was fenced at ${fenceLsn}, and ${to} has replayed to ${replayed ?? 'nothing known'}`,
  };
}
