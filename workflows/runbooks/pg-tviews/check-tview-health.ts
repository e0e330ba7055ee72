import { z } from 'zod';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as queue from '../../../activities/pg-tviews/refresh-queue';
import type * as triggers from '../../../activities/pg-tviews/refresh-triggers';
import type * as views from '../../../activities/pg-tviews/views';
import type { Tview } from '../../../activities/pg-tviews/views';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow } = operations<typeof installation & typeof queue & typeof triggers & typeof views>();

/** Pages of 40 views. */
const PAGES = 10;

export const checkTviewHealth = defineRunbook(
  {
    id: 'checkTviewHealth',
    title: 'Check TVIEW health',
    system: 'pg-tviews',
    risk: 'read-only',
    useWhen: ['users report stale data in a TVIEW', 'after an emergency, a restore or maintenance', 'every few hours, from a schedule'],
    covers: ['tv-health'],
    input: z.object({
      target: TargetName,
      full: z.boolean().default(false).describe('also compares each TVIEW with its view, row by row: two evaluations of every view'),
    }),
    example: { target: 'orders-eu', full: true },
    notes: [
      'The quick check reads the catalogue only and cannot see stale rows; the full one sees every difference.',
      'The health check of the extension itself is not asked: it says OK over disabled triggers, stale rows and ghosts.',
    ],
  },
  async (run, { target, full }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const found = await run.check('Look at the catalogue', {
      counts: read.countTviews({ target, on }),
      triggers: read.measureRefreshTriggers({ target, on }),
      views: read.listTviewStatus({ target, on }),
    });
    const queue = on.queue ? await run.check('Measure the queue', read.measureQueue({ target, on })) : null;
    const stale: string[] = [];
    const tviews: Tview[] = [];
    for (let page = 1; full && page <= PAGES; page++) {
      const next = await run.check('List the views', read.listTviews({ target, on, after: tviews.at(-1)?.entity ?? '' }));
      if (next.length === 0) break;
      tviews.push(...next);
    }
    for (const tview of tviews) {
      const now = await run.check('Compare a view with its table', readSlow.compareTview({ target, on, tview }));
      if (now.differing > 0)
        stale.push(`${now.entity} (${now.differing} rows differ, ${now.ghosts} ghosts${now.queued ? `, ${now.queued} queued` : ''})`);
    }

    const unhealthy = found.views.filter((view) => view.status !== 'OK');
    const lost = found.counts.tviews === 0 && found.triggers.triggers > 0;
    const noQueue = on.dialect === 'queued' && on.queue === null;
    const healthy =
      !lost && !noQueue && unhealthy.length === 0 && stale.length === 0 && found.triggers.replaced === 0 && (queue?.level ?? 'OK') === 'OK';
    const parts = [
      `${found.counts.tviews} TVIEWs, ${found.triggers.triggers} refresh triggers`,
      ...(lost ? ['the metadata is empty, so nothing is refreshed'] : []),
      ...(noQueue ? ['the queue was not found'] : []),
      ...unhealthy.map((view) => `${view.entity}: ${view.status}`),
      ...(found.triggers.replaced ? ['the trigger function does nothing'] : []),
      ...(queue && queue.level !== 'OK' ? [`queue ${queue.level}: ${queue.depth} entries, the oldest ${queue.oldestSeconds} s old`] : []),
      ...stale.map((view) => `stale: ${view}`),
      ...(full ? [] : ['stale rows were not looked for (full: true does)']),
      ...(full && tviews.length < found.counts.ok ? [`only ${tviews.length} of them were compared`] : []),
    ];
    return {
      summary: `${healthy ? 'Healthy' : 'NOT HEALTHY'}: ${parts.join('; ')}.`,
      advice: [
        ...unhealthy.map((view) => `${view.entity}: ${view.doNext}`),
        ...(found.triggers.replaced ? [`runbook start restoreRefreshTriggers --target ${target}`] : []),
        ...(queue && queue.level !== 'OK' ? [`runbook start drainRefreshQueue --target ${target}`] : []),
        ...(stale.length ? [`runbook start refreshAllTviews --target ${target}`] : []),
        ...(found.counts.tviews === 0
          ? ['The metadata is empty: after a logical restore it is lost, and TVIEWs go stale silently. runbook start diagnoseTviews']
          : []),
      ],
    };
  },
);
