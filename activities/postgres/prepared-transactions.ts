import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { many, maybeOne, one } from '../sql/rows';
import { sql, type Sql } from '../sql/sql';

const Target = z.strictObject({ target: TargetName });
/** The global identifier that the transaction manager gave: PostgreSQL takes up to 199 bytes. */
const Gid = z
  .string()
  .min(1)
  .refine((gid) => !gid.includes('\0') && Buffer.byteLength(gid) < 200, 'a global identifier has 1 to 199 bytes');
const Named = Target.extend({ gid: Gid });

const Measured = z.object({ most: z.number(), here: z.number(), elsewhere: z.number(), oldestSeconds: z.number(), waiting: z.number() });

/**
 * How many prepared transactions there are, in this database and in others, how old the oldest is, and how many sessions wait for any.
 *
 * `most` is max_prepared_transactions: with 0 (the default) none can exist. Sources: pg_prepared_xacts, pg_blocking_pids(), which
 * answers 0 for a prepared transaction. Procedure tv-prepared.
 */
export const measurePreparedTransactions = operation({
  effect: 'read',
  input: Target,
  answer: one(Measured),
  statement: () => sql`
    select current_setting('max_prepared_transactions')::int as most,
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
  /** Whether that is the database of the target: only there it can be settled. */
  here: z.boolean(),
  preparedAt: z.string(),
  /** The 64-bit transaction id: what pg_xact_status() takes once the transaction is settled. */
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
const prepared = (): Sql => sql`
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
  answer: many(Prepared),
  statement: () => sql`${prepared()} where p.database = current_database() order by p.prepared, p.gid limit 20`,
});

/** One prepared transaction by its global identifier, in whatever database it is; null when there is none. Sources: pg_prepared_xacts, pg_locks. */
export const findPreparedTransaction = operation({
  effect: 'read',
  input: Named,
  answer: maybeOne(Prepared),
  statement: ({ gid }) => sql`${prepared()} where p.gid = ${gid}`,
});

const Right = z.object({ login: z.string(), allowed: z.boolean() });

/**
 * Whether the login that would settle it may: only the owner itself or a superuser, a member of the owner may not.
 *
 * Asked as the login `own`, because only a session knows whom targets.yaml lets in.
 */
export const findSettlingRight = operation({
  effect: 'read',
  login: 'own',
  input: Named,
  answer: one(Right),
  statement: ({ gid }) => sql`
    select current_user::text as login,
           coalesce((select r.rolsuper from pg_roles r where r.rolname = current_user), false)
             or exists (select from pg_prepared_xacts p where p.gid = ${gid} and p.owner = current_user) as allowed`,
});

/** What identifies one prepared transaction for good: a gid can be given again, this cannot. */
const Token = Named.extend({
  transaction: z.string().regex(/^\d{1,20}$/, 'the 64-bit transaction id, as findPreparedTransaction tells it'),
  preparedAt: z.string().max(40),
  timeline: z.string().regex(/^[0-9A-F]{8}$/, 'the timeline as in a WAL file name'),
});
type Token = z.output<typeof Token>;

const shortId = ({ transaction }: Token): string => (BigInt(transaction) % 4_294_967_296n).toString();

/** Whether it is prepared still, and what became of it where the server can know: not after a promotion, not for an id that it has not given yet. */
const settlement = (token: Token): Sql => sql`
  select prepared,
         case when prepared then 'in progress'
              when ${TIMELINE} <> ${token.timeline} or ${token.transaction}::xid8 >= pg_snapshot_xmax(pg_current_snapshot()) then 'unknown'
              else coalesce(pg_xact_status(${token.transaction}::xid8), 'unknown') end as outcome
    from (select exists (select from pg_prepared_xacts where gid = ${token.gid} and transaction::text = ${shortId(token)}) as prepared) p`;

const Settlement = z.object({ prepared: z.boolean(), outcome: z.enum(['committed', 'aborted', 'in progress', 'unknown']) });

/** What became of a transaction that was prepared: committed, aborted, or unknown (after a promotion, or long ago). Source: pg_xact_status(). */
export const findSettlement = operation({ effect: 'read', input: Token, answer: one(Settlement), statement: settlement });

/** Refuses another transaction that was given the same name meanwhile: COMMIT PREPARED itself knows names only. */
const sameTransaction = (token: Token): Sql =>
  sql`do ${sql.literal(`begin
  if exists (select from pg_prepared_xacts where gid = ${sql.literal(token.gid).text} and (transaction::text <> '${shortId(token)}' or prepared <> ${sql.literal(token.preparedAt).text}::timestamptz)) then
    raise exception using message = 'The name of this prepared transaction was given to another one. The one of the plan is settled; nothing was done to the other. Abandon this run; a new one shows which transaction has the name now.';
  end if;
end`)}`;

const Held = Prepared.pick({ gid: true, ageSeconds: true, locks: true, relations: true, owner: true });

const settling = (act: Sql, expected: 'committed' | 'aborted') =>
  ({
    effect: 'irreversible',
    repeat: 'one-shot',
    scope: 'database',
    login: 'own',
    input: Token,
    before: {
      rows: many(Held),
      statement: ({ gid, transaction }: Token): Sql => sql`
        select gid, "ageSeconds", locks, relations, owner from (${prepared()}) p where gid = ${gid} and transaction = ${transaction}`,
    },
    // The input names it by its id, and a prepared transaction cannot change. Settled by somebody else meanwhile is no drift: the verification
    // says which way.
    binds: (): null => null,
    statement: (token: Token): Sql[] => [sameTransaction(token), sql`${act} ${sql.literal(token.gid)}`],
    verify: (token: Token): Sql => sql`
      select not prepared and outcome = ${expected} as holds, ${`the transaction ${expected}`}::text as expected,
             case when prepared then 'it is prepared still'
                  when outcome = 'unknown' then 'it is gone, and this server cannot know which way: ask the transaction manager and look at its rows'
                  when outcome <> ${expected} then format('it %s: somebody else has settled it the other way', outcome)
                  else 'it ' || outcome end as seen
        from (${settlement(token)}) s`,
  }) as const;

/**
 * Commits one prepared transaction for good. One that somebody else has settled is not an error: the server says which way it went.
 *
 * Never in a transaction block, from a function or from another database. Owner or superuser only. Procedure tv-prepared.
 */
export const commitPreparedTransaction = operation({
  ...settling(sql`commit prepared`, 'committed'),
  locks: 'takes none; gives back all that the transaction holds',
  undo: { none: 'what is committed is seen by everybody at once' },
});

/** Rolls one prepared transaction back for good: its work is lost. Owner or superuser only. Procedure tv-prepared. */
export const rollBackPreparedTransaction = operation({
  ...settling(sql`rollback prepared`, 'aborted'),
  locks: 'takes none; gives back all that the transaction holds',
  undo: { none: 'the work of the transaction is lost; only its client can do it again' },
});
