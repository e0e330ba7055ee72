import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverAccount } from '../../../scripts/parts/postgres-account';
import { LocalNodeOfTest, TOOLS, embeddedBin, testFolder } from '../../support/replication/local-node';

const folder = testFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const never = new AbortController().signal;

describe.each([
  ['15, with all tools', 15, TOOLS],
  ['15, without tools', 15, embeddedBin(15)],
  ['18, without tools', 18, embeddedBin(18)],
] as const)('PostgreSQL %s', (title, major, bin) => {
  let primary: LocalNodeOfTest;
  let node: LocalNodeOfTest;
  const named = title.replace(/\W+/g, '-');

  beforeAll(async () => {
    primary = await LocalNodeOfTest.start(folder, `primary-${named}`, { major, bin });
    await primary.query('create table marks (at text)');
    // The node begins as an empty data directory of the same cluster: the primary's files, stopped.
    await primary.server.stop();
    const { copyFolder } = await import('../../../scripts/parts/copy-folder');
    copyFolder(primary.dataDirectory, join(folder, `node-${named}`));
    await primary.server.restart();
    node = await LocalNodeOfTest.start(folder, `node-${named}`, { major, bin, password: primary.server.password });
    await node.server.stop();
    node.server.setSettings({ work_mem: '7MB' });
  }, 120_000);
  afterAll(async () => {
    await node.remove();
    await primary.remove();
  });

  const ownFilesOf = (): string[] =>
    ['postgresql.conf', 'postgresql.auto.conf', 'pg_hba.conf', 'runbook-parts.conf', 'postmaster.opts'].map((name) =>
      readFileSync(join(node.dataDirectory, name), 'utf8'),
    );
  const marks = async (): Promise<string[]> => (await node.query<{ at: string }>('select at from marks order by at')).map(({ at }) => at);

  it('clones anew while the source writes, keeps the own files and the old directory', async () => {
    writeFileSync(join(node.dataDirectory, 'postgresql.auto.conf'), `cluster_name = 'mine'\n`);
    const own = ownFilesOf();
    let writing = true;
    const writer = (async () => {
      for (let i = 0; writing; i++)
        await primary.query(`insert into marks values ('load'); create table vanishing_${i} (); drop table vanishing_${i}`);
    })();
    const kept = `${node.dataDirectory}.kept`;
    try {
      await node.control.reclone(primary.source, kept, never);
    } finally {
      writing = false;
      await writer;
    }
    expect(existsSync(join(kept, 'PG_VERSION'))).toBe(true);
    expect(ownFilesOf()).toEqual(own);
    await node.control.start(30_000, never);
    expect((await marks()).length).toBeGreaterThan(0);
    expect(
      await node.query(`select pg_is_in_recovery() as standby, current_setting('work_mem') as memory, current_setting('cluster_name') as name`),
    ).toEqual([{ standby: true, memory: '7MB', name: 'mine' }]);
    await expect(node.control.reclone(primary.source, null, never)).rejects.toMatchObject({ type: 'NodeStillRuns' });
    await node.control.stop(30_000, never);
  }, 120_000);

  it('is done already where the old directory was kept under the same name', async () => {
    writeFileSync(join(node.dataDirectory, 'witness'), '');
    await node.control.reclone(primary.source, `${node.dataDirectory}.kept`, never);
    expect(existsSync(join(node.dataDirectory, 'witness'))).toBe(true);
    await node.control.reclone(primary.source, null, never);
    expect(existsSync(join(node.dataDirectory, 'witness'))).toBe(false);
    await expect(node.control.reclone(primary.source, `${node.dataDirectory}.kept`, never)).rejects.toMatchObject({ type: 'PreconditionUnmet' });
  }, 120_000);

  it('survives a cancellation and a death at each place', async () => {
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 30);
    await expect(node.control.reclone(primary.source, null, cancel.signal)).rejects.toThrow();
    expect(existsSync(join(node.dataDirectory, 'PG_VERSION'))).toBe(true);
    // Died in the middle of the copy.
    mkdirSync(`${node.dataDirectory}.copy/base`, { recursive: true });
    await node.control.reclone(primary.source, null, never);
    expect(existsSync(`${node.dataDirectory}.copy`)).toBe(false);
    // Died between the renames, with the copy finished.
    renameSync(node.dataDirectory, `${node.dataDirectory}.copy`);
    mkdirSync(`${node.dataDirectory}.old`);
    await node.control.reclone(primary.source, null, never);
    expect(readdirSync(folder).filter((name) => /\.(copy|old)$/.test(name))).toEqual([]);
    await node.control.start(30_000, never);
    expect((await marks()).length).toBeGreaterThan(0);
    await node.control.stop(30_000, never);
  }, 120_000);

  it('takes no copy of another cluster, and none with tablespaces', async () => {
    const stranger = await LocalNodeOfTest.start(folder, `stranger-${named}`, { major, bin });
    try {
      await expect(node.control.reclone(stranger.source, null, never)).rejects.toMatchObject({ type: 'IdentityMismatch' });
    } finally {
      await stranger.remove();
    }
    mkdirSync(join(node.dataDirectory, 'pg_tblspc', '1'));
    await expect(node.control.reclone(primary.source, null, never)).rejects.toThrow('tablespaces');
    rmSync(join(node.dataDirectory, 'pg_tblspc', '1'), { recursive: true });
  }, 120_000);
});

