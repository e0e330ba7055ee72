import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client as Postgres } from 'pg';
import type { Client } from '@temporalio/client';
import * as installation from '../../activities/pg-tviews/installation';
import * as queue from '../../activities/pg-tviews/refresh-queue';
import * as refresh from '../../activities/pg-tviews/refresh';
import * as triggers from '../../activities/pg-tviews/refresh-triggers';
import * as views from '../../activities/pg-tviews/views';
import { statementsOf } from '../../activities/effects/operation';
import { one } from '../../activities/sql/rows';
import type { Sql } from '../../activities/sql/sql';
import type { RunStatus } from '../../workflows/engine/display/status';
import { askAgain } from '../../activities/runs/ask-again';
import { layQueuedBed } from '../parts/queued-tviews';
import { forkWorker } from './forked-worker';
import { round, time } from './numbers';
import { progress, TARGET, TASK_QUEUE, type Setting } from './setting';

export interface Tviews {
  readonly drain: {
    readonly entries: number;
    readonly views: number;
    readonly entriesPerSecond: number;
    readonly seconds: number;
    readonly overPg: number;
  };
  readonly disable: { readonly triggers: number; readonly seconds: number; readonly longestWriteMs: number; readonly writes: number };
}

const NAMESPACE = 'bench-tviews';
const VIEWS = 20;
const ENTRIES = 100_000;
const TRIGGERS = 500;
const AT_ONCE = 5;

/** Draining a full queue against the same statements by one pg client, and disabling many triggers under writers. */
export async function measureTviews(setting: Setting): Promise<Tviews> {
  const { admin } = setting;
  const client = setting.client(NAMESPACE);
  const worker = await forkWorker(setting, NAMESPACE);
  try {
    await layQueuedBed(admin);
    for (let i = 0; i < VIEWS; i++) await makeView(admin, i);
    progress(`tviews: draining ${ENTRIES} entries by pg alone, then by the runbook`);
    await fill(admin);
    const plain = await time(() => drainPlainly(admin));
    await fill(admin);
    const run = await time(() => toTheEnd(client, 'drainRefreshQueue', { views: AT_ONCE }));
    progress(`tviews: disabling ${TRIGGERS} triggers under writers`);
    for (let i = VIEWS; i < TRIGGERS - 2; i++) await makeView(admin, i);
    return {
      drain: {
        entries: ENTRIES,
        views: VIEWS,
        entriesPerSecond: Math.round(ENTRIES / (run / 1_000)),
        seconds: round(run / 1_000),
        overPg: round(run / plain),
      },
      disable: await disableTriggers(setting, client),
    };
  } finally {
    await worker.kill();
  }
}

async function makeView(admin: Postgres, i: number): Promise<void> {
  await admin.query(`set role rb_own; set search_path = public; create table tb_v${i} (pk_v${i} bigint primary key, amount int not null);
    insert into tb_v${i} select n, n from generate_series(1, 1000) n;
    select make_tview('v${i}', 'select pk_v${i}, amount from public.tb_v${i}', 'tb_v${i}'); reset role; reset search_path; grant select on tb_v${i}, tv_v${i}, v_v${i} to rb_read, rb_ctl`);
}

const fill = (admin: Postgres): Promise<unknown> =>
  admin.query(
    `truncate pg_tviews_internal.queue; insert into pg_tviews_internal.queue select 'tv_v' || i % ${VIEWS}, now() - interval '1 hour' from generate_series(1, ${ENTRIES}) i`,
  );

/** The statements of the runbook, one after the other, without ledger, lock, plan and record. */
async function drainPlainly(admin: Postgres): Promise<void> {
  const rows = async ({ text, values }: Sql): Promise<unknown[]> => (await admin.query<Record<string, unknown>>(text, [...values])).rows;
  const all = async (statements: Sql | readonly Sql[]): Promise<void> => {
    for (const statement of statementsOf(statements)) await rows(statement);
  };
  await admin.query('set search_path = public');
  const target = TARGET;
  const on = one(installation.Installation).take(await rows(installation.probeTviews.statement({ target })));
  const found = (await rows(triggers.disableRefreshTriggers.before.statement({ target, on }))) as never[];
  await all(triggers.disableRefreshTriggers.statement({ target, on }, found));
  for (;;) {
    const taken = queue.refreshQueued.before.rows.take(await rows(queue.refreshQueued.before.statement({ target, on, views: AT_ONCE, limit: 100 })));
    if (taken.length === 0) break;
    await admin.query('begin');
    await all(queue.refreshQueued.statement({ target, on, views: AT_ONCE, limit: 100 }, taken));
    await admin.query('commit');
  }
  await all(triggers.setRefreshTriggers.statement({ target, on, states: found }, []));
  for (const tview of views.listTviews.answer.take(await rows(views.listTviews.statement({ target, on, after: '' })))) {
    await admin.query('begin');
    await all(refresh.refreshTviewByRows.statement({ target, on, tview }, []));
    await admin.query('commit');
    await rows(views.compareTview.statement({ target, on, tview }));
  }
  await admin.query('reset search_path');
}

async function toTheEnd(client: Client, runbook: string, input: object): Promise<void> {
  const workflowId = `${runbook}/${randomUUID()}`;
  const handle = await client.workflow.start(runbook, { workflowId, taskQueue: TASK_QUEUE, args: [{ target: TARGET, by: 'bench', ...input }] });
  let asked = '';
  for (;;) {
    const status = await askAgain(() => handle.query<RunStatus>('status'));
    if (status.outcome) break;
    if (status.parked) throw new Error(`${runbook} parked: ${status.parked.failure.message}`);
    if (!status.gate || !status.plan || status.gate.openedAt === asked) {
      await sleep(20);
      continue;
    }
    asked = status.gate.openedAt;
    await handle.executeUpdate('approve', { args: [{ plan: status.plan.slice(0, 8), gate: status.gate.number, by: 'olga' }] });
  }
  await handle.result();
}

async function disableTriggers(setting: Setting, client: Client): Promise<Tviews['disable']> {
  let going = true;
  let longest = 0;
  let writes = 0;
  const writers = Array.from({ length: 4 }, async (_, seed) => {
    const writer = new Postgres({ connectionString: setting.postgres.url(TARGET) });
    await writer.connect();
    for (let i = seed; going; i = (i + 7) % (TRIGGERS - 2)) {
      longest = Math.max(
        longest,
        await time(() => writer.query(`update public.tb_v${i} set amount = amount + 1 where pk_v${i} = 1`).then(() => undefined)),
      );
      writes++;
    }
    await writer.end();
  });
  const ms = await time(() => toTheEnd(client, 'disableRefreshTriggers', { breakGlass: true, reason: 'a benchmark' }));
  going = false;
  await Promise.all(writers);
  return { triggers: TRIGGERS, seconds: round(ms / 1_000), longestWriteMs: round(longest), writes };
}
