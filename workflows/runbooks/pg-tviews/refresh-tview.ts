import { z } from 'zod';
import type * as dependencies from '../../../activities/pg-tviews/dependencies';
import type * as find from '../../../activities/pg-tviews/find-tview';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as refresh from '../../../activities/pg-tviews/refresh';
import type * as views from '../../../activities/pg-tviews/views';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow, write } = operations<typeof installation & typeof find & typeof views & typeof dependencies & typeof refresh>();

const OTHER_WAY = {
  rows: 'No unique index stands on its key alone, so its rows cannot be told apart. Start it again with how "truncate".',
  truncate: 'A foreign key references its table, which therefore cannot be truncated. Start it again with how "rows".',
} as const;

export const refreshTview = defineRunbook(
  {
    id: 'refreshTview',
    title: 'Refresh a TVIEW',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: ['a TVIEW shows old data', 'rows that were deleted are still in a TVIEW', 'triggers were disabled during a bulk load'],
    covers: ['tv-refresh'],
    input: z.object({
      target: TargetName,
      entity: z.string().min(1).max(200).describe('the entity as pg_tviews knows it, with or without "tv_"'),
      how: z
        .enum(['rows', 'truncate'])
        .default('rows')
        .describe('"rows": changes the rows that differ while readers go on; "truncate": truncates and fills the table, its readers wait'),
      force: z.boolean().default(false).describe('refreshes it also where it equals its view already'),
    }),
    example: { target: 'orders-eu', entity: 'order' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'Asks only for how "truncate": its readers wait until the end, and snapshots older than the refresh see an empty table.',
      'The comparison evaluates the view twice, before and after; it is the only measure that sees every stale row and every ghost.',
    ],
  },
  async (run, { target, entity, how, force }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const { tview } = await run.require(
      'The TVIEW can be refreshed this way',
      read.findTview({ target, on, entity }),
      ({ keyed, referenced }) => (how === 'rows' ? keyed : !referenced),
      OTHER_WAY[how],
    );
    const before = await run.check('Compare it with its view', readSlow.compareTview({ target, on, tview }));
    run.finishIf(before.differing === 0 && !force, 'It equals its view already.');
    const relatives = await run.check('List what can be stale with it', read.listRelatives({ target, on, entity: tview.entity }));

    await run.approve('Truncate and fill the table', { unless: how === 'rows' });
    const refreshTview = how === 'rows' ? write.refreshTviewByRows : write.refreshTviewByTruncate;
    await run.apply('Refresh the TVIEW', refreshTview({ target, on, tview }));

    const after = await run.verify('It equals its view', readSlow.compareTview({ target, on, tview }), ({ differing }) => differing === 0);
    const suspects = relatives.filter(({ relation }) => relation === 'dependant' || before.ghosts > 0).map((one) => one.entity);
    return {
      summary: `${tview.table} on ${target} equals its view again: ${before.missing} rows were missing or old, ${before.surplus} surplus, ${before.ghosts} of those ghosts; it has ${after.rows} rows now.`,
      advice: [
        ...(suspects.length
          ? [
              `These may be stale too: ${suspects.join(', ')}. A refresh does not cascade: runbook start refreshAllTviews, which refreshes those that differ.`,
            ]
          : []),
        ...(before.differing > 0 ? ['If you do not know why it was stale: runbook start diagnoseTviews.'] : []),
      ],
    };
  },
);
