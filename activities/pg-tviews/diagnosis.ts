import { z } from 'zod';
import { Identifier } from '../../workflows/contracts/params';
import { Span } from '../../workflows/contracts/span';
import { milliseconds } from '../../workflows/pure/span';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql } from '../sql/sql';
import { edges } from './dependencies';
import { ORDER, QUEUED, RELEASED } from './examples';
import { OnTarget } from './installation';
import { measureQueue } from './refresh-queue';
import { extensionTriggers, Finding } from './orphaned-triggers';
import { REPLACED } from './trigger-handler';
import { compareTview, Tview, tviews } from './views';

const seconds = (span: Span): number => milliseconds(span) / 1_000;
const OnTargetLonger = OnTarget.extend({ longerThan: Span.describe('what takes longer is a finding') });

/**
 * What the catalogue says of the triggers beside their states: functions that were replaced, and triggers that the metadata does not know.
 *
 * After a dump and restore pg_tview_meta is empty and every trigger fires for nothing; the extension's own health check says OK (measured). Procedure tv-refresh-trouble.
 */
export const diagnoseTriggers = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget,
  example: RELEASED,
  answer: many(Finding),
  statement: ({ on }) => sql`
    with hooks as materialized (select * from (${extensionTriggers}) h where tgfoid = any(${on.handlers}::regprocedure[]::oid[])),
         known as materialized (select entity, bases from (${tviews(on)}) m),
         strange as (select schema, "table", tgname from hooks h where not exists (select from known k where h.tgrelid = any(k.bases)))
    select 'refreshing switched off' as trouble, tgfoid::regprocedure::text as subject, 'its body was replaced by one that does nothing; the triggers still say that they are enabled' as seen,
           'roll the run that replaced it back, or give the function its saved definition; then runbook start refreshAllTviews' as "doNext"
      from hooks where prosrc like ${`%${REPLACED}%`} group by tgfoid
    union all
    select 'metadata lost', case when exists (select from known) then 'pg_tviews' else 'pg_tviews, all of it' end,
           format('%s triggers stand on tables that no TVIEW of the metadata reads, such as %s', count(*), min(format('%I.%I', schema, "table"))),
           'a dump does not carry the metadata: run what docs/scripts/pg-tviews/immediate/save-metadata.sql had saved, or build the TVIEWs from their definitions; then runbook start refreshAllTviews'
      from strange having count(*) > 0`,
});

/**
 * Who holds tv_ tables for long: prepared transactions (locks without a pid), refreshes and writers; and how many sessions wait behind them.
 *
 * Found by the locks on the tables, never by the text of a query. Sources: pg_locks, pg_prepared_xacts, pg_stat_activity. Procedure tv-refresh-trouble.
 */
export const diagnoseLocks = operation({
  effect: 'read',
  input: OnTargetLonger,
  example: { ...RELEASED, longerThan: '1 minute' },
  answer: many(Finding),
  statement: ({ on, longerThan }) => sql`
    with locks as materialized (
           select m.entity, l.pid, l.mode, l.granted, l.virtualtransaction
             from (${tviews(on)}) m join pg_locks l on l.relation = m.table_oid
            where l.locktype = 'relation' and l.database = (select oid from pg_database where datname = current_database())),
         held as (select pid, virtualtransaction, string_agg(distinct entity, ', ') as entities, string_agg(distinct mode, ', ') as modes
                    from locks where granted and mode <> 'AccessShareLock' group by pid, virtualtransaction),
         waiting as (select count(distinct pid) as sessions from locks where not granted)
    select 'prepared transaction' as trouble, coalesce(x.gid, 'transaction ' || h.virtualtransaction) as subject,
           format('prepared %s s ago, holds %s on %s; %s sessions wait', extract(epoch from clock_timestamp() - x.prepared)::int, h.modes, h.entities, w.sessions) as seen,
           'runbook start resolvePreparedTransaction' as "doNext"
      from held h cross join waiting w
      left join pg_locks own on own.pid is null and own.locktype = 'transactionid' and own.granted and own.virtualtransaction = h.virtualtransaction
      left join pg_prepared_xacts x on x.transaction = own.transactionid
     where h.pid is null
    union all
    select case when h.modes ~ 'AccessExclusive' then 'long refresh' else 'long writer' end, format('session %s', h.pid),
           format('%s (%s) is %s, its transaction open for %s s, holds %s on %s; %s sessions wait', a.usename, a.application_name, a.state,
                  extract(epoch from clock_timestamp() - a.xact_start)::int, h.modes, h.entities, w.sessions),
           case when a.state like 'idle in transaction%' then 'it waits for its client: runbook start relieveConnectionExhaustion terminates such sessions'
                else format('wait for it, or select pg_cancel_backend(%s): a cancelled refresh leaves the rows as they were', h.pid) end
      from held h cross join waiting w join pg_stat_activity a on a.pid = h.pid
     where a.xact_start < clock_timestamp() - make_interval(secs => ${seconds(longerThan)}) and a.pid <> pg_backend_pid()
     order by trouble desc, subject
     limit 50`,
});

