import { z } from 'zod';
import type * as handler from '../../../activities/pg-tviews/trigger-handler';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as refresh from '../../../activities/pg-tviews/refresh';
import type * as triggers from '../../../activities/pg-tviews/refresh-triggers';
import type * as views from '../../../activities/pg-tviews/views';
import type { Tview } from '../../../activities/pg-tviews/views';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow, write } = operations<typeof handler & typeof installation & typeof refresh & typeof triggers & typeof views>();

/** Pages of 40 views. */
const PAGES = 10;

export const restoreRefreshTriggers = defineRunbook(
  {
    id: 'restoreRefreshTriggers',
    title: 'Restore refresh triggers',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: ['disableRefreshTriggers has run and its cause is fixed'],
    covers: [],
    input: z.object({ target: TargetName }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '1 hour', validFor: '30 minutes' },
    notes: [
      'Each trigger gets the state back that was recorded when it was disabled: one that was disabled before stays so. Triggers that somebody else disabled are not touched.',
      'Then every TVIEW is made equal to its view by row locks only, because what was written meanwhile never reached them.',
    ],
  },
  async (run, { target }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const found = await run.check('Measure the triggers', read.measureRefreshTriggers({ target, on }));
    run.finishIf(found.disabled === 0 && found.replaced === 0, 'Every refresh trigger fires already.');
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

    await run.approve('Restore the refresh triggers');
    if (found.replaced > 0) await run.apply('Restore the trigger function', write.restoreTriggerHandlers({ target, on }));
    await run.apply('Restore the recorded states', write.restoreRefreshTriggers({ target, on }));
    for (const tview of tviews) await run.apply('Refresh what was written meanwhile', write.refreshTviewByRows({ target, on, tview }));

    const after = await run.verify(
      'The triggers fire again',
      read.measureRefreshTriggers({ target, on }),
      (now) => now.replaced === 0 && now.enabled > 0,
    );
    for (const tview of tviews)
      await run.verify('View and table are equal', readSlow.compareTview({ target, on, tview }), (now) => now.differing === 0 || now.queued > 0);
    return {
      summary: `${after.enabled} of ${after.triggers} refresh triggers on ${target} fire again; ${tviews.length} TVIEWs are equal to their views.`,
      advice: [
        'Watch the error rate of the application for an hour.',
        ...(after.disabled ? [`${after.disabled} triggers stay disabled: that is the state that was recorded, or somebody else disabled them.`] : []),
      ],
    };
  },
);
