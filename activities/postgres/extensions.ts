import { z } from 'zod';
import { Identifier, TargetName } from '../../workflows/contracts/params';
import { operation, type RunsAs } from '../effects/operation';
import { conditions } from '../sql/requirements';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { hasSmoke, smokeOf } from './extension-smoke';

/** A version of an extension, as its files name it: never contains `--`, never begins or ends with `-`. */
const Version = z.string().regex(/^(?!-)(?!.*--)[A-Za-z0-9._+-]{1,60}(?<!-)$/, 'a version has letters, digits, dots, plus and hyphens, and no "--"');
const Update = z.strictObject({ target: TargetName, extension: Identifier, to: Version });
type Update = z.output<typeof Update>;
const EXAMPLE = { target: 'orders-eu', extension: 'pg_trgm', to: '1.6' };

const Facts = z.object({
  installed: z.string().nullable(),
  schema: z.string().nullable(),
  owner: z.string().nullable(),
  offered: z.boolean(),
  path: z.string().nullable(),
  back: z.string().nullable(),
  preloaded: z.boolean(),
  dependents: z.number(),
});

/**
 * Which version of an extension is installed, which scripts lead to the wanted one, and whether any lead back.
 *
 * Sources: pg_extension, pg_available_extension_versions, pg_extension_update_paths() (which fails for a name without files on the server),
 * shared_preload_libraries, pg_depend.
 */
export const findExtensionPath = operation({
  effect: 'read',
  node: 'primary',
  input: Update,
  example: EXAMPLE,
  answer: one(Facts),
  statement: ({ extension, to }) => sql`
    select e.extversion as installed, n.nspname as schema, pg_get_userbyid(e.extowner) as owner,
           exists (select from pg_available_extension_versions v where v.name = ${extension} and v.version = ${to}) as offered,
           case when wanted.available then (select p.path from pg_extension_update_paths(wanted.name) p where p.source = e.extversion and p.target = ${to}) end as path,
           case when wanted.available then (select p.path from pg_extension_update_paths(wanted.name) p where p.source = ${to} and p.target = e.extversion) end as back,
           (select count(*) > 0 from unnest(string_to_array(current_setting('shared_preload_libraries', true), ',')) l where trim(both ' "' from l) = ${extension}) as preloaded,
           (select count(*)::int from pg_depend d where d.refclassid = 'pg_extension'::regclass and d.refobjid = e.oid and d.deptype = 'n') as dependents
      from (select ${extension}::name as name, exists (select from pg_available_extensions a where a.name = ${extension}) as available) wanted
      left join pg_extension e on e.extname = wanted.name
      left join pg_namespace n on n.oid = e.extnamespace`,
});

const Installed = z.object({ extension: z.string(), version: z.string(), schema: z.string() });
const installed = {
  rows: many(Installed),
  statement: ({ extension }: Update): Sql => sql`
    select e.extname as extension, e.extversion as version, n.nspname as schema
      from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = ${extension}`,
};

const update = ({ extension, to }: Update): Sql => sql`alter extension ${sql.identifier(extension)} update to ${sql.identifier(to)}`;

/** The version that the catalogue says, and one call of the extension where we know one. */
const works = ({ extension, to }: Update, before: readonly z.output<typeof Installed>[]): Sql => {
  const smoke = smokeOf(extension, before[0]?.schema ?? 'public');
  const what = hasSmoke(extension) ? ', and a call of it works' : '';
  return sql`
    select coalesce(max(extversion), '') = ${to} and bool_and(${smoke}) as holds, ${`version ${to}${what}`}::text as expected,
           format('version %s%s', coalesce(max(extversion), 'none'), ${what}::text) as seen
      from pg_extension where extname = ${extension}`;
};

/** The login owns the extension, and may run the scripts of the version: some are for superusers only. */
const mayUpdate = ({ extension, to }: Update, { login }: RunsAs): Sql => {
  const named = sql.identifier(extension).text;
  return conditions(
    {
      holds: sql`coalesce((select pg_has_role(${login}, e.extowner, 'usage') from pg_extension e where e.extname = ${extension}), false)`,
      lacks: sql`coalesce((select format('The login %s does not own the extension %s. Run: GRANT %I TO %I;', ${login}::text, e.extname, pg_get_userbyid(e.extowner), ${login}::text)
        from pg_extension e where e.extname = ${extension}), ${`The extension ${named} is not installed in this database.`})`,
    },
    {
      holds: sql`not exists (select from pg_available_extension_versions v, pg_roles me
        where v.name = ${extension} and v.version = ${to} and me.rolname = ${login} and v.superuser and not me.rolsuper
          and not (v.trusted and has_database_privilege(me.oid, current_database(), 'create')))`,
      lacks: sql`(select format('The update scripts of %s may be run by superusers only, or where the extension is trusted by roles with CREATE on the database. Run: GRANT CREATE ON DATABASE %I TO %I; or as a superuser: ALTER EXTENSION %I UPDATE TO %L;',
        ${extension}::text, current_database(), ${login}::text, ${extension}::text, ${to}::text))`,
    },
  );
};

const LOCKS = 'ACCESS EXCLUSIVE on what the update scripts alter, until the commit; waits for them at most 1 second';
const shape = {
  scope: 'database',
  login: 'own',
  input: Update,
  example: EXAMPLE,
  exampleBefore: [{ extension: 'pg_trgm', version: '1.5', schema: 'app' }],
  requires: mayUpdate,
  statementTimeout: '2 minutes',
  lockTimeout: '1 second',
  repeat: 'transactional',
  before: installed,
  statement: update,
  verify: works,
} as const;

const Lock = z.object({ mode: z.string(), on: z.string() });

/** Runs the update in a transaction that is rolled back, and reports the locks that it took. Users wait while it runs. */
export const tryExtensionUpdate = operation({
  ...shape,
  effect: 'write',
  trial: true,
  locks: `${LOCKS}, and releases them with the rollback`,
  observe: {
    rows: many(Lock),
    statement: () => sql`
      select mode, coalesce(relation::regclass::text, pg_describe_object(classid, objid, objsubid), locktype) as "on" from pg_locks
       where pid = pg_backend_pid() and locktype in ('relation', 'object') and mode in ('ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
         and (relation is null or relation >= 16384)
       order by mode, "on" limit 50`,
  },
  undo: { none: 'nothing of it stays' },
});

/** Updates an extension that has scripts back to its old version: its undo is the update to that. */
export const updateExtension = operation({
  ...shape,
  effect: 'write',
  locks: LOCKS,
  undo: { by: 'updateExtension', input: (input, [before]) => ({ ...input, to: before?.version ?? input.to }) },
});

/** Updates an extension that has no scripts back: its commit is the point of no return. */
export const updateExtensionPermanently = operation({
  ...shape,
  effect: 'irreversible',
  locks: LOCKS,
  undo: { none: 'the extension has no scripts back to the old version; only a restore to the restore point brings it back' },
});
