import { z } from 'zod';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as maintenance from '../../../activities/pg-tviews/tables';
import type * as performance from '../../../activities/pg-tviews/statistics';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow } = operations<typeof installation & typeof maintenance & typeof performance>();

export const measureTviewPerformance = defineRunbook(
  {
    id: 'measureTviewPerformance',
    title: 'Measure TVIEW performance',
    system: 'pg-tviews',
    risk: 'read-only',
    useWhen: ['reads of tv_ tables or refreshes have become slow', 'before and after a change of a view or an index'],
    covers: ['tv-performance'],
    input: z.object({
      target: TargetName,
      slowMs: z.int().positive().default(1_000).describe('a refresh that took longer, in milliseconds, is called slow'),
      sequentialRows: z.int().positive().default(1_000_000).describe('a tv_ table of which more rows were read by sequential scans wants an index'),
    }),
    example: { target: 'orders-eu' },
    notes: [
      "The figures are the server's statistics since they were last reset; pg_tviews' own performance views are constants in the released extension.",
      'Statements are seen only where pg_stat_statements is installed and loaded; refresh times only where the queued interface records them. What is missing is said, and is no failure.',
    ],
  },
  async (run, { target, slowMs, sequentialRows }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const asked = { target, on };
    const seen = await run.check('Measure tables and caches', {
      sum: read.measureTviewTables(asked),
      tables: read.listTviewTables(asked),
      use: read.listTviewUse(asked),
      statistics: read.findTviewStatements({ target }),
    });
    const durations = on.dialect === 'queued' ? await run.check('Look at the refresh times', read.listRefreshDurations(asked)) : null;
    const { schema } = seen.statistics;
    const statements = schema === null ? null : await run.check('Find the slowest statements', readSlow.listTviewStatements({ ...asked, schema }));

    const slow = durations?.filter((refresh) => (refresh.durationMs ?? 0) > slowMs) ?? [];
    const scanned = seen.use.filter((table) => table.rowsBySequentialScan > sequentialRows);
    const bloated = seen.use.filter((table) => table.deadRows > BLOATED_ROWS && table.deadRows > table.liveRows * BLOATED_SHARE);
    const unread = seen.use.filter((table) => table.sequentialScans + table.indexScans === 0);
    const [worst] = statements ?? [];
    return {
      summary: `${seen.use.length} TVIEWs on ${target} in ${Math.round(seen.sum.sizeBytes / 1_048_576)} MiB; ${seen.sum.hitPercent === null ? 'nothing was read yet' : `${seen.sum.hitPercent} % of their blocks came from cache`}; ${slow.length} slow refreshes, ${scanned.length} tables read mostly by sequential scans, ${bloated.length} with many dead rows.`,
      advice: [
        ...slow
          .slice(0, 5)
          .map((refresh) => `The last refresh of ${refresh.entity} took ${Math.round(refresh.durationMs ?? 0)} ms: look at the plan of its view.`),
        ...(durations === null ? ['This version of pg_tviews records no refresh times.'] : []),
        ...scanned
          .slice(0, 5)
          .map(
            (table) =>
              `${table.table}: ${table.rowsBySequentialScan} rows were read in ${table.sequentialScans} sequential scans; an index may serve them.`,
          ),
        ...(bloated.length ? [`Many dead rows: ${bloated.map((table) => table.table).join(', ')}. runbook start maintainTviews.`] : []),
        ...(unread.length
          ? [
              `Never read since the statistics began: ${unread.map((table) => table.table).join(', ')}. Look whether anybody needs them; each costs its writers.`,
            ]
          : []),
        ...(schema === null ? [`${seen.statistics.why}.`] : []),
        ...(worst ? [`Most time in all: ${worst.query} (${worst.calls} calls, ${worst.meanMs} ms each).`] : []),
      ],
    };
  },
);

const BLOATED_ROWS = 1_000;
const BLOATED_SHARE = 0.2;
