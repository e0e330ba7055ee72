import { z } from 'zod';
import type * as leftover from '../../../activities/pg-tviews/orphaned-triggers';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof leftover>();

export const dropOrphanedTriggers = defineRunbook(
  {
    id: 'dropOrphanedTriggers',
    title: 'Drop orphaned triggers',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: ['every write to some tables fails with 42883 since pg_tviews was dropped', 'diagnoseTviews says "every write fails"'],
    covers: [],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'DROP EXTENSION leaves its triggers behind; they call functions that are gone. Installing the same release again is the alternative.',
      'Found by the function that they call, never by a pattern of names; a trigger whose function is whole stays.',
      'The tv_ tables stay as they are: snapshots that nothing refreshes any more.',
    ],
  },
  async (run, { target }) => {
    const found = await run.check('Find triggers whose function is broken', read.listOrphanedTriggers({ target }));
    run.finishIf(found.length === 0, 'No trigger of pg_tviews needs what does not exist.');

    await run.approve('Drop the orphaned triggers');
    const dropped = await run.apply('Drop the orphaned triggers', write.dropOrphanedTriggers({ target }));

    await run.verify('No orphaned trigger is left', read.listOrphanedTriggers({ target }), (left) => left.length === 0);
    const tables = [...new Set(dropped.sample.map((one) => `${one.schema}.${one.table}`))];
    return {
      summary: `${dropped.count} orphaned triggers were dropped on ${target}; writes to ${tables.join(', ')} do not call pg_tviews any more.`,
      advice: [
        'The tv_ tables are snapshots now. Install pg_tviews again and build each TVIEW from its definition, or tell their readers.',
        'Next time pg_tviews_drop for each TVIEW first, then DROP EXTENSION.',
      ],
    };
  },
);
