import { z } from 'zod';
import type * as endpoint from '../../../activities/replication/endpoint';
import type * as fence from '../../../activities/replication/fence';
import type * as following from '../../../activities/replication/following';
import type * as health from '../../../activities/replication/health';
import type * as oldPrimary from '../../../activities/replication/old-primary';
import type * as promotion from '../../../activities/replication/promotion';
import type * as rejoin from '../../../activities/replication/rejoin';
import type * as slots from '../../../activities/replication/slots';
import type * as switchoverPlan from '../../../activities/replication/switchover-plan';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { defineRunbook, operations } from '../../engine';

const { readSlow, write } = operations<
  typeof endpoint &
    typeof fence &
    typeof following &
    typeof health &
    typeof oldPrimary &
    typeof promotion &
    typeof rejoin &
    typeof slots &
    typeof switchoverPlan
>();

export const switchover = defineRunbook(
  {
    id: 'switchover',
    title: 'Switchover',
    system: 'replication',
    risk: 'irreversible',
    useWhen: ['the primary must be maintained, moved or restarted', 'the primary is ill but answers'],
    covers: ['srv-failover'],
    input: z.object({
      target: TargetName,
      candidate: z.string().min(1).optional().describe('the node to lead; chosen when left out'),
      maxLagBytes: z.int().nonnegative().default(16_777_216).describe('refuse a candidate further behind, in bytes of WAL'),
      mostTransactionSeconds: z.int().positive().default(30).describe('refuse while a transaction is open for longer'),
      drainWithin: Span.default('5 seconds').describe('how long open transactions may take to end before the endpoint is opened again'),
      stopWithin: Span.default('60 seconds').describe('how long the clean stop of the old primary may take'),
      override: z
        .array(
          z.enum([
            'replay-paused',
            'long-transaction',
            'prepared-transaction',
            'smaller-limits',
            'no-rewind',
            'archiver-behind',
            'backup-running',
            'logical-slot',
          ]),
        )
        .default([])
        .describe('refusals that you waive, by name'),
    }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '1 hour', validFor: '15 minutes' },
    notes: [
      'Until the promotion everything can be taken back: the old primary leads again and the endpoint opens on it. From the promotion on there is only forward.',
      'No acknowledged row is lost: the old primary is stopped cleanly, and the candidate must have its shutdown checkpoint before it is promoted.',
      'Where another manager (Patroni, repmgr, CloudNativePG) owns the cluster, it refuses and names the command of that manager.',
    ],
  },
  async (run, { target, candidate, maxLagBytes, mostTransactionSeconds, drainWithin, stopWithin, override }) => {
    const ready = await run.check(
      'Choose, and look for what speaks against it',
      readSlow.planSwitchover({ target, candidate, maxLagBytes, mostTransactionSeconds, override }),
    );
    const { primary, candidate: next, followers, timeline } = ready;
    const byHand = ready.primaryBy === 'person';

    await run.approve('Switch over');
    await run.apply('Write out dirty pages, make slots', write.warmUp({ target, primary, candidate: next, followers }));
    await run.apply('Close the endpoint', write.closeEndpoint({ target, how: 'drain', within: drainWithin }));
    await run.apply('Fence the old primary', write.fencePrimary({ target, node: primary }));
    let fenceLsn = '0/0';
    if (byHand) {
      const fenced = await run.check('Where the fence stands', readSlow.findPosition({ target, node: primary }));
      fenceLsn = fenced.lsn ?? fenceLsn;
      await run.approve('A person stops the old primary cleanly, marked as a standby');
    } else {
      const stopped = await run.apply('Stop the old primary', write.stopPrimary({ target, node: primary, within: stopWithin }));
      fenceLsn = stopped.sample[0]?.lsn ?? fenceLsn;
    }
    const proof = await run.require(
      'Nothing is missing on the candidate',
      readSlow.proveHandover({ target, from: primary, to: next, fenceLsn, within: '30 seconds' }),
      ({ proved }) => proved,
      'Roll back: the old primary leads again and the endpoint opens on it. Or retry, if the candidate may still be receiving.',
    );

    await run.irreversible('Promote the candidate', write.promote({ target, node: next, fromTimeline: timeline }));
    await run.apply('Verify the new primary by a first write', write.verifyPrimary({ target, node: next }));
    await run.apply('Open the endpoint on the new primary', write.openEndpointAt({ target, node: next }));

    await run.apply('Let the standbys follow', write.followPrimary({ target, primary: next, nodes: followers }));
    if (!byHand) await run.apply('Bring the old primary back as a standby', write.startAsStandby({ target, node: primary, primary: next }));
    if (!byHand)
      await run.apply(
        'Drop the slots that it left',
        write.dropMadeSlots({ target, node: primary, slots: [next, ...followers].map((node) => node.toLowerCase().replace(/[^a-z0-9_]/g, '_')) }),
      );
    const after = await run.check(
      'Look at replication again',
      readSlow.measureReplication({ target, maxLagBytes: 1_000_000_000, maxRetainedBytes: 1_000_000_000_000 }),
    );
    return {
      summary: `${next} leads ${target} instead of ${primary}. ${proof.says}. ${after.writes}; ${after.problems.length ? `still to do: ${after.problems.join(' · ')}` : 'nothing is left to do'}.`,
      advice: byHand ? [`Start ${primary} as a standby: runbook rejoinNode tells how.`] : [],
    };
  },
);
