import { setTimeout as sleep } from 'node:timers/promises';
import type { Client as Postgres } from 'pg';

/** Reads only the target's own tables and the ledger: it knows nothing of Temporal. */
export const checkerOf = (admin: Postgres) => ({
  amounts: async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await admin.query<{ name: string; amount: number }>('select name, amount from app.shelf')).rows.map(({ name, amount }) => [name, amount]),
    ),
  /** The state of each effect of this database, oldest first. */
  ledger: async (): Promise<string[]> =>
    (await admin.query<{ state: string }>(`select state from runbooks.ledger where state <> 'fence' order by seq`)).rows.map(({ state }) => state),
  extension: async (): Promise<string | undefined> =>
    (await admin.query<{ extversion: string }>(`select extversion from pg_extension where extname = 'pg_trgm'`)).rows[0]?.extversion,
  /** What ALTER SYSTEM has written; an empty text where nothing is. */
  setting: async (): Promise<string> =>
    (await admin.query<{ setting: string }>(`select setting from pg_file_settings where name = 'work_mem' and sourcefile like '%auto.conf'`)).rows[0]
      ?.setting ?? '',
  /** Our sessions of the whole server that are not idle, after at most five seconds in which the last of them may end. */
  busy: async (): Promise<string[]> => {
    let names: string[] = [];
    for (let look = 0; look < 50; look++) {
      const { rows } = await admin.query<{ name: string }>(
        `select application_name as name from pg_stat_activity where application_name like 'rb:%' and state is distinct from 'idle'`,
      );
      names = rows.map(({ name }) => name);
      if (names.length === 0) break;
      await sleep(100);
    }
    return names;
  },
});
