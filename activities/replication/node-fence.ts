import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import type { Cluster } from './cluster';
import { clusterOperation } from './cluster-operation';
import { KernelFailure } from '../sql/kernel-failure';
import { primariesOf, viewCluster } from './node-view';
import { requireControl } from './rights';

const START_WITHIN_MS = 120_000;

const State = z.object({ node: z.string(), running: z.boolean().nullable(), standbySignal: z.boolean().nullable() });

async function look(cluster: Cluster, { node }: { node: string }): Promise<z.infer<typeof State>[]> {
  const { running, standbySignal } = await cluster.node(node).control.state();
  return [{ node, running, standbySignal }];
}

/** Makes sure that a node is off, and that it comes back as a standby only: every process killed, standby.signal in place. */
export const fenceNode = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string() }),
  example: { target: 'orders-eu', node: 'orders-eu-1' },
  requires: (cluster, { node }) => requireControl(cluster, node, ['fence']),
  locks: 'the server is down',
  before: State,
  look,
  does: ({ node }) => [`${node}: kill -9 of every process of the server, standby.signal in place`],
  act: async ({ cluster, input, sending, sent }) => {
    await sending();
    await cluster.node(input.node).control.fence();
    await sent();
  },
  verify: async (cluster, { node }) => {
    const { running, standbySignal } = await cluster.node(node).control.state();
    return {
      holds: running === false && standbySignal === true,
      expected: 'no process of the server, and standby.signal',
      seen: running ? `${node} still runs` : `nobody takes writes: ${node} is off${standbySignal ? '' : ', but standby.signal is missing'}`,
    };
  },
  cut: async (cluster, { node }, before) => {
    const { running, standbySignal } = await cluster.node(node).control.state();
    const asBefore = before.some((was) => was.running === running && was.standbySignal === standbySignal);
    return { holds: running !== true || asBefore, expected: `${node} is off, or as before`, seen: `${node} is ${running ? 'running' : 'off'}` };
  },
  undo: {
    by: 'unfenceNode',
    input: ({ target, node }, before) => ({ target, node, wasRunning: before[0]?.running ?? false, hadSignal: before[0]?.standbySignal ?? false }),
  },
});

/** Takes the fence of a node away: as it was before, running or not; never beside a promoted server. */
export const unfenceNode = clusterOperation({
  effect: 'write',
  input: z.object({ target: TargetName, node: z.string(), wasRunning: z.boolean(), hadSignal: z.boolean() }),
  example: { target: 'orders-eu', node: 'orders-eu-1', wasRunning: true, hadSignal: false },
  requires: (cluster, { node }) => requireControl(cluster, node, ['start']),
  locks: 'none',
  before: State,
  look,
  does: ({ node, wasRunning, hadSignal }) => [
    `${node}: ${hadSignal ? 'standby.signal stays' : 'remove standby.signal'}${wasRunning ? ', pg_ctl start' : ''}`,
  ],
  act: async ({ cluster, input: { node, wasRunning, hadSignal }, signal, sending, sent }) => {
    const others = primariesOf(await viewCluster(cluster, 1_500)).filter(({ name }) => name !== node);
    if (others.length) throw new KernelFailure('TwoPrimaries', `${others.map(({ name }) => name).join(', ')} is a primary: ${node} stays fenced.`);
    await sending();
    const { control } = cluster.node(node);
    if (!hadSignal && !(await control.state()).running) await control.unmarkStandby();
    if (wasRunning) await control.start(START_WITHIN_MS, signal);
    await sent();
  },
  verify: async (cluster, { node, wasRunning, hadSignal }) => {
    const { running, standbySignal } = await cluster.node(node).control.state();
    return {
      holds: running === wasRunning && standbySignal === hadSignal,
      expected: `${wasRunning ? 'running' : 'not running'}, standby.signal ${hadSignal ? 'there' : 'not there'}`,
      seen: `${node} is ${running ? 'running' : 'not running'}, standby.signal ${standbySignal ? 'there' : 'not there'}`,
    };
  },
  undo: { none: 'it is itself a way back' },
});
