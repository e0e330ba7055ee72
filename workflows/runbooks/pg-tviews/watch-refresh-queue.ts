import { z } from 'zod';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as queue from '../../../activities/pg-tviews/refresh-queue';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { defineRunbook, operations } from '../../engine';

const { read } = operations<typeof installation & typeof queue>();

export const watchRefreshQueue = defineRunbook(
  {
    id: 'watchRefreshQueue',
    title: 'Watch the refresh queue',
    system: 'pg-tviews',
    risk: 'read-only',
    useWhen: ['an alert says that the refresh queue grows', 'after draining it'],
    covers: ['tv-queue'],
    input: z.object({
      target: TargetName,
      waitFor: Span.optional().describe('waits at most so long until the queue is small again; without it, one look'),
      every: Span.default('30 seconds').describe('how often it looks while it waits'),
    }),
    example: { target: 'orders-eu', waitFor: '30 minutes' },
    notes: ['More than 100 entries or 10 minutes of age is a warning, more than 1000 or an hour is critical.'],
  },
  async (run, { target, waitFor, every }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const found = await run.check('Look at the queue', {
      queue: read.measureQueue({ target, on }),
      views: read.listQueueByView({ target, on }),
    });
    const now = waitFor
      ? await run.waitUntil('The queue is small again', { every, timeout: waitFor }, read.measureQueue({ target, on }), (seen) => seen.level === 'OK')
      : found.queue;
    const oldest = found.views.map((view) => `${view.entity} ${view.entries}${view.known ? '' : ' (no such view)'}`).join(', ');
    return {
      summary: `${now.level}: ${now.depth} entries of ${now.views} views on ${target}, the oldest ${now.oldestSeconds} s old${oldest ? `; at first: ${oldest}` : ''}.`,
      advice: [
        ...(now.level === 'OK' ? [] : [`runbook start drainRefreshQueue --target ${target}`]),
        ...(now.orphaned ? [`${now.orphaned} entries are of views that do not exist: runbook start clearRefreshQueue --target ${target}`] : []),
      ],
    };
  },
);
