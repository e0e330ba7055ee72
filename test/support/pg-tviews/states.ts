import type { Client } from 'pg';

/** The state of every trigger of users, and the body of the trigger functions: what pausing and restoring is about. */
export async function triggerStates(admin: Client): Promise<string[]> {
  const { rows } = await admin.query<{ state: string }>(
    `select format('%s %s %s', tgrelid::regclass, tgname, tgenabled) as state from pg_trigger where not tgisinternal
     union all select md5(prosrc) from pg_proc where prorettype = 'trigger'::regtype and proname in ('tview_trigger_handler', 'enqueue')
     order by 1`,
  );
  return rows.map(({ state }) => state);
}

/** How many rows of the bed's TVIEWs differ from their views. */
export async function staleRows(admin: Client): Promise<number> {
  let stale = 0;
  for (const [table, columns] of [
    ['customer', 'pk_customer, data'],
    ['order', 'pk_order, fk_customer, data'],
  ]) {
    const { rows } = await admin.query<{ stale: number }>(
      `select count(*)::int as stale from ((select ${columns} from v_${table} except all select ${columns} from tv_${table}) union all
                                          (select ${columns} from tv_${table} except all select ${columns} from v_${table})) d`,
    );
    stale += rows[0]?.stale ?? 0;
  }
  return stale;
}
