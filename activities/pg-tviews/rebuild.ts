import { z } from 'zod';
import { Identifier } from '../../workflows/contracts/params';
import { KernelFailure } from '../sql/kernel-failure';
import { operation } from '../effects/operation';
import { many, one, type Answer } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { DEEPEST, edges, ranks } from './dependencies';
import { RELEASED } from './examples';
import { OnTarget, type Installation } from './installation';
import { allOf, hasPrivileges, mayCall, maySchemas, ownsRelations, relationNamed } from './rights';
import { REPLACED } from './trigger-handler';
import { tviews, whole } from './views';

/** The metadata of the released extension, which keeps each definition; the queued interface keeps none. */
function definitions(on: Installation): Sql {
  if (on.dialect === 'immediate') return sql.identifier(on.schema, 'pg_tview_meta');
  throw new KernelFailure(
    'CapabilityAbsent',
    'This interface of pg_tviews keeps no definitions of its TVIEWs, so none can be rebuilt from it. Create the view and the table with the statements of your migrations, or restore them from a backup; then runbook start refreshTview.',
  );
}

/**
 * What must be dropped and rebuilt with one TVIEW: itself, those whose views nest on its view (else it cannot be dropped, 2BP01),
 * and those of its dependants that have lost a table or view too. `place` is the order of building.
 */
const selectAffected = (on: Installation, entity: string): Sql => sql`
  with recursive meta as materialized (${tviews(on)}), edges as (${edges(on)}),
       nested (entity, view_oid, level) as (
         select m.entity, m.view_oid, 0 from meta m where m.entity in (${entity}, regexp_replace(${entity}, '^tv_', ''))
         union
         select d.entity, d.view_oid, n.level + 1
           from nested n join meta d on d.entity <> n.entity
          where n.level < ${DEEPEST}
            and exists (select from pg_rewrite r join pg_depend x on x.classid = 'pg_rewrite'::regclass and x.objid = r.oid
                         where r.ev_class = d.view_oid and x.refclassid = 'pg_class'::regclass and x.refobjid = n.view_oid)),
       below (entity) as (select entity from nested union select e.dependant from below b join edges e on e.entity = b.entity)
  select m.entity, m.table_oid, m.view_oid, d.definition, row_number() over (order by r.rank, coalesce(n.level, 0), m.entity) as place
    from meta m
    join ${definitions(on)} d on d.entity = m.entity
    join (${ranks(on)}) r on r.entity = m.entity
    left join (select entity, max(level) as level from nested group by entity) n on n.entity = m.entity
   where n.entity is not null or (m.entity in (select entity from below) and (m.table_oid is null or m.view_oid is null))`;

const Seen = z.object({
  asked: z.string(),
  entity: z.string().nullable(),
  damage: z.string().nullable(),
  defined: z.boolean(),
  needs: z.array(z.string()),
  replaced: z.boolean(),
  schema: z.string(),
  rebuilds: z.array(z.string()),
  known: z.array(z.string()),
});
const Found = Seen.pick({ schema: true, rebuilds: true, damage: true }).extend({ entity: z.string() });

/** Why a TVIEW cannot be rebuilt, with the next step; null where it can. */
function findObstacle({ asked, entity, defined, needs, replaced, known }: z.infer<typeof Seen>): string | null {
  if (entity === null)
    return `pg_tviews knows no entity "${asked}". It knows: ${known.length ? known.join(', ') : 'none (the metadata is empty: runbook start diagnoseTviews)'}.`;
  if (!defined)
    return `The metadata keeps no definition for all of what must be rebuilt with ${entity}. Create the TVIEW with the statement of your migrations.`;
  if (needs.length) return `${entity} reads views that are missing too. Build ${needs[0] ?? ''} first: runbook start rebuildTview.`;
  if (replaced)
    return 'Refreshing is switched off by a replaced trigger function, and building a TVIEW would silently switch it on. Give the function its saved definition first.';
  return null;
}

const buildable: Answer<z.infer<typeof Found>> = {
  cardinality: 'one',
  take: (rows) => {
    const seen = one(Seen).take(rows);
    const why = findObstacle(seen);
    if (why !== null) throw new KernelFailure('PreconditionUnmet', why);
    return one(Found).take([seen]);
  },
};

