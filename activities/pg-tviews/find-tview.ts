import { z } from 'zod';
import { KernelFailure } from '../sql/kernel-failure';
import { operation } from '../effects/operation';
import { one, type Answer } from '../sql/rows';
import { sql } from '../sql/sql';
import { RELEASED } from './examples';
import { OnTarget } from './installation';
import { Tview, tviews, whole } from './views';

const Seen = z.object({
  asked: z.string(),
  entity: z.string().nullable(),
  state: z.enum(['whole', 'unknown', 'table missing', 'view missing']),
  lacks: z.array(z.string()).nullable(),
  tview: Tview.nullable(),
  keyed: z.boolean().nullable(),
  referenced: z.boolean().nullable(),
  known: z.array(z.string()),
});

const Found = z.object({ tview: Tview, keyed: z.boolean(), referenced: z.boolean() });

/** Why a TVIEW cannot be worked on, with the next step; null where it can. */
function findObstacle({ asked, entity, state, lacks, known }: z.infer<typeof Seen>): string | null {
  if (state === 'unknown')
    return `pg_tviews knows no entity "${asked}". It knows: ${known.length ? known.join(', ') : 'none (the metadata is empty: runbook start diagnoseTviews)'}.`;
  const name = entity ?? asked;
  if (state === 'table missing') return `The table of ${name} was dropped. Build it again from its definition: runbook start rebuildTview.`;
  if (state === 'view missing') return `The view of ${name} was dropped. Build it again from its definition: runbook start rebuildTview.`;
  if (lacks?.length)
    return `The table of ${name} lacks columns of its view (${lacks.join(', ')}): it was altered by hand. Restore the columns, or drop and create the TVIEW again.`;
  return null;
}

/** The one TVIEW, or PreconditionUnmet with what to do. */
const there: Answer<z.infer<typeof Found>> = {
  cardinality: 'one',
  take: (rows) => {
    const seen = one(Seen).take(rows);
    const why = findObstacle(seen);
    if (why !== null) throw new KernelFailure('PreconditionUnmet', why);
    return one(Found).take([{ tview: seen.tview, keyed: seen.keyed, referenced: seen.referenced }]);
  },
};

/**
 * One TVIEW by the name of its entity, with or without `tv_`; refuses with PreconditionUnmet where it is unknown or lacks its table or view.
 *
 * `keyed`: rows can be refreshed by its key; `referenced`: a foreign key forbids to truncate it. Sources: the metadata, pg_index, pg_constraint. Procedure tv-refresh.
 */
export const findTview = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget.extend({ entity: z.string().min(1).max(200) }),
  example: { ...RELEASED, entity: 'order' },
  answer: there,
  statement: ({ on, entity }) => sql`
    with meta as materialized (${tviews(on)}),
         wanted as (select * from meta where entity in (${entity}, 'tv_' || ${entity}, regexp_replace(${entity}, '^tv_', '')) order by entity = ${entity} desc, entity limit 1)
    select ${entity}::text as asked, m.entity, w.lacks, w.keyed, w.referenced,
           case when m.entity is null then 'unknown' when m.table_oid is null then 'table missing' when m.view_oid is null then 'view missing' else 'whole' end as state,
           case when w.entity is not null then jsonb_build_object('entity', w.entity, 'schema', w.schema, 'table', w."table", 'viewSchema', w."viewSchema", 'view', w.view, 'columns', w.columns, 'key', w.key) end as tview,
           array(select entity from meta order by entity limit 20) as known
      from (select) asked left join wanted m on true left join (${whole(on)}) w on w.entity = m.entity`,
});
