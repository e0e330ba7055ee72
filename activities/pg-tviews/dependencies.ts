import { z } from 'zod';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { RELEASED } from './examples';
import { OnTarget, type Installation } from './installation';
import { Tview, tviews, whole } from './views';

/**
 * Which TVIEW embeds the rows of which: `entity`, its `dependant`, and the column of the dependant that holds the key (null where only views nest).
 *
 * The released extension cascades along the `fk_<entity>` columns of its metadata; the queued interface stores none, so the views themselves are asked.
 */
export function edges(on: Installation): Sql {
  if (on.dialect === 'immediate') {
    const meta = sql.identifier(on.schema, 'pg_tview_meta');
    return sql`
      select p.entity, d.entity as dependant, 'fk_' || p.entity as "column"
        from ${meta} p join ${meta} d on d.entity <> p.entity and 'fk_' || p.entity = any(d.fk_columns)`;
  }
  return sql`
    select distinct p.entity, d.entity as dependant, null::text as "column"
      from (${tviews(on)}) d
      join pg_rewrite r on r.ev_class = d.view_oid
      join pg_depend x on x.classid = 'pg_rewrite'::regclass and x.objid = r.oid and x.refclassid = 'pg_class'::regclass
      join (${tviews(on)}) p on p.entity <> d.entity and (x.refobjid = p.view_oid or x.refobjid = any(p.bases) and not x.refobjid = any(d.bases))`;
}

/** As deep as the extension cascades; also what ends the search in a circle of TVIEWs. */
export const DEEPEST = 10;

const Relative = z.object({ entity: z.string(), relation: z.enum(['dependant', 'sibling']) });

/**
 * The TVIEWs that can be stale with this one: its `dependant`s embed its rows, and `sibling`s hang on the same parents.
 *
 * A ghost poisons the cascade of its parents: their writes commit with a warning, and what comes after the ghost stays stale. Procedure tv-refresh.
 */
export const listRelatives = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget.extend({ entity: z.string().min(1).max(200) }),
  example: { ...RELEASED, entity: 'order' },
  answer: many(Relative),
  statement: ({ on, entity }) => sql`
    with recursive edges as (${edges(on)}),
         below as (select ${entity}::text as entity union select e.dependant from below b join edges e on e.entity = b.entity),
         above as (select ${entity}::text as entity union select e.entity from above a join edges e on e.dependant = a.entity),
         beside as (select entity from above union select e.dependant from beside b join edges e on e.entity = b.entity)
    select entity, relation
      from (select entity, 'dependant' as relation from below
            union all select entity, 'sibling' from (select entity from beside except select entity from below except select entity from above) s) r
     where entity <> ${entity}
     order by relation, entity
     limit 50`,
});

/** The place of a TVIEW in the order of refreshing: those with the lowest rank first. */
const Place = z.strictObject({ rank: z.int(), entity: z.string().max(200) });
const Ordered = z.object({ rank: z.int(), tview: Tview, keyed: z.boolean(), referenced: z.boolean(), lacks: z.array(z.string()) });
export type Ordered = z.infer<typeof Ordered>;

/** As many as one answer holds with all their columns; the next page begins after the last place of this one. */
const PAGE = 10;

/** How far a TVIEW is from those that depend on none; in the queued interface what its refresh_priority says, the highest first. */
export const ranks = (on: Installation): Sql =>
  on.dialect === 'queued'
    ? sql`select entity_name as entity, -refresh_priority as rank from ${sql.identifier(on.schema, 'pg_tviews_metadata')}`
    : sql`
        with recursive edges as (${edges(on)}),
             levels (entity, level) as (select m.entity, 0 from (${tviews(on)}) m
                                        union select e.dependant, l.level + 1 from levels l join edges e on e.entity = l.entity where l.level < ${DEEPEST})
        select entity, max(level) as rank from levels group by entity`;

/**
 * The TVIEWs whose table and view are both there in the order of refreshing, a page of 10: what others embed comes first.
 *
 * Sources: pg_tview_meta.fk_columns (released extension), refresh_priority (queued interface). Procedure tv-refresh-all.
 */
export const listTviewsInOrder = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget.extend({ after: Place.nullable().default(null) }),
  example: { ...RELEASED, after: { rank: 0, entity: 'customer' } },
  answer: many(Ordered),
  statement: ({ on, after }) => sql`
    select r.rank, w.keyed, w.referenced, w.lacks,
           jsonb_build_object('entity', w.entity, 'schema', w.schema, 'table', w."table", 'viewSchema', w."viewSchema", 'view', w.view, 'columns', w.columns, 'key', w.key) as tview
      from (${whole(on)}) w join (${ranks(on)}) r using (entity)
     where ${after === null} or (r.rank, w.entity) > (${after?.rank ?? 0}::int, ${after?.entity ?? ''}::text)
     order by r.rank, w.entity
     limit ${PAGE}`,
});
