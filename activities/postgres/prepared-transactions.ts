import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation, type RunsAs } from '../effects/operation';
import { conditions } from '../sql/requirements';
import { many, maybeOne, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';

const Target = z.strictObject({ target: TargetName });
/** The global identifier that the transaction manager gave: PostgreSQL takes up to 199 bytes. */
const Gid = z
  .string()
  .min(1)
  .refine((gid) => !gid.includes('\0') && Buffer.byteLength(gid) < 200, 'a global identifier has 1 to 199 bytes');
const Named = Target.extend({ gid: Gid });

const Measured = z.object({ max: z.number(), here: z.number(), elsewhere: z.number(), oldestSeconds: z.number(), waiting: z.number() });

/**
 * How many prepared transactions there are, in this database and in others, how old the oldest is, and how many sessions wait for any.
 *
 * `max` is max_prepared_transactions: with 0 (the default) none can exist. Sources: pg_prepared_xacts, pg_blocking_pids(), which
 * answers 0 for a prepared transaction. Procedure tv-prepared.
 */
export const measurePreparedTransactions = operation({
  effect: 'read',
  input: Target,
  example: { target: 'orders-eu' },
  answer: one(Measured),
  statement: () => sql`
    select current_setting('max_prepared_transactions')::int as max,
           (count(*) filter (where database = current_database()))::int as here,
           (count(*) filter (where database <> current_database()))::int as elsewhere,
           coalesce(extract(epoch from clock_timestamp() - min(prepared)), 0)::int as "oldestSeconds",
           (select count(*)::int from pg_stat_activity a where a.wait_event_type = 'Lock' and 0 = any(pg_blocking_pids(a.pid))) as waiting
      from pg_prepared_xacts`,
});

const Prepared = z.object({
  gid: z.string(),
  ageSeconds: z.number(),
  locks: z.number(),
  relations: z.array(z.string()),
  owner: z.string(),
  database: z.string(),
  /** Whether that is the database of the target: only from there can it be resolved. */
  here: z.boolean(),
  preparedAt: z.string(),
  /** The 64-bit transaction id: what pg_xact_status() takes once the transaction is resolved. */
  transaction: z.string(),
  timeline: z.string(),
});

/** The timeline that the server writes on; a promotion makes another one, on which old transaction ids can mean other transactions. */
const TIMELINE = sql`substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)`;

/**
 * Prepared transactions with what they hold.
 *
 * The view has 32-bit ids. A prepared transaction is always nearer than 2^31 to the next id (it holds the horizon, and the server stops
 * before a wraparound), so the nearest 64-bit id is the right one. Its locks have no pid: they share the virtual transaction of its own id.
 */
const selectPrepared = (): Sql => sql`
  select p.gid, extract(epoch from clock_timestamp() - p.prepared)::int as "ageSeconds", coalesce(held.locks, 0) as locks,
         coalesce(held.relations, '{}') as relations, coalesce(p.owner::text, '(a dropped role)') as owner, p.database::text as database,
         p.database = current_database() as here, p.prepared::text as "preparedAt",
         (latest.next + (((p.transaction::text::bigint - latest.next) % 4294967296 + 4294967296 + 2147483648) % 4294967296) - 2147483648)::text as transaction,
         ${TIMELINE} as timeline
    from pg_prepared_xacts p
   cross join (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next) latest
    left join lateral (
      select count(*)::int as locks,
             (array_agg(distinct format('%s on %s', l.mode, l.relation::regclass)) filter (where l.relation is not null and p.database = current_database()))[1:20] as relations
        from pg_locks own
        join pg_locks l on l.virtualtransaction = own.virtualtransaction and l.pid is null
       where own.locktype = 'transactionid' and own.pid is null and own.transactionid = p.transaction) held on true`;

/** The prepared transactions of this database, the 20 oldest, with their age, owner and locks. Sources: pg_prepared_xacts, pg_locks. Procedure tv-prepared. */
export const listPreparedTransactions = operation({
  effect: 'read',
  input: Target,
  example: { target: 'orders-eu' },
  answer: many(Prepared),
  statement: () => sql`${selectPrepared()} where p.database = current_database() order by p.prepared, p.gid limit 20`,
});

/** One prepared transaction by its global identifier, in whatever database it is; null when there is none. Sources: pg_prepared_xacts, pg_locks. */
export const findPreparedTransaction = operation({
  effect: 'read',
  input: Named,
  example: { target: 'orders-eu', gid: `order-'4711'` },
  answer: maybeOne(Prepared),
  statement: ({ gid }) => sql`${selectPrepared()} where p.gid = ${gid}`,
});

/** What identifies one prepared transaction for ever: a gid can be given again, this cannot. */
const Token = Named.extend({
  transaction: z.string().regex(/^\d{1,20}$/, 'the 64-bit transaction id, as findPreparedTransaction tells it'),
  preparedAt: z.string().max(40),
  timeline: z.string().regex(/^[0-9A-F]{8}$/, 'the timeline as in a WAL file name'),
});
type Token = z.output<typeof Token>;
const EXAMPLE = { target: 'orders-eu', gid: `order-'4711'`, transaction: '4294967999', preparedAt: '2030-01-01 00:00:00+00', timeline: '00000001' };

const shortId = ({ transaction }: Token): string => (BigInt(transaction) % 4_294_967_296n).toString();

/** Whether it is still prepared, and what became of it as far as the server can know: not after a promotion, nor for an id that it has not assigned yet. */
const resolution = (token: Token): Sql => sql`
  select prepared,
         case when prepared then 'in progress'
              when ${TIMELINE} <> ${token.timeline} or ${token.transaction}::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) then 'unknown'
              else coalesce(pg_xact_status(${token.transaction}::xid8), 'unknown') end as outcome
    from (select exists (select from pg_prepared_xacts where gid = ${token.gid} and transaction::text = ${shortId(token)}) as prepared) p`;

const Resolution = z.object({ prepared: z.boolean(), outcome: z.enum(['committed', 'aborted', 'in progress', 'unknown']) });

/** What became of a transaction that was prepared: committed, aborted, or unknown (after a promotion, or long ago). Source: pg_xact_status(). */
export const findResolution = operation({ effect: 'read', input: Token, example: EXAMPLE, answer: one(Resolution), statement: resolution });

/** Refuses another transaction that was given the same identifier meanwhile: COMMIT PREPARED itself knows identifiers only. */
const sameTransaction = (token: Token): Sql =>
  sql`do ${sql.literal(`begin
  if exists (select from pg_prepared_xacts where gid = ${sql.literal(token.gid).text} and (transaction::text <> '${shortId(token)}' or prepared <> ${sql.literal(token.preparedAt).text}::timestamptz)) then
    raise exception using message = 'The identifier of this prepared transaction was given to another one. The one of the plan is resolved; nothing was done to the other. Abandon this run; a new one shows which transaction has the identifier now.';
  end if;
end`)}`;

/** Only the owner itself and superusers may resolve it: a member of the owner may not. One that is gone needs no right. */
const mayResolve = (act: string, token: Token, login: string): Sql => {
  const named = sql`pg_prepared_xacts where gid = ${token.gid} and transaction::text = ${shortId(token)}`;
  return conditions({
    holds: sql`not exists (select from ${named} and owner is distinct from ${login} and not (select rolsuper from pg_roles where rolname = ${login}))`,
    lacks: sql`coalesce((
      select format('Only its owner %1$s or a superuser may resolve it; a member of the role may not. Make %1$s the login "own" of the target, or connect to %2$s as %1$s and run: %3$s %4$L;',
                    coalesce(owner, '(a dropped role)'), database, ${act.toUpperCase()}::text, gid) from ${named}), 'it is gone')`,
  });
};

const Held = Prepared.pick({ gid: true, ageSeconds: true, locks: true, relations: true, owner: true });

const resolve = (act: 'commit prepared' | 'rollback prepared', expected: 'committed' | 'aborted') =>
  ({
    effect: 'irreversible',
    repeat: 'one-shot',
    scope: 'database',
    login: 'own',
    input: Token,
    example: EXAMPLE,
    requires: (token: Token, { login }: RunsAs): Sql => mayResolve(act, token, login),
    before: {
      rows: many(Held),
      statement: ({ gid, transaction }: Token): Sql => sql`
        select gid, "ageSeconds", locks, relations, owner from (${selectPrepared()}) p where gid = ${gid} and transaction = ${transaction}`,
    },
    // The input names it by its id, and a prepared transaction cannot change. That somebody else has resolved it meanwhile is no drift: the
    // verification says which way.
    binds: (): null => null,
    statement: (token: Token): Sql[] => [
      sameTransaction(token),
      sql`${act === 'commit prepared' ? sql`commit prepared` : sql`rollback prepared`} ${sql.literal(token.gid)}`,
    ],
    verify: (token: Token): Sql => sql`
      select not prepared and outcome = ${expected} as holds, ${`the transaction ${expected}`}::text as expected,
             case when prepared then 'it is still prepared'
                  when outcome = 'unknown' then 'it is gone, and this server cannot know how it ended: ask the transaction manager, and look at the rows that it changed'
                  when outcome <> ${expected} then format('it %s: somebody else has resolved it the other way', outcome)
                  else 'it ' || outcome end as seen
        from (${resolution(token)}) s`,
  }) as const;

/**
 * Commits one prepared transaction permanently. One that somebody else has resolved is not an error: the server says how it ended.
 *
 * Never in a transaction block, from a function or from another database. Owner or superuser only. Procedure tv-prepared.
 */
export const commitPreparedTransaction = operation({
  ...resolve('commit prepared', 'committed'),
  locks: 'takes none; releases all that the transaction holds',
  undo: { none: 'what is committed is visible to everybody at once' },
});

/** Rolls one prepared transaction back permanently: its work is lost. Owner or superuser only. Procedure tv-prepared. */
export const rollBackPreparedTransaction = operation({
  ...resolve('rollback prepared', 'aborted'),
  locks: 'takes none; releases all that the transaction holds',
  undo: { none: 'the work of the transaction is lost; only its client can do it again' },
});
