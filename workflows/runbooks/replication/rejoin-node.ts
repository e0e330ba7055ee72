import { z } from 'zod';
import type * as health from '../../../activities/replication/health';
import type * as nodeFence from '../../../activities/replication/node-fence';
import type * as rejoin from '../../../activities/replication/rejoin';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { readSlow, write } = operations<typeof health & typeof nodeFence & typeof rejoin>();

export const rejoinNode = defineRunbook(
  {
    id: 'rejoinNode',
    title: 'Rejoin a node',
    system: 'replication',
    risk: 'irreversible',
    useWhen: [
      'an old primary was fenced by a failover',
      'a standby has diverged, or its slot was lost',
      'a new replica is to be made from the primary',
    ],
    covers: [],
    input: z.object({
      target: TargetName,
      node: z.string().min(1).describe('the node to bring back, as targets.yaml names it'),
      keepDiverged: z.boolean().default(true).describe('keep the old data directory beside the new one, where it must be copied anew'),
      byCopy: z.boolean().default(false).describe('copy anew even where a rewind could do'),
    }),
    example: { target: 'orders-eu', node: 'orders-eu-1' },
    approval: { quorum: 1, expiresAfter: '4 hours', validFor: '30 minutes' },
    notes: [
      'It finds out by itself whether a start is enough, or a rewind, or a new copy; only the last two discard anything, and say what.',
      'A new replica: name it in targets.yaml with an empty data directory and this worker on its machine, then run this for it.',
      'A rewind throws away what the node wrote after the fork. Ask for a copy with keepDiverged to be able to look at that later.',
    ],
  },
  async (run, { target, node, keepDiverged, byCopy }) => {
    const found = await run.require(
      'How can it come back?',
      readSlow.diagnoseNode({ target, node }),
      ({ way, primary }) => way !== 'refused' && primary !== null,
      'There must be exactly one other node that is a primary: look at checkReplication first.',
    );
    run.finishIf(found.way === 'follows', `${found.says}.`);
    const primary = found.primary ?? '';
    const copy = found.way === 'reclone' || (byCopy && found.way === 'rewind');

    await run.approve('Bring it back');
    if (found.writable || found.way === 'rewind' || copy) await run.apply('Make sure that it is off', write.fenceNode({ target, node }));
    if (copy)
      await run.irreversible(
        'Copy it anew',
        write.recloneNode({ target, node, primary, keepAs: keepDiverged ? `diverged-${run.startedAt.slice(0, 19).replace(/[-:T]/g, '')}` : null }),
      );
    else if (found.way === 'rewind') await run.irreversible('Rewind it', write.rewindNode({ target, node, primary }));
    await run.apply('Start it as a standby', write.startAsStandby({ target, node, primary }));
    const after = await run.check(
      'Look at replication again',
      readSlow.measureReplication({ target, maxLagBytes: 1_000_000_000, maxRetainedBytes: 1_000_000_000_000 }),
    );
    return {
      summary: `${node} follows ${primary}. ${found.says}. ${after.problems.length ? `Still to do: ${after.problems.join(' · ')}` : 'Nothing is left to do.'}`,
    };
  },
);
