import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { one } from '../sql/rows';
import { sql } from '../sql/sql';

const Invalid = z.object({ invalidIndexes: z.array(z.string()), invalidIndexCount: z.number() });

/** The invalid indexes that nobody is building: how many, and the names of 10. Sources: pg_index, pg_stat_progress_create_index. */
export const findInvalidIndexes = operation({
  effect: 'read',
  node: 'either',
  input: z.strictObject({ target: TargetName }),
  example: { target: 'orders-eu' },
  answer: one(Invalid),
  statement: () => sql`
    with invalid as (
      select i.indexrelid::regclass::text as name from pg_index i
       where not i.indisvalid
         -- A partitioned index is invalid until each partition has its own.
         and (select relkind from pg_class c where c.oid = i.indexrelid) = 'i'
         and not exists (select from pg_stat_progress_create_index p where p.relid = i.indrelid)
    )
    select (select count(*)::int from invalid) as "invalidIndexCount",
           array(select name from invalid order by name limit 10) as "invalidIndexes"`,
});
