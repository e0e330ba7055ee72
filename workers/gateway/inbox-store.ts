import { Pool } from 'pg';
import { storable } from '../../activities/control/storable';
import type { AlertRun, Inbox, Limits, News } from '../alerts/inbox';
import { loadInbox, openScope, runOf, saveInbox, type RunRow, type Scope } from './inbox-rows';

const HOUR_MS = 3_600_000;
/** A gateway that cannot decide in this time answers 503; senders wait at most 5 seconds. */
const STATEMENT_MS = 3_000;
/** So much the sweep takes up in a round. */
const AT_A_TIME = 200;

/** A delivery as the inbox keeps it. */
export interface Delivery {
  readonly source: string;
  /** The sender's own id, or the digest of the bytes. */
  readonly key: string;
  readonly alerts: number;
  readonly truncated: number;
  /** Whether its key covers a signed time: then the same key again is a replay, and is not judged once it was answered. */
  readonly once: boolean;
}

/** News with its number in the store. */
export interface StoredNews extends News {
  readonly id: string;
}

/** The gateway's inbox in the control database. One batch at a time over all gateways: every storm rule sees everything. */
export class InboxStore {
  private readonly pool: Pool;

  constructor(url: string) {
    this.pool = new Pool({
      connectionString: url,
      application_name: 'rb:gateway',
      max: 4,
      connectionTimeoutMillis: 2_000,
      statement_timeout: STATEMENT_MS,
      query_timeout: STATEMENT_MS + 500,
      // A gateway whose machine has gone must not hold the lock of all gateways until TCP gives up.
      idle_in_transaction_session_timeout: STATEMENT_MS + 2_000,
    });
    this.pool.on('error', () => undefined);
    // One that breaks while it is used would otherwise end the gateway.
    this.pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  /** Runs `judge` on the inbox that `scope` needs and stores what it changed, with the deliveries, in one transaction. */
  async change(
    scope: Scope | 'open',
    deliveries: readonly Delivery[],
    limits: Limits,
    now: number,
    judge: (inbox: Inbox, again: (delivery: Delivery) => boolean) => void,
  ): Promise<Inbox> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      await client.query('select pg_advisory_xact_lock(7238, 2)');
      const known = deliveries.length ? await client.query<{ at: string }>(DELIVERED, [storable(deliveries)]) : { rows: [] };
      const answered = new Set(known.rows.map(({ at }) => at));
      const inbox = await loadInbox(client, scope === 'open' ? await openScope(client) : scope, limits, now);
      const runsBefore = new Map([...inbox.runs].map(([id, run]) => [id, JSON.stringify(run)]));
      judge(inbox, ({ source, key }) => answered.has(`${source}/${key}`));
      inbox.close(now);
      await saveInbox(client, inbox, (run) => runsBefore.get(run.workflowId) !== JSON.stringify(run));
      await client.query('commit');
      return inbox;
    } catch (error) {
      broken = error as Error;
      await client.query('rollback').catch(() => undefined);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Runs that Temporal has not confirmed yet: all of these, or the 200 that wait longest. */
  async unaccepted(workflowIds?: readonly string[]): Promise<AlertRun[]> {
    const { rows } = await this.pool.query<RunRow>(
      `select * from runbooks_control.alert_run where accepted_at is null and ended_at is null and ($1::text[] is null or workflow_id = any($1)) order by asked_at limit $2`,
      [workflowIds ?? null, workflowIds ? null : AT_A_TIME],
    );
    return rows.map(runOf);
  }

  /** Runs that were confirmed and are not known to have ended. */
  async running(): Promise<AlertRun[]> {
    const { rows } = await this.pool.query<RunRow>(
      'select * from runbooks_control.alert_run where accepted_at is not null and ended_at is null order by asked_at limit 500',
    );
    return rows.map(runOf);
  }

  async accepted(workflowId: string, now: number): Promise<void> {
    await this.pool.query('update runbooks_control.alert_run set accepted_at = $2 where workflow_id = $1 and accepted_at is null', [workflowId, now]);
  }

  /** News that nobody has been told yet, oldest first. A run that Temporal has not confirmed cannot be told yet: it would pass for one that had ended. */
  async untold(kinds: readonly News['kind'][], workflowIds?: readonly string[]): Promise<StoredNews[]> {
    const { rows } = await this.pool.query<{
      id: string;
      key: string;
      kind: News['kind'];
      workflow_id: string | null;
      target: string | null;
      says: string;
      all_resolved: boolean;
    }>(
      `select * from runbooks_control.alert_news n where told_at is null and kind = any($1) and ($2::text[] is null or workflow_id = any($2))
          and (kind = 'page' or not exists (select from runbooks_control.alert_run r where r.workflow_id = n.workflow_id and r.accepted_at is null))
        order by id limit $3`,
      [kinds, workflowIds ?? null, workflowIds ? null : AT_A_TIME],
    );
    return rows.map(({ workflow_id: workflowId, all_resolved: allResolved, ...news }) => ({ ...news, workflowId, allResolved }));
  }

  /** Tells news unless another gateway tells it now, or has told it. A gateway whose machine has gone holds up the others for a minute: a message takes at most 46 seconds. */
  async tellOnce(id: string, tell: () => Promise<void>): Promise<void> {
    const client = await this.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      await client.query(`set local idle_in_transaction_session_timeout = '60s'`);
      const mine = await client.query<{ lock: boolean }>('select pg_try_advisory_xact_lock(7238, 3) as lock');
      // Another may have told it between our look and the lock.
      const untold = await client.query('select from runbooks_control.alert_news where id = $1 and told_at is null', [id]);
      if (mine.rows[0]?.lock && untold.rows.length) await tell();
      await client.query('commit');
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      // A broken session ends, and the lock with it.
      client.release(broken);
    }
  }

