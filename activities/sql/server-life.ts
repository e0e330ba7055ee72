import type { Client } from 'pg';
import { z } from 'zod';
import type { ServerLife } from '../../workflows/contracts/orders';
import { runBatch } from './batch';
import { sql } from './sql';

/**
 * Sources: pg_postmaster_start_time(), which a crash of a backend leaves as it is, and the time since when statistics count, which recovery
 * after a crash sets again and a clean restart keeps. Measured on 15 and 18.
 */
const LIFE = sql`
  select extract(epoch from pg_postmaster_start_time())::text as "startedAt",
         coalesce((select extract(epoch from stats_reset)::text from pg_stat_archiver), '') as "statsSince"`;

const Life = z.object({ startedAt: z.string(), statsSince: z.string() });

/** A connection does not outlive its server, so what it once read of it stays true. */
const KNOWN = new WeakMap<Client, z.infer<typeof Life>>();

/** Which life of its server a connection speaks to; asked once for each connection. */
export async function lifeOf(client: Client, node: string): Promise<ServerLife> {
  const known = KNOWN.get(client);
  if (known) return { node, ...known };
  const [result] = await runBatch(client, [LIFE]);
  const life = Life.parse(result?.rows[0]);
  KNOWN.set(client, life);
  return { node, ...life };
}
