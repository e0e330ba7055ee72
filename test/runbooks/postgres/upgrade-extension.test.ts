import { upgradeExtension } from '../../../workflows/runbooks/postgres/upgrade-extension';
import { describeRunbook, type Given } from '../../support/describe-runbook';
import { extensionPath, PROBE_FOLDER } from '../../support/exercise-operation-probe';
import type { World } from '../../support/world';

const version = async (world: World, extension: string): Promise<string | undefined> =>
  (await world.admin.query<{ version: string }>('select extversion as version from pg_extension where extname = $1', [extension])).rows[0]?.version;

async function installed(world: World, extension: string, at: string): Promise<void> {
  await world.admin.query(`grant create on database shop to rb_own; grant create on schema app to rb_own; drop extension if exists ${extension};
    set role rb_own; create extension ${extension} schema app version '${at}'; reset role`);
}

function common({ world, start }: Given): void {
  test('it asks twice, tries first, sets a restore point, and holds no transaction while it asks', async () => {
    const run = await start();
    await run.approve();
    const second = await run.until((now) => now.gate?.title === 'Update the extension', 'the second gate');
    expect(second.plan).toBe((await run.report()).plan?.hash);
    expect(await version(world(), 'pg_trgm')).toBe('1.5');
    const open = await world().admin.query(`select from pg_stat_activity where application_name like 'rb:%' and xact_start is not null`);
    expect(open.rowCount).toBe(0);
    const trial = (await run.report()).steps.find((step) => step.title === 'Try the update' && step.verb === 'apply');
    expect(trial).toMatchObject({ outcome: 'done', verified: expect.stringContaining('version 1.6') });
    expect(trial?.saw).toMatchObject({ observed: { count: expect.any(Number) } });
    await run.approve();
    await run.result();
    const point = (await run.report()).steps.find((step) => step.title === 'Set a restore point');
    expect(point?.statements).toEqual([
      `select set_config('runbooks.restore_point', pg_create_restore_point('before-pg_trgm-1.6')::text, true) as lsn`,
    ]);
  });

  test('nothing is to be done where the version is there already', async () => {
    expect(await (await start({ to: '1.5' })).result()).toMatchObject({ outcome: 'nothing to do' });
  });

  test.each([
    ['no path', { to: '9.9' }, 'pg_extension_update_paths'],
    ['no such extension', { extension: 'nope' }, 'pg_extension'],
    ['an extension that is not installed', { extension: 'hstore', to: '1.8' }, 'does not install extensions'],
  ])('%s is a condition that does not hold', async (_, input, words) => {
    expect(await (await start(input)).failure()).toMatchObject({ type: 'PreconditionUnmet', message: expect.stringContaining(words) });
  });
}

function withUndo({ world, start, onStage }: Given): void {
  test('an extension with scripts back is rolled back to its version', async () => {
    await installed(world(), 'rb_probe', '1.0');
    const run = await start({ extension: 'rb_probe', to: '1.1' });
    onStage(async (operation, kind, stage) => {
      if (operation === 'updateExtension' && kind === 'write' && stage === 'committed') await run.send('pause', { by: 'olga' });
    });
    for (let gate = 0; gate < 2; gate++) {
      await run.until((now) => now.gate?.title === ['Try the update in a transaction that is rolled back', 'Update the extension'][gate]);
      await run.approve();
    }
    await run.until((now) => now.paused !== null, 'the pause');
    expect(await version(world(), 'rb_probe')).toBe('1.1');
    expect((await world().admin.query<{ probe: number }>('select app.rb_probe() as probe')).rows[0]?.probe).toBe(11);
    await run.send('rollback', { by: 'olga', reason: 'the probe misbehaves' });
    expect((await run.failure()).type).toBe('RolledBack');
    expect(await version(world(), 'rb_probe')).toBe('1.0');
    expect((await world().admin.query<{ probe: number }>('select app.rb_probe() as probe')).rows[0]?.probe).toBe(10);
    await world().admin.query('drop extension rb_probe');
  });
}

describeRunbook(upgradeExtension, {
  input: { extension: 'pg_trgm', to: '1.6' },
  majors: [15],
  prepare: (world) => installed(world, 'pg_trgm', '1.5'),
  happened: async (world) => expect(await version(world, 'pg_trgm')).toBe('1.6'),
  more: common,
});
describeRunbook(upgradeExtension, {
  input: { extension: 'pg_trgm', to: '1.6' },
  majors: [18],
  // Extensions outside the server's own folder are possible from 18 on.
  settings: { extension_control_path: extensionPath(PROBE_FOLDER) },
  prepare: (world) => installed(world, 'pg_trgm', '1.5'),
  happened: async (world) => expect(await version(world, 'pg_trgm')).toBe('1.6'),
  more: (given) => {
    common(given);
    withUndo(given);
  },
});
