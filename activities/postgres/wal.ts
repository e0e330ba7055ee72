import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { conditions } from '../sql/requirements';
import { many } from '../sql/rows';
import { sql } from '../sql/sql';

/** Where the statement leaves the position of the restore point for the verification: a setting of its transaction only. */
const POSITION = 'runbooks.restore_point';

/** Writes a named restore point into the WAL, at which a point-in-time recovery can stop. Login: EXECUTE on pg_create_restore_point. */
export const createRestorePoint = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'control',
  input: z.strictObject({ target: TargetName, name: z.string().min(1).max(63) }),
  example: { target: 'orders-eu', name: 'before-pg_trgm-1.6' },
  exampleBefore: [{ walLevel: 'replica', lsn: '0/1' }],
  requires: (_, { login }) =>
    conditions(
      {
        holds: sql`has_function_privilege(${login}, 'pg_create_restore_point(text)', 'execute')`,
        lacks: `The login ${login} may not create restore points. Run: GRANT EXECUTE ON FUNCTION pg_create_restore_point(text) TO ${sql.identifier(login).text}.`,
      },
      {
        holds: sql`current_setting('wal_level') <> 'minimal'`,
        lacks: 'wal_level is minimal: no backup of this server can be recovered to a restore point. Set it to replica and restart the server.',
      },
    ),
  locks: 'none',
  before: {
    rows: many(z.object({ walLevel: z.string(), lsn: z.string() })),
    statement: () => sql`select current_setting('wal_level') as "walLevel", pg_current_wal_insert_lsn()::text as lsn`,
  },
  binds: (before) => before.map(({ walLevel }) => walLevel),
  statement: ({ name }) => sql`select set_config(${POSITION}, pg_create_restore_point(${name})::text, true) as lsn`,
  verify: (_, before) => sql`
    select coalesce(at > ${before[0]?.lsn ?? null}::pg_lsn, false) as holds, 'a restore point in the WAL'::text as expected,
           coalesce('a restore point at ' || at, 'no restore point') as seen
      from (select nullif(current_setting(${POSITION}, true), '')::pg_lsn as at) r`,
  undo: { none: 'a restore point is a marker in the WAL and does no harm' },
});
