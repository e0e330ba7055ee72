import { z } from 'zod';
import { Identifier, TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { many, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';
import { hasSmoke, smokeOf } from './extension-smoke';

/** A version of an extension, as its files name it: never contains `--`, never begins or ends with `-`. */
const Version = z.string().regex(/^(?!-)(?!.*--)[A-Za-z0-9._+-]{1,60}(?<!-)$/, 'a version has letters, digits, dots, plus and hyphens, and no "--"');
const Update = z.strictObject({ target: TargetName, extension: Identifier, to: Version });
type Update = z.output<typeof Update>;

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
 * What is installed, which scripts lead to the wanted version, and whether any lead back.
 *
 * Sources: pg_extension, pg_available_extension_versions, pg_extension_update_paths() (which fails for a name without files on the server),
 * shared_preload_libraries, pg_depend.
 */
export const findExtensionPath = operation({
  effect: 'read',
  node: 'primary',
  input: Update,
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

const LOCKS = 'ACCESS EXCLUSIVE on what the update scripts alter, until the commit; waits at most 1 second for them';
const shape = {
  scope: 'database',
  login: 'own',
  input: Update,
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
  locks: `${LOCKS}, and gives them back with the rollback`,
  observe: {
    rows: many(Lock),
    statement: () => sql`
      select mode, coalesce(relation::regclass::text, pg_describe_object(classid, objid, objsubid), locktype) as "on" from pg_locks
       where pid = pg_backend_pid() and locktype in ('relation', 'object') and mode in ('ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
         and (relation is null or relation >= 16384)
       order by mode, "on" limit 50`,
  },
  undo: { none: 'it keeps nothing' },
});

/** Updates an extension that has a way back: the update to the old version. */
export const updateExtension = operation({
  ...shape,
  effect: 'write',
  locks: LOCKS,
  undo: { by: 'updateExtension', input: (input, [before]) => ({ ...input, to: before?.version ?? input.to }) },
});

/** Updates an extension that has no scripts back: its commit is the point of no return. */
export const updateExtensionForGood = operation({
  ...shape,
  effect: 'irreversible',
  locks: LOCKS,
  undo: { none: 'the extension has no scripts back to the old version; only a restore to the restore point brings it back' },
});

/** A marker in the WAL, to which a point-in-time recovery can go back. Login: EXECUTE on pg_create_restore_point. */
export const createRestorePoint = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'control',
  input: z.strictObject({ target: TargetName, name: z.string().min(1).max(63) }),
  locks: 'none',
  before: {
    rows: many(z.object({ walLevel: z.string(), lsn: z.string() })),
    statement: () => sql`select current_setting('wal_level') as "walLevel", pg_current_wal_insert_lsn()::text as lsn`,
  },
  binds: (before) => before.map(({ walLevel }) => walLevel),
  statement: ({ name }) => sql`select pg_create_restore_point(${name})::text as lsn`,
  verify: (_, before) => sql`
    select pg_current_wal_insert_lsn() > ${before[0]?.lsn ?? '0/0'}::pg_lsn as holds, 'a restore point in the WAL'::text as expected,
           format('WAL position %s', pg_current_wal_insert_lsn()) as seen`,
  undo: { none: 'a marker in the WAL; it does no harm' },
});
