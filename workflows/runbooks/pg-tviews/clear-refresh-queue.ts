import { z } from 'zod';
import type * as quarantine from '../../../activities/pg-tviews/queue-quarantine';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as queue from '../../../activities/pg-tviews/refresh-queue';
import type * as refresh from '../../../activities/pg-tviews/refresh';
import type * as views from '../../../activities/pg-tviews/views';
import type { Tview } from '../../../activities/pg-tviews/views';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow, write } = operations<typeof quarantine & typeof installation & typeof queue & typeof refresh & typeof views>();

/** Pages of 40 views. */
const PAGES = 10;

export const clearRefreshQueue = defineRunbook(
  {
    id: 'clearRefreshQueue',
    title: 'Clear the refresh queue',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: ['entries of the queue belong to views that do not exist', 'the queue is stuck and draining it fails'],
    covers: ['tv-orphans', 'tv-clear-queue'],
    input: z.object({
      target: TargetName,
      only: z.enum(['orphaned', 'all']).default('orphaned').describe('entries of views that do not exist, or every entry that is there now'),
    }),
    example: { target: 'orders-eu', only: 'orphaned' },
    approval: { quorum: 1, expiresAfter: '15 minutes', validFor: '30 minutes' },
    notes: [
      'Nothing is truncated: entries go into the table queue_quarantine beside the queue, and rolling the run back puts them into the queue again with their times.',
      'With "all", every view is made equal to its definition afterwards, because the refreshes that the entries stood for never happen.',
    ],
  },
  async (run, { target, only }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const found = await run.check('Look at the queue', {
      queue: read.measureQueue({ target, on }),
      views: read.listQueueByView({ target, on }),
    });
    run.finishIf((only === 'all' ? found.queue.depth : found.queue.orphaned) === 0, 'There is nothing to set quarantine.');
    await run.require(
      'There are not too many views',
      read.countTviews({ target, on }),
      (now) => now.tviews <= 40 * PAGES,
      `This runbook handles at most ${40 * PAGES} views, so that nothing is left out silently.`,
    );
    const tviews: Tview[] = [];
    for (let page = 1; only === 'all' && page <= PAGES; page++) {
      const next = await run.check('List the views', read.listTviews({ target, on, after: tviews.at(-1)?.entity ?? '' }));
      if (next.length === 0) break;
      tviews.push(...next);
    }

    await run.approve('Quarantine entries of the queue');
    await run.apply('Quarantine the entries', write.quarantineQueueEntries({ target, on, only }));
    for (const tview of tviews) await run.apply('Refresh what the entries stood for', write.refreshTviewByRows({ target, on, tview }));

    for (const tview of tviews)
      await run.verify('View and table are equal', readSlow.compareTview({ target, on, tview }), (now) => now.differing === 0 || now.queued > 0);
    const after = await run.verify('No orphaned entry is left', read.measureQueue({ target, on }), (now) => now.orphaned === 0);
    return {
      summary: `${found.queue.depth - after.depth} entries of the queue of ${target} were quarantined; ${after.depth} are left.`,
      advice: ['Look at queue_quarantine, and drop it when nobody needs it any more.'],
    };
  },
);
