import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DIALECTS, layBed, type Dialect } from '../support/pg-tviews/beds';
import { triggerStates } from '../support/pg-tviews/states';
import { startWorld, type World } from '../support/world';

const run = promisify(execFile);
let world: World;
let folder: string;
beforeAll(async () => {
  world = await startWorld();
  folder = mkdtempSync(join(tmpdir(), 'psql-scripts-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await world.stop();
});

/** Runs a script as a person would; what it prints. */
async function psql(script: string): Promise<string> {
  const { stdout, stderr } = await run('psql', ['-X', '-d', world.postgres.url('shop'), '-f', script], { cwd: folder });
  expect(stderr.replace(/^.*NOTICE.*$/gm, '').trim()).toBe('');
  return stdout;
}
const script = (dialect: Dialect, name: string): Promise<string> => psql(join(__dirname, '../../docs/scripts/pg-tviews', dialect, `${name}.sql`));

describe.each(DIALECTS)('the scripts for the %s interface', (dialect) => {
  beforeEach(() => layBed(world.admin, dialect));

  test('health-check says what is OK and what is not', async () => {
    expect(await script(dialect, 'health-check')).toMatch(/order\s+\| OK\s+\| nothing/);
    await world.admin.query('alter table tb_order disable trigger user');
    expect(await script(dialect, 'health-check')).toMatch(/order\s+\| TRIGGERS DISABLED\s+\| .*restoreRefreshTriggers/);
  });

  test('refresh-status counts stale rows and ghosts of each view', async () => {
    await world.admin.query(
      `alter table tb_order disable trigger user; update tb_order set total = 0 where pk_order = 1; delete from tb_order where pk_order = 2`,
    );
    const told = await script(dialect, 'refresh-status');
    expect(told).toMatch(/order\s+\|\s+20 \|\s+1 \|\s+2 \|\s+1 \|\s+3 /);
    expect(told).toMatch(/customer\s+\|\s+5 \|\s+0 \|\s+0 \|\s+0 \|\s+0 /);
  });

  test('emergency-disable disables every trigger, and what it writes puts exactly those back', async () => {
    await world.admin.query(`alter table tb_customer disable trigger user`);
    const before = await triggerStates(world.admin);
    await script(dialect, 'emergency-disable');
    expect((await triggerStates(world.admin)).filter((state) => / [ORA]$/.test(state))).toEqual([]);
    const [restore = ''] = readdirSync(folder).filter((name) => name.startsWith('emergency-restore-'));
    expect(readFileSync(join(folder, restore), 'utf8')).toContain('alter table only public.tb_order enable trigger');
    await psql(join(folder, restore));
    rmSync(join(folder, restore));
    expect(await triggerStates(world.admin)).toEqual(before);
  });
});

test('save-metadata brings the metadata back after a restore that has lost it', async () => {
  await layBed(world.admin, 'immediate');
  const metadata = async () => (await world.admin.query('select * from public.pg_tview_meta order by entity')).rows as unknown[];
  const before = await metadata();
  await script('immediate', 'save-metadata');
  await world.admin.query('delete from public.pg_tview_meta');
  const [saved = ''] = readdirSync(folder).filter((name) => name.startsWith('tviews-metadata-'));
  await psql(join(folder, saved));
  expect(before).toHaveLength(3);
  expect(await metadata()).toEqual(before);
});

test('queue-cleanup sets orphans aside and nothing else', async () => {
  await layBed(world.admin, 'queued');
  await world.admin.query(`update tb_order set total = 1 where pk_order < 4; insert into pg_tviews_internal.queue values ('tv_"gone', now())`);
  await script('queued', 'queue-cleanup');
  expect((await world.admin.query('select distinct entity_name from pg_tviews_internal.queue')).rows).toEqual([{ entity_name: 'tv_order' }]);
  expect((await world.admin.query('select entity_name from pg_tviews_internal.queue_quarantine')).rows).toEqual([{ entity_name: 'tv_"gone' }]);
});
