import { z } from 'zod';
import type * as installation from '../../../activities/pg-tviews/installation';
import type * as maintenance from '../../../activities/pg-tviews/tables';
import { TargetName } from '../../contracts/params';
import { defineRunbook, operations } from '../../engine';

const { read, write } = operations<typeof installation & typeof maintenance>();

export const maintainTviews = defineRunbook(
  {
    id: 'maintainTviews',
    title: 'Maintain the TVIEWs',
    system: 'pg-tviews',
    risk: 'safe',
    useWhen: ['weekly, in the hours of low traffic', 'tv_ tables have many dead rows', 'plans over tv_ tables are bad after many refreshes'],
    covers: ['tv-maintenance'],
    input: z.object({
      target: TargetName,
      maxPages: z.int().positive().max(20).default(5).describe('at most so many times 40 tables'),
    }),
    example: { target: 'orders-eu' },
    notes: [
      'VACUUM (ANALYZE) of every tv_ table and of the tables in which pg_tviews keeps its own data, one at a time; reads and writes go on. No VACUUM FULL.',
      'Runs as the login "maintain" where that may (pg_maintain, PostgreSQL 17 and later), else as "own".',
      'It asks nobody: nothing is lost, and no table is held for longer than its own vacuum.',
    ],
  },
  async (run, { target, maxPages }) => {
    const on = await run.check('Probe pg_tviews', read.probeTviews({ target }));
    const asked = { target, on };
    const seen = await run.check('Measure the tables', {
      sum: read.measureTviewTables(asked),
      tables: read.listTviewTables(asked),
      holders: read.listXminHoldersOfTviews(asked),
    });
    run.finishIf(seen.sum.tables === 0, 'pg_tviews keeps no table here: nothing is to be vacuumed.');

    let after = '';
    for (let page = 1; page <= maxPages; page++) {
      const listed = await run.check('List the next tables', read.listMaintainedTables({ ...asked, after }));
      if (listed.length === 0) break;
      const chosen = { target, tables: listed.map(({ schema, table }) => ({ schema, table })) };
      const maintain = await run.check('Find what the login "maintain" may vacuum', read.findVacuumRight(chosen));
      if (maintain.denied === 0) await run.apply('Vacuum and analyze the tables', write.vacuumTviewTables(chosen));
      else {
        await run.require(
          'The login "own" may vacuum them',
          read.findOwnVacuumRight(chosen),
          (own) => own.denied === 0,
          `Neither login may: ${maintain.login} lacks ${maintain.deniedTables.join(', ')}. Grant pg_maintain and USAGE on the schemas to ${maintain.login} (PostgreSQL 17 and later), or the role that owns the tables to the login "own".`,
        );
        await run.apply('Vacuum and analyze the tables as their owner', write.vacuumOwnTviewTables(chosen));
      }
      after = listed[listed.length - 1]?.name ?? '';
    }

    await run.verify(
      'Every table was vacuumed today',
      read.countUnvacuumedTviews({ ...asked, within: '1 day' }),
      (now) => now.tables > 0 && now.left === 0,
    );
    const now = await run.check('Measure the tables again', { sum: read.measureTviewTables(asked), holders: read.listXminHoldersOfTviews(asked) });
    const [holder] = now.holders;
    const audited = now.sum.auditBytes > LARGE_LOG_BYTES;
    return {
      summary: `${now.sum.tables} tables of pg_tviews on ${target} are vacuumed and analyzed: ${now.sum.deadRows} dead rows where there were ${seen.sum.deadRows}, ${kibibytes(now.sum.sizeBytes)} KiB where there were ${kibibytes(seen.sum.sizeBytes)} KiB.`,
      advice: [
        ...(now.sum.deadRows > 0 && holder
          ? [
              `${now.sum.deadRows} dead rows are left. The oldest that may still see such rows: ${holder.kind} ${holder.who}, ${holder.xidAge} transactions old.`,
            ]
          : []),
        ...(audited
          ? [`The audit log has ${now.sum.auditRows} rows in ${kibibytes(now.sum.auditBytes)} KiB: archive what is older than you must keep.`]
          : []),
        'VACUUM gives no space back to the disk; a refresh by truncation does.',
      ],
    };
  },
);

const LARGE_LOG_BYTES = 100 * 1_048_576;
const kibibytes = (bytes: number): number => Math.round(bytes / 1_024);
