import { z } from 'zod';
import type * as dependencies from '../../../activities/pg-tviews/dependencies';
import type { Ordered } from '../../../activities/pg-tviews/dependencies';
import type * as diagnosis from '../../../activities/pg-tviews/diagnosis';
import type * as remains from '../../../activities/pg-tviews/orphaned-triggers';
import type { Finding } from '../../../activities/pg-tviews/orphaned-triggers';
import type * as views from '../../../activities/pg-tviews/views';
import { TargetName } from '../../contracts/params';
import { Span } from '../../contracts/span';
import { pluralize } from '../../pure/pluralize';
import { defineRunbook, operations } from '../../engine';

const { read, readSlow } = operations<typeof remains & typeof views & typeof dependencies & typeof diagnosis>();

/** As many TVIEWs as one page of the list has. */
const PAGE = 10;
/** More findings than this say the same thing; all of them stand in the steps. */
const MAX_ADVICE = 50;

export const diagnoseTviews = defineRunbook(
  {
    id: 'diagnoseTviews',
    title: 'Diagnose TVIEWs',
    system: 'pg-tviews',
    risk: 'read-only',
    useWhen: [
      'a TVIEW shows old data, and nobody knows why',
      'writes fail with 42601 or 42883 since pg_tviews was touched',
      'a refresh hangs or takes long',
      'after a dump and restore, or after the extension was dropped',
    ],
    covers: ['tv-refresh-trouble'],
    input: z.object({
      target: TargetName,
      compare: z.boolean().default(true).describe('compares every TVIEW with its view, which evaluates each view twice'),
      maxTviews: z.int().positive().max(400).default(100).describe('compares at most so many TVIEWs'),
      longerThan: Span.default('1 minute').describe('how long a transaction may hold a tv_ table, or a refresh may take, before it is a finding'),
    }),
    example: { target: 'orders-eu' },
    notes: [
      "Looks at what the extension's own health check does not see: that one says OK over disabled triggers, stale rows, ghosts and lost metadata.",
    ],
  },
  async (run, { target, compare, maxTviews, longerThan }) => {
    const left = await run.check('Find pg_tviews and its triggers', read.findTviewObjects({ target }));
    run.finishIf(left.on === null && left.triggers === 0, 'pg_tviews is not in this database, and no trigger of it is left.');
    const findings: Finding[] = [...left.findings];
    let seen = `${left.triggers} triggers`;

    if (left.on !== null) {
      const here = { target, on: left.on };
      const state = await run.check('Look at tables, views, triggers and locks', {
        counted: read.countTviews(here),
        status: read.listTviewStatus(here),
        triggers: read.diagnoseTriggers(here),
        locks: read.diagnoseLocks({ ...here, longerThan }),
      });
      const unhealthy = state.status.filter(({ status }) => status !== 'OK');
      findings.push(
        ...unhealthy.map(({ entity, status, doNext }) => ({ trouble: status.toLowerCase(), subject: entity, seen: 'by the catalogue', doNext })),
      );
      findings.push(...state.triggers, ...state.locks);
      seen = `${state.counted.tviews} TVIEWs and ${seen}`;

      if (here.on.dialect === 'queued' && here.on.queue === null) findings.push(NO_QUEUE);
      if (here.on.queue !== null) findings.push(...(await run.check('Look at the queue', read.diagnoseQueue({ ...here, longerThan }))));

      const cascades = await run.check('List which TVIEW cascades to which', read.listCascades(here));
      if (cascades.length > 0) {
        const scans = cascades.map(
          (cascade) => [`${cascade.entity} to ${cascade.dependant}`, readSlow.diagnoseFanOut({ ...here, cascade })] as const,
        );
        findings.push(...Object.values(await run.check('Count the dependants of each row', Object.fromEntries(scans))).flat());
      }

      let last: Ordered | undefined;
      for (let pages = 0; compare && pages * PAGE < maxTviews; pages++) {
        const after = last ? { rank: last.rank, entity: last.tview.entity } : null;
        const next = await run.check('List the next TVIEWs', read.listTviewsInOrder({ ...here, after }));
        findings.push(...next.filter(({ lacks }) => lacks.length > 0).map(describeLack));
        const scans = next
          .filter(({ lacks }) => lacks.length === 0)
          .map(({ tview }) => [tview.entity, readSlow.diagnoseTview({ ...here, tview })] as const);
        if (scans.length > 0) findings.push(...Object.values(await run.check('Compare them with their views', Object.fromEntries(scans))).flat());
        last = next.at(-1);
        if (next.length < PAGE) break;
      }
    }

    const troubles = [...new Set(findings.map(({ trouble }) => trouble))];
    return {
      summary: `${findings.length ? `${pluralize(findings.length, 'finding')} (${troubles.join(', ')})` : 'Nothing is wrong'} among ${seen} on ${target}${compare ? '' : '; the TVIEWs were not compared with their views'}.`,
      advice: [
        ...findings.slice(0, MAX_ADVICE).map((one) => `${one.subject}: ${one.trouble}; ${one.seen}. Next: ${one.doNext}.`),
        ...(findings.length > MAX_ADVICE ? [`${findings.length - MAX_ADVICE} more findings stand in the steps.`] : []),
      ],
    };
  },
);

const NO_QUEUE: Finding = {
  trouble: 'queue missing',
  subject: 'pg_tviews',
  seen: 'no table with entity_name and entry_time was found, although this interface queues its refreshes',
  doNext: 'let the login "read" see the schema of the queue, or create the queue again with the script that installed pg_tviews',
};

const describeLack = ({ tview, lacks }: Ordered): Finding => ({
  trouble: 'altered table',
  subject: tview.entity,
  seen: `${tview.table} lacks columns of its view: ${lacks.join(', ')}`,
  doNext: 'restore the columns, or drop and create the TVIEW again',
});
