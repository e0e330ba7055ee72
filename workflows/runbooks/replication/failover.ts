import { z } from 'zod';
import type * as endpoint from '../../../activities/replication/endpoint';
import type * as evidence from '../../../activities/replication/failover-evidence';
import type * as following from '../../../activities/replication/following';
import type * as health from '../../../activities/replication/health';
import type * as nodeFence from '../../../activities/replication/node-fence';
import type * as promotion from '../../../activities/replication/promotion';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { defineRunbook, operations } from '../../engine';

const { readSlow, write } = operations<typeof endpoint & typeof evidence & typeof following & typeof health & typeof nodeFence & typeof promotion>();

export const failover = defineRunbook(
  {
    id: 'failover',
    title: 'Failover',
    system: 'replication',
    risk: 'irreversible',
    useWhen: ['the primary is dead and will not be back soon', 'the primary hangs and nobody can reach it'],
    covers: [],
    input: z.object({
      target: TargetName,
      observe: Span.default('5 seconds').describe(
        'how long the primary must stay silent at least; longer where a standby still holds its connection to it',
      ),
      maxLossBytes: z
        .union([z.int().nonnegative(), z.literal('unknown')])
        .default(0)
        .describe('bytes of acknowledged WAL that the business accepts to lose; "unknown" accepts a loss that nobody can tell'),
    }),
    example: { target: 'orders-eu', maxLossBytes: 0 },
    approval: { quorum: 1, expiresAfter: '30 minutes', validFor: '10 minutes' },
    notes: [
      'It refuses while the primary answers, or while any standby still hears it: unreachable is not dead. Then the runbook switchover is right.',
      'With asynchronous replication commits may be lost. The plan says how many bytes at most, or "unknown", and never 0 without a proof.',
      'The old primary stays off and fenced: the runbook rejoinNode brings it back as a standby.',
    ],
  },
  async (run, { target, observe, maxLossBytes }) => {
    const seen = await run.check('Is the primary gone?', readSlow.observePrimary({ target, within: observe }));
    const { dead, standbys, mayStillWrite } = seen;
    const byHand = seen.deadBy === 'person';
    const now = await run.check(
      'Who would lead, and what may be lost',
      readSlow.chooseCandidate({ target, among: standbys, mayStillWrite, maxLossBytes }),
    );

    await run.approve('Fail over');
    await run.apply('Close the endpoint', write.closeEndpoint({ target, how: 'kill', within: '10 seconds' }));
    if (byHand) await run.approve('A person attests that the old primary is off and stays off');
    else await run.apply('Fence the old primary', write.fenceNode({ target, node: dead }));
    await run.apply('Detach the standbys', write.detachStandbys({ target, nodes: standbys }));
    const chosen = await run.check(
      'Who leads, now that nothing moves',
      readSlow.chooseCandidate({ target, among: [...standbys], mayStillWrite, maxLossBytes }),
    );
    const { candidate, followers, timeline } = chosen;

    await run.irreversible('Promote the candidate', write.promote({ target, node: candidate, fromTimeline: timeline }));
    await run.apply('Verify the new primary by a first write', write.verifyPrimary({ target, node: candidate }));
    await run.apply('Open the endpoint on the new primary', write.openEndpointAt({ target, node: candidate }));
    await run.apply('Let the other standbys follow', write.followPrimary({ target, primary: candidate, nodes: followers }));
    const after = await run.check(
      'Look at replication again',
      readSlow.measureReplication({ target, maxLagBytes: 1_000_000_000, maxRetainedBytes: 1_000_000_000_000 }),
    );
    const lost = chosen.proved || chosen.loseBytes === null ? chosen.loss : `at most ${chosen.loseBytes} bytes of WAL (${chosen.loss})`;
    return {
      summary: `${candidate} leads ${target} instead of ${dead}${byHand ? ', which is off by the word of a person' : ''}. Lost: ${lost}. ${after.writes}.`,
      advice: [
        byHand
          ? `Keep ${dead} off until it is made a standby of ${candidate}: nothing but a person's word says that it is, and what it took after the fork is on no other node. Runbook rejoinNode says how.`
          : `${dead} is fenced and stays off: runbook rejoinNode brings it back, and asks first whether to keep what it had and no other node has.`,
        ...(chosen.proved ? [] : ['Compare what applications believe was stored in the last seconds with what is there.']),
        ...(now.candidate === candidate ? [] : [`Planned was ${now.candidate}; when nothing moved any more ${candidate} was further.`]),
      ],
    };
  },
);
