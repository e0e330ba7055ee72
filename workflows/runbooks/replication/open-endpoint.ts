import { z } from 'zod';
import type * as endpoint from '../../../activities/replication/endpoint';
import type * as leader from '../../../activities/replication/leader';
import type * as promotion from '../../../activities/replication/promotion';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { readSlow, write } = operations<typeof endpoint & typeof leader & typeof promotion>();

export const openEndpoint = defineRunbook(
  {
    id: 'openEndpoint',
    title: 'Open the endpoint on the primary',
    system: 'replication',
    risk: 'disruptive',
    useWhen: ['a switchover or failover was terminated and left the endpoint closed', 'the endpoint is closed, or points at no primary'],
    covers: [],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '1 hour', validFor: '15 minutes' },
    notes: [
      'It opens only where exactly one node is a primary and every other node answers as a standby or is known to be stopped and marked as one.',
      'Where nothing was promoted yet, recover the terminated run instead: its ways back open the endpoint on the old primary.',
    ],
  },
  async (run, { target }) => {
    const { primary, endpointOpen, endpointAt } = await run.check('Which node leads, and may no other', readSlow.findLeader({ target }));
    run.finishIf(endpointOpen && endpointAt === primary, `The endpoint is open on ${primary}, the only primary.`);

    await run.approve('Open the endpoint');
    await run.apply('Close the endpoint', write.closeEndpoint({ target, how: 'kill', within: '10 seconds' }));
    await run.apply('Verify the primary by a first write', write.verifyPrimary({ target, node: primary }));
    await run.apply('Open the endpoint on the primary', write.openEndpointAt({ target, node: primary }));
    return { summary: `${primary} takes writes of ${target} through the endpoint.` };
  },
);
