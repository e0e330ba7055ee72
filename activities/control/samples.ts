import { z } from 'zod';
import { many } from '../sql/rows';
import type { Session } from '../sql/session';
import { sql } from '../sql/sql';

const Member = z.object({ name: z.string(), sync: z.string() });

/** What the primary of a cluster said of itself at a moment; `primary` is null where none answered. */
export const Sample = z.object({
  ageSeconds: z.number(),
  primary: z.object({ node: z.string(), timeline: z.number(), lsn: z.string(), syncNames: z.string(), members: z.array(Member) }).nullable(),
});
export type Sample = z.infer<typeof Sample>;
export type Seen = NonNullable<Sample['primary']>;

const KEPT = 50;

/** Stores what was seen now, and forgets what is older than a day. */
export async function storeSample(session: Session, systemIdentifier: string, seen: Seen | null): Promise<void> {
  await session.run(sql`
    insert into runbooks_control.replication_sample (system_identifier, node, timeline, lsn, sync_names, members)
    values (${systemIdentifier}, ${seen?.node ?? null}, ${seen?.timeline ?? null}, ${seen?.lsn ?? null}, ${seen?.syncNames ?? null},
            ${seen ? JSON.stringify(seen.members) : null})`);
  await session.run(sql`
    delete from runbooks_control.replication_sample where system_identifier = ${systemIdentifier} and at < clock_timestamp() - interval '1 day'`);
}

/** The newest samples of a cluster, newest first. */
export async function newestSamples(session: Session, systemIdentifier: string): Promise<Sample[]> {
  const rows = await session.query(sql`
    select extract(epoch from clock_timestamp() - at)::float8 as "ageSeconds",
           case when node is not null then jsonb_build_object('node', node, 'timeline', timeline, 'lsn', lsn::text, 'syncNames', sync_names, 'members', members) end as primary
      from runbooks_control.replication_sample where system_identifier = ${systemIdentifier} order by id desc limit ${KEPT}`);
  return many(Sample).take(rows);
}
