import { FILL_IN } from './fill-in';
import { READING_WORDS } from './name-rules';

/** The parts of a new operation's file: what it imports, and the operation itself. */
export interface OperationText {
  /** Names by the path that they come from. */
  readonly imports: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
}

/** Whether an operation of this name only looks. */
export const isReading = (name: string): boolean => READING_WORDS.some((word) => name.startsWith(word));

/** A new operation: a read or a write with its undo that works, to be rewritten piece by piece. */
export const operationText = (name: string): OperationText => (isReading(name) ? readText(name) : writeText(name));

/** The text of a new file for an operation. */
export const operationFileText = ({ imports, body }: OperationText): string =>
  `${Object.entries(imports)
    .map(([from, names]) => `import { ${names.join(', ')} } from '${from}';`)
    .join('\n')}\n\n${body}`;

const COMMON = { zod: ['z'], '../effects/operation': ['operation'], '../sql/sql': ['sql'] } as const;

const readText = (name: string): OperationText => ({
  imports: { ...COMMON, '../../workflows/contracts/params': ['TargetName'], '../sql/rows': ['one'] },
  body: `// ${FILL_IN} what it looks at, instead of the size of the database; then what its comment says, with the source.
/** How large the database is, in bytes. Source: pg_database_size(). */
export const ${name} = operation({
  effect: 'read',
  input: z.strictObject({ target: TargetName }),
  // ${FILL_IN} example: an input as a person would give it; its page in docs/statements is made from it.
  example: { target: 'orders-eu' },
  answer: one(z.object({ sizeBytes: z.string() })),
  statement: () => sql\`select pg_database_size(current_database())::text as "sizeBytes"\`,
});
`,
});

const writeText = (name: string): OperationText => ({
  imports: {
    ...COMMON,
    '../../workflows/contracts/params': ['Identifier', 'TargetName'],
    '../sql/requirements': ['conditions'],
    '../sql/rows': ['many'],
  },
  body: `// ${FILL_IN} what it changes, instead of the comment of a schema: before, statement, verify, undo, locks; then its comment and input.
/** Sets the comment of a schema, null for none. Login: the owner of the schema. */
export const ${name} = operation({
  effect: 'write',
  repeat: 'transactional',
  scope: 'database',
  login: 'own',
  input: z.strictObject({ target: TargetName, schema: Identifier, comment: z.string().max(1_000).nullable() }),
  // ${FILL_IN} example: an input as a person would give it, and what it would find; its page in docs/statements is made from them.
  example: { target: 'orders-eu', schema: 'app', comment: 'the shop' },
  exampleBefore: [{ comment: null }],
  // ${FILL_IN} requires: the rights and conditions that it needs, each with a sentence that says how to get it; or { none: 'why' }.
  requires: ({ schema }, { login }) =>
    conditions({
      holds: sql\`coalesce((select pg_has_role(\${login}, nspowner, 'usage') from pg_namespace where nspname = \${schema}), false)\`,
      lacks: \`The login \${login} does not own the schema \${schema}: grant it the role of the owner.\`,
    }),
  locks: 'SHARE UPDATE EXCLUSIVE on the schema, briefly',
  before: {
    rows: many(z.object({ comment: z.string().nullable() })),
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
`,
});
