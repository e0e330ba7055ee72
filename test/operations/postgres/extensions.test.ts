import { hasSmoke, smokeOf } from '../../../activities/postgres/extension-smoke';
import { answerOf, effectOf, expectStatements, exerciseWrite, verdictOf } from '../../support/exercise-operation';
import { extensionPath, PROBE_FOLDER } from '../../support/exercise-operation-probe';
import { startWorld, type World } from '../../support/world';

const trgm = { extension: 'pg_trgm', to: '1.6' };
const before = [{ extension: 'pg_trgm', version: '1.5', schema: 'app' }];

describe('statements', () => {
  test.each(['findExtensionPath', 'tryExtensionUpdate', 'updateExtension', 'updateExtensionForGood'])('%s', (name) =>
    expectStatements('postgres', name, trgm, before),
  );
  test('createRestorePoint', () =>
    expectStatements('postgres', 'createRestorePoint', { name: 'before-pg_trgm-1.6' }, [{ walLevel: 'replica', lsn: '0/1' }]));
});

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

  test('tryExtensionUpdate changes nothing and reports its locks', async () => {
    const effect = effectOf(world, 'tryExtensionUpdate', trgm);
    const answer = await effect.act();
    expect(answer.verified).toContain('version 1.6');
    expect(answer.observed).toBeDefined();
    expect(await version()()).toBe('1.5');
    expect((await effect.act()).how).toBe('found');
    await expect(effectOf(world, 'tryExtensionUpdate', { ...trgm, to: '7.0' }).act()).rejects.toThrow(/no update path/);
  });

  test('updateExtensionForGood updates once', async () => {
    expect(await exerciseWrite(world, 'updateExtensionForGood', trgm, version())).toEqual({ before: '1.5', after: '1.6' });
  });

  test.each(['tryExtensionUpdate', 'updateExtension', 'updateExtensionForGood'])('the verification of %s can say no', async (name) => {
    expect(await verdictOf(world, name, trgm, before)).toMatchObject({ holds: false, seen: expect.stringContaining('version 1.5') });
    await world.admin.query('drop extension pg_trgm');
    expect((await verdictOf(world, name, { extension: 'nope', to: '1' })).holds).not.toBe(true);
  });

  test('an update waits at most a second for locks, and then nothing has happened', async () => {
    await world.admin.query('begin; select pg_advisory_xact_lock(1); lock table pg_extension in access exclusive mode');
    await expect(effectOf(world, 'updateExtensionForGood', trgm).act()).rejects.toMatchObject({ code: '55P03' });
    await world.admin.query('rollback');
    expect(await version()()).toBe('1.5');
  });

  test('createRestorePoint moves the WAL, and its verification can say no', async () => {
    const answer = await effectOf(world, 'createRestorePoint', { name: 'exercise' }).act();
    expect(answer).toMatchObject({ how: 'done', evidence: { login: 'rb_ctl' } });
    expect(await verdictOf(world, 'createRestorePoint', { name: 'x' }, [{ walLevel: 'replica', lsn: 'FFFF/0' }])).toMatchObject({ holds: false });
  });

  if (major === 18)
    test('updateExtension: act, undo, act, act again', async () => {
      await installed('rb_probe', '1.0');
      expect(await exerciseWrite(world, 'updateExtension', { extension: 'rb_probe', to: '1.1' }, version('rb_probe'))).toEqual({
        before: '1.0',
        after: '1.1',
      });
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
