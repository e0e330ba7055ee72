import { z } from 'zod';
import { operation } from '../effects/operation';
import { one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { TARGET } from './examples';
import { Installation, installations, Target } from './installation';

/** One trouble of one thing: what was seen, and the next step. */
export const Finding = z.object({ trouble: z.string(), subject: z.string(), seen: z.string(), doNext: z.string() });
export type Finding = z.infer<typeof Finding>;

/** Every trigger that is or was one of pg_tviews, whether its metadata is there or not: by its function, or by the names that the interfaces give. */
export const hooks: Sql = sql`
  select t.tgrelid, t.tgname, t.tgenabled, t.tgfoid, t.tgparentid, p.prosrc, n.nspname as schema, c.relname as "table", pg_get_triggerdef(t.oid) as definition
    from pg_trigger t join pg_proc p on p.oid = t.tgfoid join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
   where not t.tgisinternal and (p.proname = 'tview_trigger_handler' or t.tgname like 'trg\\_tview\\_%' or t.tgname like 'pg\\_tviews\\_%')`;

/**
 * What the functions of the triggers call or fill that does not exist any more, by the function's oid: every write to their tables fails.
 *
 * DROP EXTENSION leaves the triggers and their function behind (measured); they call `pg_tviews_cascade` and its like.
 */
export const broken: Sql = sql`
  select h.tgfoid, lower(w.word[1]) as lacks
    from (select distinct tgfoid, prosrc from (${hooks}) h) h
    cross join lateral regexp_matches(h.prosrc, 'perform\\s+(?:\\w+\\.)?(\\w*tview\\w*)\\s*\\(', 'gi') w (word)
   where not exists (select from pg_proc p where p.proname = lower(w.word[1]))
   union
  select h.tgfoid, lower(w.word[1])
    from (select distinct tgfoid, prosrc from (${hooks}) h) h
    cross join lateral regexp_matches(h.prosrc, 'insert\\s+into\\s+(?:\\w+\\.)?(\\w*(?:queue|tview)\\w*)', 'gi') w (word)
   where not exists (select from pg_class c where c.relname = lower(w.word[1]))`;

const Remains = z.object({ on: Installation.nullable(), triggers: z.number(), tables: z.array(z.string()), findings: z.array(Finding) });

/**
 * The probe that refuses nothing: what is installed, if anything, and which triggers stand, also after the extension or its metadata was dropped.
 *
 * Sources: pg_trigger, pg_proc, pg_class. Procedure tv-refresh-trouble.
 */
export const findTviewRemains = operation({
  effect: 'read',
  node: 'either',
  input: Target,
  example: TARGET,
  answer: one(Remains),
  statement: () => sql`
    with hooks as materialized (${hooks}),
         failing as (select h.schema, h."table", h.tgenabled, b.lacks from hooks h join (${broken}) b on b.tgfoid = h.tgfoid)
    select to_jsonb(i) as on, (select count(*)::int from hooks) as triggers,
           array(select distinct format('%I.%I', schema, "table") from hooks order by 1 limit 20) as tables,
           (select coalesce(jsonb_agg(f), '[]') from (
              select 'every write fails' as trouble, string_agg(distinct format('%I.%I', schema, "table"), ', ') as subject,
                     format('their refresh triggers need %s, which does not exist: the extension was dropped before its triggers', lacks) as seen,
                     'runbook start removeLeftoverTriggers' as "doNext"
                from failing where tgenabled <> 'D' group by lacks
              union all
              select 'metadata gone', 'pg_tviews', format('%s triggers stand, and no metadata', (select count(*) from hooks)),
                     'install the extension again and build each TVIEW from its definition, or runbook start removeLeftoverTriggers'
               where i is null and exists (select from hooks)) f) as findings
      from (select) here left join (${installations}) i on true`,
});