/** Along which column a write cascades from one TVIEW to the rows of another. */
const Cascade = z.strictObject({
  entity: z.string().max(200),
  dependant: z.string().max(200),
  schema: Identifier,
  table: Identifier,
  column: Identifier,
});

/** The cascades of the released extension, at most 40. Sources: pg_tview_meta.fk_columns, pg_attribute. Procedure tv-refresh-trouble. */
export const listCascades = operation({
  effect: 'read',
  node: 'either',
  input: OnTarget,
  example: RELEASED,
  answer: many(Cascade),
  statement: ({ on }) => sql`
    select e.entity, e.dependant, n.nspname as schema, c.relname as "table", e."column"
      from (${edges(on)}) e join (${tviews(on)}) m on m.entity = e.dependant
      join pg_class c on c.oid = m.table_oid join pg_namespace n on n.oid = c.relnamespace
      join pg_attribute a on a.attrelid = c.oid and a.attname = e."column" and not a.attisdropped
     order by e.entity, e.dependant
     limit 40`,
});

/** From so many dependants of one row on, a write to it fails with 42601 in release 0.1.0-beta.8; 9 work (measured). */
const TOO_MANY = 10;

/** How many rows of a TVIEW have so many dependants in another that a write to them fails. Procedure tv-refresh-trouble. */
export const diagnoseFanOut = operation({
  effect: 'read',
  pace: 'slow',
  node: 'either',
  statementTimeout: '2 minutes',
  input: OnTarget.extend({ cascade: Cascade }),
  example: { ...RELEASED, cascade: { entity: 'customer', dependant: 'order', schema: 'shop', table: 'tv_order', column: 'fk_customer' } },
  answer: many(Finding),
  statement: ({ cascade }) => sql`
    select 'writes fail (42601)' as trouble, ${cascade.entity}::text as subject,
           format('%s of its rows have %s or more dependants in %s, the widest %s', count(*), ${TOO_MANY}::int, ${cascade.dependant}::text, max(dependants)) as seen,
           'write such rows with its trigger disabled in that transaction, then runbook start refreshAllTviews; a release without the fault is the cure' as "doNext"
      from (select count(*) as dependants from ${sql.identifier(cascade.schema, cascade.table)} group by ${sql.identifier(cascade.column)} having count(*) >= ${TOO_MANY}) w
    having count(*) > 0`,
});

/** Stale rows and ghosts of one TVIEW, and the parents whose cascade its ghosts end. Costs two evaluations of the view. Procedure tv-refresh-trouble. */
export const diagnoseTview = operation({
  effect: 'read',
  pace: 'slow',
  node: 'either',
  statementTimeout: '10 minutes',
  input: OnTarget.extend({ tview: Tview }),
  example: { ...RELEASED, tview: ORDER },
  answer: many(Finding),
  statement: (input) => sql`
    with seen as materialized (${compareTview.statement(input)})
    select 'stale rows' as trouble, entity as subject, format('%s of its view missing or old in the table, %s surplus', missing, surplus - ghosts) as seen, 'runbook start refreshTview' as "doNext"
      from seen where missing > 0 or surplus > ghosts
    union all
    select 'ghosts', entity, format('%s rows whose key its view does not have', ghosts), 'runbook start refreshTview' from seen where ghosts > 0
    union all
    select 'poisoned cascade', e.entity, format('the ghosts in %s end the cascade of its writes; what hangs on it beside %s may be stale', s.entity, s.entity),
           format('refresh %s first, then runbook start refreshAllTviews', s.entity)
      from seen s join (${edges(input.on)}) e on e.dependant = s.entity where s.ghosts > 0 and e."column" is not null`,
});

/** What the queue and the metadata of the queued interface say: a long queue, orphaned entries, failed and slow refreshes. Procedure tv-refresh-trouble. */
export const diagnoseQueue = operation({
  effect: 'read',
  input: OnTargetLonger,
  example: { ...QUEUED, longerThan: '1 minute' },
  answer: many(Finding),
  statement: ({ target, on, longerThan }) => sql`
    with queue as materialized (${measureQueue.statement({ target, on })}), meta as (select * from ${sql.identifier(on.schema, 'pg_tviews_metadata')})
    select 'long queue' as trouble, 'the queue' as subject, format('%s entries of %s views, the oldest %s s old: %s', depth, views, "oldestSeconds", level) as seen,
           'runbook start drainRefreshQueue' as "doNext" from queue where level <> 'OK'
    union all
    select 'orphaned entries', 'the queue', format('%s entries of views that do not exist', orphaned), 'runbook start clearRefreshQueue' from queue where orphaned > 0
    union all
    (select 'failed refresh', entity_name, left(last_error, 300), 'fix what the error says, then runbook start refreshTview' from meta where last_error is not null order by 2 limit 20)
    union all
    (select 'slow refresh', entity_name, format('%s ms', round(last_refresh_duration_ms::numeric)), 'refresh it by rows: runbook start refreshTview; explain its view'
       from meta where last_refresh_duration_ms > ${1_000 * seconds(longerThan)} order by last_refresh_duration_ms desc limit 20)`,
});
