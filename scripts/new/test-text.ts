import { camelCase } from '../generate/sources';
import { FILL_IN } from './fill-in';
import { isReading } from './operation-text';

/** The text of a new runbook's test. */
export const runbookTestText = (
  area: string,
  name: string,
): string => `import { ${camelCase(name)} } from '../../../workflows/runbooks/${area}/${name}';
import { describeRunbook } from '../../support/describe-runbook';

// ${FILL_IN} an input with which it has something to do, how the world is prepared for that, and what has happened at the end.
describeRunbook(${camelCase(name)}, {
  input: { role: 'app_web', limit: 7 },
  prepare: async ({ admin }) => {
    await admin.query(\`do $$ begin create role app_web; exception when duplicate_object then null; end $$; alter role app_web connection limit -1\`);
    await admin.query('grant app_web to rb_ctl with admin option');
  },
  happened: async ({ admin }) => {
    const { rows } = await admin.query(\`select rolconnlimit as "limit" from pg_roles where rolname = 'app_web'\`);
    expect(rows).toEqual([{ limit: 7 }]);
  },
});
`;

/** The text of a new operation's test. */
export const operationTestText = (name: string): string => (isReading(name) ? readTestText(name) : writeTestText(name));

const readTestText = (name: string): string => `import { answerOf } from '../../support/exercise-operation';
import { startWorld, type World } from '../../support/world';

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ major });
  });
  afterAll(() => world.stop());

  // ${FILL_IN} a world in which it has something to see, and one in which it has not: a check must be able to fail.
  test('${name} tells what is there', async () => {
    expect(await answerOf(world, '${name}', {})).toEqual({ sizeBytes: expect.stringMatching(/^\\d{6,}$/) });
  });
});
`;

const writeTestText = (name: string): string => `import { describeOperation } from '../../support/describe-operation';
import { databaseBed } from '../../support/exercise-operation';
import { startWorld, type World } from '../../support/world';

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ major });
  });
  afterAll(() => world.stop());

  const comment = async () =>
    (await world.admin.query<{ comment: string | null }>(\`select obj_description('app'::regnamespace) as comment\`)).rows[0]?.comment ?? null;

  describeOperation('${name}', {
    bed: () => databaseBed(world),
    // ${FILL_IN} the exercise: a world in which the input has something to do, and what that world says before and after the act.
    prepare: () => world.admin.query(\`alter schema app owner to rb_own; comment on schema app is 'old'\`),
    input: { schema: 'app', comment: 'new' },
    seen: comment,
    changes: { from: 'old', to: 'new' },
    // ${FILL_IN} verify says no: what somebody else could do afterwards, so that the verification refuses it and the undo leaves it.
    spoil: () => world.admin.query(\`comment on schema app is 'theirs'\`),
    // ${FILL_IN} requires says no: what is taken away, and what people are told.
    lacks: {
      take: () => world.admin.query('alter schema app owner to postgres'),
      giveBack: () => world.admin.query('alter schema app owner to rb_own'),
      says: /rb_own does not own the schema app/,
    },
  });
});
`;
