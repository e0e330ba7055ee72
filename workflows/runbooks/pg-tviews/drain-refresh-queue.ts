import { z } from 'zod';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as queue from '../../../activities/pg-tviews/refresh-queue';
import type * as refresh from '../../../activities/pg-tviews/refresh';
import type * as triggers from '../../../activities/pg-tviews/refresh-triggers';
import type * as views from '../../../activities/pg-tviews/views';
import type { Tview } from '../../../activities/pg-tviews/views';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow, write } = operations<typeof installation & typeof queue & typeof refresh & typeof triggers & typeof views>();

/** Pages of 40 views. */
const PAGES = 10;

export const drainRefreshQueue = defineRunbook(
  {
    id: 'drainRefreshQueue',
    title: 'Drain the refresh queue',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: ['more than 1000 refreshes are queued', 'the oldest entry of the queue has waited over 30 minutes'],
    covers: ['tv-drain'],
    input: z.object({
      target: TargetName,
      viewsPerRound: z.int().positive().max(40).default(5).describe('how many views are refreshed in one step, those with the oldest entries first'),
      maxRounds: z.int().positive().max(200).default(50).describe('at most so many rounds'),
    }),
    example: { target: 'orders-eu', viewsPerRound: 5 },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'One refresh of a view covers all its entries, so none is refreshed twice without need. Entries of views that do not exist stay: clearRefreshQueue quarantines them.',
      'What is written while the triggers are paused never enters the queue; so every view is made equal at the end, and compared.',
      'Writers go on and fill the queue again: the backlog is gone when no entry is older than 10 minutes.',
    ],
  },
  async (run, { target, viewsPerRound, maxRounds }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const queue = await run.check('Measure the queue', read.measureQueue({ target, on }));
    run.finishIf(queue.depth === queue.orphaned, 'The queue holds nothing that can be refreshed.');
    await run.require(
      'There are not too many views',
      read.countTviews({ target, on }),
      (now) => now.tviews <= 40 * PAGES,
      `This runbook handles at most ${40 * PAGES} views, so that nothing is left out silently.`,
    );
    const tviews: Tview[] = [];
    for (let page = 1; page <= PAGES; page++) {
      const next = await run.check('List the views', read.listTviews({ target, on, after: tviews.at(-1)?.entity ?? '' }));
      if (next.length === 0) break;
      tviews.push(...next);
    }

    await run.approve('Drain the queue');
    await run.during('Refresh triggers paused', write.disableRefreshTriggers({ target, on }), async () => {
      for (let round = 1; round <= maxRounds; round++) {
        const now = await run.check('Measure again', read.measureQueue({ target, on }));
        if (now.depth === now.orphaned) break;
        await run.apply(
          'Refresh the views with the oldest entries',
          write.refreshQueued({ target, on, views: viewsPerRound, limit: viewsPerRound * maxRounds }),
        );
      }
    });
    for (const tview of tviews) await run.apply('Refresh what was written meanwhile', write.refreshTviewByRows({ target, on, tview }));

    for (const tview of tviews)
      await run.verify('View and table are equal', readSlow.compareTview({ target, on, tview }), (now) => now.differing === 0 || now.queued > 0);
    const after = await run.verify('The backlog is gone', read.measureQueue({ target, on }), (now) => now.oldestKnownSeconds <= 600);
    return {
      summary: `The queue of ${target} went from ${queue.depth} entries to ${after.depth}; ${tviews.length} TVIEWs are equal to their views.`,
      advice: [
        ...(after.orphaned ? [`${after.orphaned} entries are of views that do not exist: runbook start clearRefreshQueue --target ${target}`] : []),
        'Find out why the queue was not processed: it will fill again otherwise.',
      ],
    };
  },
);