it('rewinds a node that has gone its own way, also after a kill, and again', async () => {
  const old = await LocalNodeOfTest.start(folder, 'rewound', { bin: TOOLS });
  await old.query('create table marks (at text)');
  const successor = await LocalNodeOfTest.start(folder, 'successor', { bin: TOOLS });
  try {
    await successor.server.stop();
    // The successor is a copy of the old primary that was promoted.
    const account = serverAccount();
    await successor.control.fence();
    rmSync(successor.dataDirectory, { recursive: true });
    const { copyByBackup } = await import('../../../activities/replication/nodes/copy-by-backup');
    mkdirSync(successor.dataDirectory, { mode: 0o700 });
    await copyByBackup(
      old.source,
      old.dataDirectory,
      successor.dataDirectory,
      { name: 'postgres', uid: account?.uid ?? 0, gid: account?.gid ?? 0 },
      never,
    );
    writeFileSync(join(successor.dataDirectory, 'standby.signal'), '');
    await successor.server.restart();
    await successor.query(`select pg_promote()`, old.server.password);
    await successor.query(`insert into marks values ('successor'); checkpoint`, old.server.password);
    await old.query(`insert into marks values ('lost')`);
    writeFileSync(join(old.dataDirectory, 'pg_hba.conf'), `# mine\n${readFileSync(join(old.dataDirectory, 'pg_hba.conf'), 'utf8')}`);
    writeFileSync(
      join(old.dataDirectory, 'runbook-parts.conf'),
      `${readFileSync(join(old.dataDirectory, 'runbook-parts.conf'), 'utf8')}work_mem = '9MB'\n`,
    );

    const conninfo = `host=127.0.0.1 port=${successor.server.port} user=postgres password='${old.server.password}'`;
    const source = { ...successor.source, conninfo };
    await expect(old.control.rewind(source, 2, never)).rejects.toMatchObject({ type: 'NodeStillRuns' });
    await old.control.fence();
    expect(await old.control.can('rewind')).toBe(true);
    await expect(old.control.rewind({ ...source, conninfo: `${conninfo} dbname=nowhere` }, 2, never)).rejects.toMatchObject({
      type: 'ProgramFailed',
      message: expect.not.stringContaining(old.server.password),
    });
    const cancel = new AbortController();
    const cut = old.control.rewind(source, 2, cancel.signal);
    await sleep(60);
    cancel.abort();
    await cut.catch(() => undefined);
    await old.control.rewind(source, 2, never);
    // A repeat must not end the recovery that the rewind asks for: that writes WAL which the successor never wrote.
    const { control: rewound } = await old.control.state();
    expect(rewound).toMatchObject({ state: 'in archive recovery', timeline: 2 });
    await old.control.rewind(source, 2, never);
    expect((await old.control.state()).control).toEqual(rewound);

    expect(readFileSync(join(old.dataDirectory, 'pg_hba.conf'), 'utf8')).toMatch(/^# mine/);
    expect(await old.control.state()).toMatchObject({ running: false, standbySignal: true });
    await old.control.start(30_000, never);
    expect(await old.query(`select at, pg_is_in_recovery() as standby, current_setting('work_mem') as memory from marks`)).toEqual([
      { at: 'successor', standby: true, memory: '9MB' },
    ]);
  } finally {
    await successor.remove();
    await old.remove();
  }
}, 120_000);
