import { Client } from 'pg';
import { describeOperation } from '../../support/describe-operation';
import { answerOf, databaseBed, effectOf, previewOf, verdictOf } from '../../support/exercise-operation';
import { DIALECTS, layBed, type Dialect } from '../../support/pg-tviews/beds';
import { startWorld, type World } from '../../support/world';

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let world: World;
  let on: { dialect: Dialect };
  beforeAll(async () => {
    world = await startWorld({ major, settings: { autovacuum: 'off', shared_preload_libraries: 'pg_stat_statements' } });
  });
  afterAll(() => world.stop());

  const answer = async <T>(name: string, input: object = {}): Promise<T> => (await answerOf(world, name, input)) as T;
  const beside = async (application: string, statement: string, body: () => Promise<void>): Promise<void> => {
    const client = new Client({ connectionString: world.postgres.url('shop'), application_name: application });
    await client.connect();
    await client.query(statement);
    await body().finally(() => client.end());
  };
  const all = async () => ({
    tables: (await answer<{ schema: string; table: string }[]>('listMaintainedTables', { on })).map(({ schema, table }) => ({ schema, table })),
  });
  const flushed = () => world.admin.query('select pg_stat_force_next_flush()');

  describe.each(DIALECTS)('and the %s interface', (dialect) => {
    const internal =
      dialect === 'immediate' ? ['public.pg_tview_audit_log', 'public.pg_tview_meta'] : ['pg_tviews_internal.queue', 'public.pg_tviews_metadata'];
    const views = dialect === 'immediate' ? ['customer', 'item', 'order'] : ['customer', 'order'];
    const tables = [...views.map((view) => `public.tv_${view}`), ...internal].sort();
    beforeEach(async () => {
      await layBed(world.admin, dialect);
      on = await answer('probeTviews');
      await world.admin.query('set session_replication_role = replica; update tv_order set data = data; reset session_replication_role');
      await flushed();
    });

    test('the tables are the tv_ tables and its own tables, with their dead rows', async () => {
      expect(await answer('measureTviewTables', { on })).toMatchObject({ tables: tables.length, deadRows: 20, auditRows: 0 });
      const list = await answer<{ table: string; kind: string; deadRows: number; lastVacuum: unknown }[]>('listTviewTables', { on });
      expect(list.map(({ table }) => table).sort()).toEqual(tables);
      expect(list[0]).toMatchObject({ table: 'public.tv_order', kind: 'tview', deadRows: 20, lastVacuum: null });
      expect(
        list
          .filter(({ kind }) => kind === 'internal')
          .map(({ table }) => table)
          .sort(),
      ).toEqual(internal);
    });

    const dead = async () => (await flushed(), (await answer<{ deadRows: number }>('measureTviewTables', { on })).deadRows);
    describeOperation('vacuumOwnTviewTables', {
      bed: () => databaseBed(world),
      input: all,
      seen: dead,
      changes: { from: 20, to: 0 },
      lacks: {
        take: () => world.admin.query('alter table tv_order owner to postgres'),
        giveBack: () => world.admin.query('alter table tv_order owner to rb_own'),
        says: /^The login rb_own may not vacuum public\.tv_order\. Run: GRANT pg_maintain TO rb_own/,
      },
    });
    if (major >= 17 && dialect === 'immediate')
      describeOperation('vacuumTviewTables', { bed: () => databaseBed(world), input: all, seen: dead, changes: { from: 20, to: 0 } });
    else
      test('what vacuumTviewTables lacks is said before people are asked', async () => {
        await expect(previewOf(world, 'vacuumTviewTables', await all())).rejects.toMatchObject({
          type: 'PreconditionUnmet',
          message: expect.stringContaining('The login rb_maint may not vacuum'),
        });
      });

    test('countUnvacuumedTviews says which tables were not reached', async () => {
      await effectOf(world, 'vacuumOwnTviewTables', await all()).act();
      await flushed();
      expect(await answer('countUnvacuumedTviews', { on, within: '1 hour' })).toEqual({ tables: tables.length, left: 0, which: [] });
      expect(await answer('countUnvacuumedTviews', { on, within: '0 seconds' })).toMatchObject({ left: tables.length });
    });

    test('rows that somebody still sees stay, and the holder is named', async () => {
      await beside('old-report', 'begin isolation level repeatable read; select 1 from tv_order', async () => {
        await world.admin.query('set session_replication_role = replica; update tv_order set data = data; reset session_replication_role');
        await flushed();
        await effectOf(world, 'vacuumOwnTviewTables', await all()).act();
        expect((await answer<{ deadRows: number }>('measureTviewTables', { on })).deadRows).toBeGreaterThan(0);
        const [holder] = await answer<{ kind: string; who: string }[]>('listXminHoldersOfTviews', { on });
        expect(holder).toMatchObject({ kind: 'session', who: expect.stringContaining('old-report') });
      });
    });

    test('the verification names what was not done', async () => {
      const { before } = await previewOf(world, 'vacuumOwnTviewTables', await all());
      expect(await verdictOf(world, 'vacuumOwnTviewTables', await all(), before.sample)).toMatchObject({
        holds: false,
        seen: expect.stringContaining('public.tv_order'),
      });
      expect(await answer('countUnvacuumedTviews', { on, within: '1 day' })).toMatchObject({ left: tables.length, which: tables });
    });

    test('a table that cannot be locked is passed over and named; the others are done', async () => {
      await beside('other', 'begin; lock table tv_customer in access exclusive mode', async () =>
        expect(effectOf(world, 'vacuumOwnTviewTables', await all()).act()).rejects.toMatchObject({
          name: 'VerificationFailed',
          message: expect.stringContaining('not done: {public.tv_customer}'),
        }),
      );
      expect(await answer('countUnvacuumedTviews', { on, within: '1 hour' })).toMatchObject({ left: 1 });
    }, 40_000);

    test('the rights are what the server does: the maintaining login from 17 on, and never into a closed schema', async () => {
      const may = major >= 17 && dialect === 'immediate';
      expect(await answer('findOwnVacuumRight', await all())).toEqual({ login: 'rb_own', denied: 0, deniedTables: [] });
      expect(await answer('findVacuumRight', await all())).toMatchObject({ login: 'rb_maint', denied: may ? 0 : major >= 17 ? 1 : tables.length });
      const act = effectOf(world, 'vacuumTviewTables', await all()).act();
      if (may) await expect(act).resolves.toMatchObject({ how: 'done', evidence: { login: 'rb_maint' } });
      else await expect(act).rejects.toThrow(dialect === 'queued' ? /permission denied for schema/ : /did nothing/);
      if (major >= 17 && dialect === 'queued') {
        await world.admin.query('grant usage on schema pg_tviews_internal to rb_maint');
        expect(await answer('findVacuumRight', await all())).toMatchObject({ denied: 0 });
        await effectOf(world, 'vacuumTviewTables', await all()).act();
      }
    });

    test('the use of each table tells scans and cache; a table that nobody read says null', async () => {
      const before = await answer<{ table: string; sequentialScans: number; hitPercent: number | null }[]>('listTviewUse', { on });
      expect(before.map(({ table }) => table).sort()).toEqual(views.map((view) => `public.tv_${view}`));
      const scans = async () =>
        (await answer<{ table: string; sequentialScans: number }[]>('listTviewUse', { on })).find((use) => use.table === 'public.tv_customer')
          ?.sequentialScans ?? 0;
      const earlier = await scans();
      await world.admin.query('set enable_indexscan = off; select * from tv_customer; reset enable_indexscan');
      await flushed();
      expect(await scans()).toBe(earlier + 1);
      await world.admin.query('select pg_stat_reset()');
      expect((await answer<{ hitPercent: number | null }[]>('listTviewUse', { on })).every(({ hitPercent }) => hitPercent === null)).toBe(true);
    });

    test('refresh times are there where the interface records them, and said where not', async () => {
      if (dialect === 'immediate') {
        await expect(answer('listRefreshDurations', { on })).rejects.toMatchObject({
          name: 'CapabilityAbsent',
          message: expect.stringContaining('records no time'),
        });
        return;
      }
      await world.admin.query(
        `select pg_tviews_refresh('tv_order'); update pg_tviews_metadata set last_error = 'x' where entity_name = 'tv_customer'`,
      );
      expect(await answer('listRefreshDurations', { on })).toEqual([
        { entity: 'tv_order', durationMs: expect.any(Number), lastRefreshAt: expect.any(String), failed: false },
        { entity: 'tv_customer', durationMs: null, lastRefreshAt: expect.any(String), failed: true },
      ]);
    });

    test('statements are found where they are counted, without their literals; where not, it says why', async () => {
      await world.admin.query('drop extension if exists pg_stat_statements');
      expect(await answer('findTviewStatements')).toEqual({ schema: null, why: expect.stringContaining('not installed') });
      await world.admin.query(`drop schema if exists "Stats" cascade; create schema "Stats"; create extension pg_stat_statements schema "Stats"`);
      expect(await answer('findTviewStatements')).toEqual({ schema: null, why: expect.stringContaining('grant usage') });
      await world.admin.query(
        `grant usage on schema "Stats" to rb_read; select "Stats".pg_stat_statements_reset(); select 'secret', count(*) from tv_order; select pg_tviews_refresh('${dialect === 'immediate' ? 'order' : 'tv_order'}')`,
      );
      expect(await answer('findTviewStatements')).toEqual({ schema: 'Stats', why: '' });
      const statements = await answer<{ query: string; calls: number }[]>('listTviewStatements', { on, schema: 'Stats' });
      expect(statements.some(({ query }) => query.includes('count(*) from tv_order'))).toBe(true);
      expect(statements.some(({ query }) => query.includes('pg_tviews_refresh'))).toBe(true);
      expect(JSON.stringify(statements)).not.toContain('secret');
    });
  });
});

test('a library that is not loaded counts nothing, and that is said', async () => {
  const world = await startWorld();
  try {
    await world.admin.query('create extension pg_stat_statements');
    expect(await answerOf(world, 'findTviewStatements', {})).toEqual({ schema: null, why: expect.stringContaining('shared_preload_libraries') });
  } finally {
    await world.stop();
  }
});