  async told(id: string, how: string): Promise<void> {
    await this.pool.query('update runbooks_control.alert_news set told_at = clock_timestamp(), told = $2 where id = $1', [id, how]);
  }

  /** Marks deliveries as answered. */
  async answered(deliveries: readonly Delivery[]): Promise<void> {
    await this.pool.query(
      `update runbooks_control.alert_delivery d set answered_at = coalesce(answered_at, clock_timestamp())
         from jsonb_to_recordset($1) as x(source text, key text) where d.source = x.source and d.key = x.key`,
      [storable(deliveries)],
    );
  }

  /** Notes that a watchdog was heard. */
  async heard(source: string, now: number): Promise<void> {
    await this.pool.query(
      `insert into runbooks_control.alert_watchdog (source, heard_at) values ($1, $2)
         on conflict (source) do update set heard_at = excluded.heard_at`,
      [source, now],
    );
  }

  /** When each watchdog was heard last; a source that was never heard counts from the first look. */
  async watchdog(source: string, now: number): Promise<number> {
    const { rows } = await this.pool.query<{ heard_at: string }>(
      `with first as (insert into runbooks_control.alert_watchdog (source, heard_at) values ($1, $2) on conflict do nothing returning heard_at)
       select heard_at from first union all select heard_at from runbooks_control.alert_watchdog where source = $1`,
      [source, now],
    );
    return Number(rows[0]?.heard_at ?? now);
  }

  /** Forgets deliveries older than 7 days, and episodes, runs and news older than 30. */
  async forgetOld(now: number): Promise<void> {
    const month = now - 30 * 24 * HOUR_MS;
    await this.pool.query(`delete from runbooks_control.alert_delivery where last_at < clock_timestamp() - interval '7 days'`);
    await this.pool.query(`delete from runbooks_control.alert_episode where (status = 'resolved' or state = 'stale') and last_at < $1`, [month]);
    await this.pool.query('delete from runbooks_control.alert_run where ended_at < $1', [month]);
    await this.pool.query(`delete from runbooks_control.alert_news where told_at < clock_timestamp() - interval '30 days'`);
  }

  async ping(): Promise<void> {
    await this.pool.query('select 1 from runbooks_control.alert_run limit 1');
  }

  close = (): Promise<void> => this.pool.end();
}

/** Counts deliveries; returns those that were answered before. */
const DELIVERED = `
with counted as (insert into runbooks_control.alert_delivery as d (source, key, alerts, truncated, times)
select source, key, max(alerts), max(truncated), count(*) from jsonb_to_recordset($1) as x(source text, key text, alerts integer, truncated integer) group by source, key
on conflict (source, key) do update set times = d.times + excluded.times, last_at = clock_timestamp()
returning source, key, answered_at)
select source || '/' || key as at from counted where answered_at is not null`;
