import { z } from 'zod';
import type * as health from '../../../activities/replication/health';
import { TargetName } from '../../contracts/params';
import { pluralize } from '../../pure/pluralize';
import { defineRunbook, operations } from '../../engine';

const { readSlow } = operations<typeof health>();

export const checkReplication = defineRunbook(
  {
    id: 'checkReplication',
    title: 'Check replication',
    system: 'replication',
    risk: 'read-only',
    useWhen: ['replication lag alerts', 'a standby is missing, or a slot holds WAL back', 'before a switchover, and after a failover'],
    covers: [],
    input: z.object({
      target: TargetName,
      maxLagBytes: z.int().nonnegative().default(100_000_000).describe('a standby further behind is a problem, in bytes of WAL'),
      maxRetainedBytes: z.int().nonnegative().default(1_000_000_000).describe('a slot that holds back more is a problem, in bytes of WAL'),
    }),
    example: { target: 'orders-eu' },
    notes: ['A standby that is down has no row anywhere: nodes are compared with targets.yaml, so name all of them there.'],
  },
  async (run, { target, maxLagBytes, maxRetainedBytes }) => {
    const seen = await run.check('Look at every node and the endpoint', readSlow.measureReplication({ target, maxLagBytes, maxRetainedBytes }));
    const standbys = seen.nodes.filter(({ role }) => role === 'standby').length;
    return {
      summary: `${seen.writes}; ${pluralize(standbys, 'standby')} answering; endpoint ${seen.endpoint}. ${seen.problems.length ? `${pluralize(seen.problems.length, 'problem')}: ${seen.problems.join(' · ')}` : 'No problem found.'}`,
      advice: adviceFor(seen.problems),
    };
  },
);

/** What an operator does next, for each kind of problem. */
function adviceFor(problems: readonly string[]): string[] {
  const has = (text: string): boolean => problems.some((problem) => problem.includes(text));
  return [
    ...(has('no node is a primary') ? ['No primary answers: runbook failover collects the evidence and plans the promotion.'] : []),
    ...(has('more than one node accepts writes') ? ['Fence the one that the endpoint does not point at, then runbook rejoinNode for it.'] : []),
    ...(has('receives nothing') || has('heard nothing') ? ["Read the standby's server log; runbook rejoinNode brings it back."] : []),
    ...(has('holds') ? ['Drop a slot that no standby will use again (pg_drop_replication_slot), or bring its standby back.'] : []),
    ...(has('bytes behind') ? ['Look for a long query on the standby, its disk, and the network; do not switch over to it.'] : []),
  ];
}
