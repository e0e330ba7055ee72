import { hasSmoke, smokeOf } from '../../../activities/postgres/extension-smoke';
import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, previewOf, verdictOf } from '../../support/exercise-operation';
import { extensionPath, PROBE_FOLDER } from '../../support/exercise-operation-probe';
import { startWorld, type World } from '../../support/world';

const trgm = { extension: 'pg_trgm', to: '1.6' };
const before = [{ extension: 'pg_trgm', version: '1.5', schema: 'app' }];

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  beforeAll(async () => {
    const probe = major === 18 ? { extension_control_path: extensionPath(PROBE_FOLDER) } : {};
    world = await startWorld({ major, settings: { shared_preload_libraries: 'pg_stat_statements', ...probe } });
    await world.admin.query('grant create on database shop to rb_own; grant create on schema app to rb_own');
  });
  afterAll(() => world.stop());
  beforeEach(() => installed('pg_trgm', '1.5'));

  const installed = (extension: string, version: string) =>
    world.admin.query(
      `drop extension if exists ${extension}; set role rb_own; create extension ${extension} schema app version '${version}'; reset role`,
    );
  const version =
    (extension = 'pg_trgm') =>
    async () =>
      (await world.admin.query<{ version: string }>('select extversion as version from pg_extension where extname = $1', [extension])).rows[0]
        ?.version;

  test('findExtensionPath tells installed, offered, and whether scripts lead there and back', async () => {
    expect(await answerOf(world, 'findExtensionPath', trgm)).toMatchObject({
      installed: '1.5',
      schema: 'app',
      owner: 'rb_own',
      offered: true,
      path: '1.5--1.6',
      back: null,
      preloaded: false,
    });
    const none = { offered: false, path: null };
    expect(await answerOf(world, 'findExtensionPath', { ...trgm, to: '7.0' })).toMatchObject({ installed: '1.5', ...none });
    expect(await answerOf(world, 'findExtensionPath', { extension: 'hstore', to: '1.8' })).toMatchObject({
      installed: null,
      offered: true,
      path: null,
    });
    for (const extension of ['nope', 'x"; drop table app.shelf; --'])
      expect(await answerOf(world, 'findExtensionPath', { extension, to: '1' })).toMatchObject({ installed: null, ...none });
  });

  const described = {
    bed: () => databaseBed(world),
    input: trgm,
    seen: version(),
    lacks: {
      take: () => world.admin.query(`drop extension pg_trgm; create extension pg_trgm schema app version '1.5'`),
      giveBack: () => installed('pg_trgm', '1.5'),
      says: /The login rb_own does not own the extension pg_trgm\. Run: GRANT postgres TO rb_own;/,
    },
  };
  describeOperation('tryExtensionUpdate', { ...described, changes: { from: '1.5', to: '1.5' } });
  describeOperation('updateExtensionPermanently', { ...described, changes: { from: '1.5', to: '1.6' } });

  test('tryExtensionUpdate reports its locks, and what the server refuses', async () => {
    const answer = await effectOf(world, 'tryExtensionUpdate', trgm).act();
    expect(answer.verified).toContain('version 1.6');
    expect(answer.observed).toBeDefined();
    await expect(effectOf(world, 'tryExtensionUpdate', { ...trgm, to: '7.0' }).act()).rejects.toThrow(/no update path/);
  });

  test('scripts for superusers need CREATE on the database where the extension is trusted, which is told before people are asked', async () => {
    await world.admin.query('revoke create on database shop from rb_own');
    try {
      await expect(previewOf(world, 'updateExtensionPermanently', trgm)).rejects.toMatchObject({
        type: 'PreconditionUnmet',
        message: expect.stringContaining('Run: GRANT CREATE ON DATABASE shop TO rb_own;'),
      });
      await expect(effectOf(world, 'updateExtensionPermanently', trgm).act()).rejects.toMatchObject({ code: '42501' });
    } finally {
      await world.admin.query('grant create on database shop to rb_own');
    }
  });

  test.each(['tryExtensionUpdate', 'updateExtension', 'updateExtensionPermanently'])('the verification of %s can say no', async (name) => {
    expect(await verdictOf(world, name, trgm, before)).toMatchObject({ holds: false, seen: expect.stringContaining('version 1.5') });
    await world.admin.query('drop extension pg_trgm');
    expect((await verdictOf(world, name, { extension: 'nope', to: '1' })).holds).not.toBe(true);
  });

  test('an update waits at most a second for locks, and then nothing has happened', async () => {
    await world.admin.query('begin; select pg_advisory_xact_lock(1); lock table pg_extension in access exclusive mode');
    await expect(effectOf(world, 'updateExtensionPermanently', trgm).act()).rejects.toMatchObject({ code: '55P03' });
    await world.admin.query('rollback');
    expect(await version()()).toBe('1.5');
  });

  if (major === 18)
    describeOperation('updateExtension', {
      bed: () => databaseBed(world),
      prepare: () => installed('rb_probe', '1.0'),
      input: { extension: 'rb_probe', to: '1.1' },
      seen: version('rb_probe'),
      changes: { from: '1.0', to: '1.1' },
    });

  test.each(['pg_trgm', 'hstore', 'citext', 'pgcrypto', 'pg_stat_statements', 'unaccent'])(
    'the smoke call of %s works in another schema',
    async (name) => {
      expect(hasSmoke(name)).toBe(true);
      await world.admin.query(`create schema "Other one"; drop extension if exists ${name}`);
      try {
        await world.admin.query(`create extension ${name} schema "Other one"`);
        const { text, values } = smokeOf(name, 'Other one');
        await world.admin.query('set search_path = pg_catalog');
        const { rows } = await world.admin.query<{ works: boolean }>(`select ${text} as works`, [...values]);
        expect(rows).toEqual([{ works: true }]);
      } finally {
        await world.admin.query('reset search_path; drop schema "Other one" cascade');
      }
    },
  );
});
