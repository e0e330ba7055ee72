import { z } from 'zod';
import type * as dependencies from '../../../activities/pg-tviews/dependencies';
import type { Ordered } from '../../../activities/pg-tviews/dependencies';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as refresh from '../../../activities/pg-tviews/refresh';
import type * as views from '../../../activities/pg-tviews/views';
import type * as server from '../../../activities/postgres/server';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { milliseconds } from '../../pure/span';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow, write } = operations<typeof installation & typeof views & typeof dependencies & typeof refresh & typeof server>();

/** As many TVIEWs as one page of the list has. */
const PAGE = 10;
/** What `apply` returns for a refresh that an operator has skipped; a refresh that was done has found its table. */
const SKIPPED = { count: 0, sample: [] };

export const refreshAllTviews = defineRunbook(
  {
    id: 'refreshAllTviews',
    title: 'Refresh all TVIEWs',
    system: 'pg-tviews',
    risk: 'disruptive',
    useWhen: ['several TVIEWs show old data', 'triggers were disabled for a while', 'a dump was restored, or a bulk load is over'],
    covers: ['tv-refresh-all'],
    input: z.object({
      target: TargetName,
      how: z
        .enum(['rows', 'truncate'])
        .default('rows')
        .describe('"rows": changes the rows that differ while readers go on; "truncate": truncates and fills each table, its readers wait'),
      onlyStale: z.boolean().default(true).describe('compares each TVIEW with its view first, and refreshes those that differ'),
      pause: Span.default('1 second').describe('how long it waits between two TVIEWs, so that writers and standbys catch up'),
      maxTviews: z.int().positive().max(400).default(100).describe('at most so many TVIEWs; a database with more is refused, never done by half'),
    }),
    example: { target: 'orders-eu' },
    approval: { quorum: 1, expiresAfter: '30 minutes', validFor: '2 hours' },
    notes: [
      'One transaction for each TVIEW, those that others embed first: several refreshes in one transaction deadlock with ordinary writers.',
      'A run that is cut off goes on with the TVIEW after the last one that was done. One that fails parks the run; skip goes on without it.',
      'Asks only for how "truncate": the readers of one table at a time wait.',
    ],
  },
  async (run, { target, how, onlyStale, pause, maxTviews }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const counted = await run.require(
      'There are not too many TVIEWs',
      read.countTviews({ target, on }),
      ({ tviews }) => tviews <= maxTviews,
      `This database has more than ${maxTviews} TVIEWs. Start it again with a larger maxTviews.`,
    );

    const all: Ordered[] = [];
    const differing = new Map<string, number>();
    for (let pages = 0; pages * PAGE < maxTviews; pages++) {
      const last = all.at(-1);
      const after = last ? { rank: last.rank, entity: last.tview.entity } : null;
      const next = await run.check('List the next TVIEWs in their order', read.listTviewsInOrder({ target, on, after }));
      all.push(...next);
      const comparable = onlyStale ? next.filter(({ lacks }) => lacks.length === 0) : [];
      if (comparable.length > 0) {
        const scans = comparable.map(({ tview }) => [tview.entity, readSlow.compareTview({ target, on, tview })] as const);
        const compared = await run.check('Compare them with their views', Object.fromEntries(scans));
        for (const seen of Object.values(compared)) differing.set(seen.entity, seen.differing);
      }
      if (next.length < PAGE) break;
    }
    // What was not compared counts as stale.
    const wanted = all.filter(({ tview }) => differing.get(tview.entity) !== 0);
    run.finishIf(all.length === 0, 'There is no TVIEW that has its table and its view.');
    run.finishIf(wanted.length === 0, `All ${all.length} TVIEWs equal their views already.`);
    const fits = ({ keyed, referenced, lacks }: Ordered): boolean => lacks.length === 0 && (how === 'rows' ? keyed : !referenced);
    const fitting = wanted.filter(fits);

    await run.approve('Truncate and fill the tables', { unless: how === 'rows' });
    const span = milliseconds(pause);
    const skipped: string[] = [];
    for (const [done, { tview }] of fitting.entries()) {
      if (done > 0 && span > 0) {
        const since = await run.check('Read the clock', read.readServerClock({ target }));
        const timeout = `${Math.max(10 * span, 10_000)} milliseconds`;
        await run.waitUntil(
          'Wait between two TVIEWs',
          { every: pause, timeout },
          read.readServerClock({ target }),
          ({ at }) => at >= since.at + span,
        );
      }
      const one = { target, on, tview };
      const found =
        how === 'rows'
          ? await run.apply('Refresh a TVIEW', write.refreshTviewByRows(one), { ifSkipped: SKIPPED })
          : await run.apply('Refresh a TVIEW', write.refreshTviewByTruncate(one), { ifSkipped: SKIPPED });
      if (found.count === 0) skipped.push(tview.entity);
    }

    for (const { tview } of fitting.filter((one) => !skipped.includes(one.tview.entity)))
      await run.verify('The TVIEW equals its view', readSlow.compareTview({ target, on, tview }), (now) => now.differing === 0 || now.queued > 0);

    const unfit = wanted.filter((one) => !fits(one)).map(({ tview }) => tview.entity);
    const broken = counted.tviews - counted.ok;
    return {
      summary: [
        `${fitting.length - skipped.length} of ${all.length} TVIEWs on ${target} were refreshed and equal their views`,
        ...(onlyStale ? [`${[...differing.values()].reduce((sum, rows) => sum + rows, 0)} rows differed before`] : []),
        ...(skipped.length ? [`skipped: ${skipped.join(', ')}`] : []),
        ...(unfit.length ? [`cannot be refreshed by ${how}: ${unfit.join(', ')}`] : []),
      ].join('; '),
      advice: [
        ...[...skipped, ...unfit].map((entity) => `${entity} may still be stale: runbook start refreshTview, which says why and what to do.`),
        ...(broken > 0 ? [`${broken} TVIEWs have lost their table or view: runbook start diagnoseTviews names them.`] : []),
      ],
    };
  },
);