/** What is damaged of a TVIEW and what must be rebuilt with it; PreconditionUnmet where that cannot be done. Sources: pg_tview_meta, pg_depend, pg_rewrite. Procedure tv-refresh-trouble. */
export const findTviewDamage = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget.extend({ entity: z.string().min(1).max(200) }),
  example: { ...RELEASED, entity: 'order' },
  answer: buildable,
  statement: ({ on, entity }) => sql`
    with rebuilt as materialized (${selectAffected(on, entity)}), meta as materialized (${tviews(on)}),
         wanted as (select r.* from rebuilt r where r.entity in (${entity}, regexp_replace(${entity}, '^tv_', '')))
    select ${entity}::text as asked, w.entity,
           case when w.table_oid is null and w.view_oid is null then 'its table and its view are gone' when w.table_oid is null then 'its table is gone'
                when w.view_oid is null then 'its view is gone'
                when cardinality(f.lacks) > 0 then 'its table lacks columns of its view' end as damage,
           not exists (select from rebuilt where coalesce(definition, '') = '') as defined,
           array(select m.entity from (${edges(on)}) e join meta m on m.entity = e.entity
                  where e.dependant in (select entity from rebuilt) and m.entity not in (select entity from rebuilt) and m.view_oid is null order by 1 limit 20) as needs,
           exists (select from pg_proc p where p.oid = any(${on.handlers}::regprocedure[]::oid[]) and p.prosrc like ${`%${REPLACED}%`}) as replaced,
           coalesce((select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid in (w.table_oid, w.view_oid) limit 1), ${on.schema}) as schema,
           array(select entity from rebuilt order by place) as rebuilds, array(select entity from meta order by entity limit 20) as known
      from (select) here left join wanted w on true left join (${whole(on)}) f on f.entity = w.entity`,
});

const Rebuilt = z.object({ entity: z.string(), definition: z.string(), indexes: z.array(z.string()), grants: z.array(z.string()) });

/**
 * Drops a TVIEW and what nests on it, and rebuilds each from its saved definition, with the indexes and grants that still stood; in one transaction.
 *
 * Uses pg_tviews_drop and pg_tviews_create, whose names are resolved by search path. Procedure tv-refresh-trouble.
 */
