import { READING_WORDS } from './name-rules';

/** Whether an operation of this name only looks. */
export const isReading = (name: string): boolean => READING_WORDS.some((word) => name.startsWith(word));

/** The text of a new file of operations: a read or a write with its way back that works, to be rewritten piece by piece. */
export const operationText = (name: string): string => (isReading(name) ? readText(name) : writeText(name));

const readText = (name: string): string => `import { z } from 'zod';
import { TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { one } from '../sql/rows';
import { sql } from '../sql/sql';

/** How large the database is, in bytes: replace this by what the operation looks at. Source: pg_database_size(). */
export const ${name} = operation({
  effect: 'read',
  input: z.strictObject({ target: TargetName }),
  answer: one(z.object({ sizeBytes: z.string() })),
  statement: () => sql\`select pg_database_size(current_database())::text as "sizeBytes"\`,
});
`;

const writeText = (name: string): string => `import { z } from 'zod';
import { Identifier, TargetName } from '../../workflows/contracts/params';
import { operation } from '../effects/operation';
import { many } from '../sql/rows';
import { sql } from '../sql/sql';

const Comment = z.object({ comment: z.string().nullable() });

/** Sets the comment of a schema, null for none: replace this by what the operation changes. Its undo is the same act with the old comment. */
export const ${name} = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: z.strictObject({ target: TargetName, schema: Identifier, comment: z.string().max(1_000).nullable() }),
  locks: 'SHARE UPDATE EXCLUSIVE on the schema, for an instant',
  before: {
    rows: many(Comment),
    statement: ({ schema }) => sql\`select obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname = \${schema}\`,
  },
  statement: ({ schema, comment }) => sql\`comment on schema \${sql.identifier(schema)} is \${comment === null ? sql\`null\` : sql.literal(comment)}\`,
  verify: ({ schema, comment }) => sql\`
    select count(*) = 1 and bool_and(obj_description(oid, 'pg_namespace') is not distinct from \${comment}::text) as holds,
           coalesce(\${comment}::text, 'no comment') as expected,
           coalesce(max(obj_description(oid, 'pg_namespace')), 'no comment') as seen
      from pg_namespace where nspname = \${schema}\`,
  undo: { by: '${name}', input: (input, [before]) => ({ ...input, comment: before?.comment ?? null }) },
});
`;