export const rebuildTviews = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: OnTarget.extend({
    entity: z.string().min(1).max(200),
    schema: Identifier.describe('where its tables and views are made'),
    readers: z.array(Identifier).max(20).describe('roles that may read all that is built, beside those whose grants still stand'),
  }),
  example: { ...RELEASED, entity: 'order', schema: 'shop', readers: ['app_web'] },
  exampleBefore: [
    {
      entity: 'order',
      definition: 'select pk_order from shop.tb_order',
      indexes: ['CREATE INDEX by_customer ON shop.tv_order USING btree (fk_customer)'],
      grants: ['grant SELECT on shop.tv_order to web'],
    },
  ],
  requires: ({ on, entity, schema, readers }, { login }) => {
    const rebuilt = sql`select m.* from (${selectAffected(on, entity)}) a join (${tviews(on)}) m on m.entity = a.entity`;
    return allOf(
      ownsRelations(login, sql`select unnest(array[m.table_oid, m.view_oid] || m.bases) as oid from (${rebuilt}) m`),
      maySchemas(login, sql`select ${schema}::text as schema`, 'USAGE'),
      maySchemas(login, sql`select ${schema}::text as schema`, 'CREATE'),
      hasPrivileges(login, relationNamed(on.schema, 'pg_tview_meta'), ['SELECT', 'INSERT', 'DELETE']),
      mayCall(login, on.schema, 'pg_tviews_create'),
      mayCall(login, on.schema, 'pg_tviews_drop'),
      sql`
        select count(*) = 0 as holds, format('There is no role %s: correct "readers".', string_agg(quote_ident(r), ', ')) as lacks
          from unnest(${readers}::text[]) r where r not in (select rolname from pg_roles)`,
    );
  },
  statementTimeout: '10 minutes',
  lockTimeout: '2 seconds',
  searchPath: ({ on, schema }) => [schema, on.schema, 'public'],
  locks:
    'ACCESS EXCLUSIVE on the tv_ tables and views that are rebuilt, SHARE ROW EXCLUSIVE on their base tables, until the commit: readers of the ones and writers of the others wait; waits at most 2 seconds for each',
  before: {
    rows: many(Rebuilt),
    statement: ({ on, entity }) => sql`
      select a.entity, a.definition,
             array(select pg_get_indexdef(i.indexrelid) from pg_index i
                    where i.indrelid = a.table_oid and not exists (select from pg_constraint c where c.conindid = i.indexrelid) order by 1) as indexes,
             array(select format('grant %s on %s to %s%s', string_agg(g.privilege_type, ', ' order by g.privilege_type), g.name, g.grantee, case when g.is_grantable then ' with grant option' else '' end)
                     from (select format('%I.%I', n.nspname, c.relname) as name, x.privilege_type || coalesce(' (' || quote_ident(s.part) || ')', '') as privilege_type, x.is_grantable,
                                  case when x.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end as grantee
                             from pg_class c join pg_namespace n on n.oid = c.relnamespace
                             cross join lateral (select null::name as part, c.relacl as acl
                                                 union all select p.attname, p.attacl from pg_attribute p where p.attrelid = c.oid and not p.attisdropped) s
                             cross join lateral aclexplode(s.acl) x
                            where c.oid in (a.table_oid, a.view_oid) and x.grantee <> c.relowner) g
                    group by g.name, g.grantee, g.is_grantable order by 1) as grants
        from (${selectAffected(on, entity)}) a
       order by a.place`,
  },
  // Entity and definition are parameters: a definition that is not the saved one to the last blank would be another TVIEW.
  statement: ({ on, schema, readers }, found) => [
    ...[...found].reverse().map(({ entity }) => sql`select ${sql.identifier(on.schema, 'pg_tviews_drop')}(${entity})`),
    ...found.map(({ entity, definition }) => sql`select ${sql.identifier(on.schema, 'pg_tviews_create')}(${entity}, ${definition})`),
    ...found
      .flatMap(({ indexes, grants }) => [...indexes, ...grants])
      .map((text) => sql`do ${sql.literal(`begin execute ${sql.literal(text).text}; end`)}`),
    ...found.flatMap(({ entity }) =>
      readers.map(
        (role) => sql`grant select on ${sql.identifier(schema, `tv_${entity}`)}, ${sql.identifier(schema, `v_${entity}`)} to ${sql.identifier(role)}`,
      ),
    ),
  ],
  verify: ({ on }, found) => sql`
    with wanted as (select * from jsonb_to_recordset(${JSON.stringify(found.map(({ entity, definition }) => ({ entity, definition })))}::jsonb) as w (entity text, definition text)),
         built as (select w.entity from wanted w join (${tviews(on)}) m on m.entity = w.entity join ${definitions(on)} d on d.entity = w.entity
                    where m.table_oid is not null and m.view_oid is not null and d.definition = w.definition
                      and exists (select from pg_trigger t where not t.tgisinternal and t.tgrelid = any(m.bases) and t.tgfoid = any(${on.handlers}::regprocedure[]::oid[])))
    select (select count(*) from wanted) > 0 and not exists (select from wanted where entity not in (select entity from built)) as holds,
           (select format('%s with table, view and trigger', coalesce(string_agg(entity, ', ' order by entity), 'something')) from wanted) as expected,
           (select format('%s with table, view and trigger', coalesce(string_agg(entity, ', ' order by entity), 'none')) from built) as seen`,
  undo: {
    none: 'what it replaces was damaged; tables and views of a TVIEW hold nothing of their own, and come from the definitions that the plan shows',
  },
});

const Compared = z.object({ entity: z.string(), differing: z.number().nullable() });

/**
 * How many rows differ between some TVIEWs and their views; null where one of the two is missing. For TVIEWs whose columns nobody knows yet.
 *
 * The statement for each is made on the server (query_to_xml), because its columns are known only once it is built. As the owner:
 * the grants of a table that was gone are gone too, so the reading login may not look at the new one yet.
 */
export const compareBuiltTviews = operation({
  effect: 'read',
  pace: 'slow',
  login: 'own',
  statementTimeout: '10 minutes',
  input: OnTarget.extend({ entities: z.array(z.string().max(200)).max(50) }),
  example: { ...RELEASED, entities: ['order', 'item'] },
  answer: many(Compared),
  statement: ({ on, entities }) => sql`
    select e.entity,
           case when w.entity is not null and cardinality(w.lacks) = 0 then substring(query_to_xml(format(
             'select (select count(*) from (select %1$s from %2$s except all select %1$s from %3$s) m) + (select count(*) from (select %1$s from %3$s except all select %1$s from %2$s) s) as differing',
             (select string_agg(quote_ident(c), ', ') from unnest(w.columns) c), format('%I.%I', w."viewSchema", w.view), format('%I.%I', w.schema, w."table")),
             false, false, '')::text from '<differing>(\\d+)')::int end as differing
      from unnest(${entities}::text[]) e (entity) left join (${whole(on)}) w on w.entity = e.entity
     order by e.entity`,
});
