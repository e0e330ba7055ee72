import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalControl } from '../../../activities/replication/nodes/local-control';
import { PersonControl } from '../../../activities/replication/nodes/person-control';
import { serverProcesses } from '../../../activities/replication/nodes/server-processes';
import { serverAccount } from '../../../scripts/parts/postgres-account';
import { LocalNodeOfTest, embeddedBin, testFolder } from '../../support/replication/local-node';

const folder = testFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const never = new AbortController().signal;

describe.each([15, 18] as const)('PostgreSQL %i', (major) => {
  let node: LocalNodeOfTest;
  beforeAll(async () => {
    node = await LocalNodeOfTest.start(folder, `node-${major}`, { major });
  });
  afterAll(() => node.remove());

  const standby = async (): Promise<boolean | undefined> =>
    (await node.query<{ standby: boolean }>('select pg_is_in_recovery() as standby'))[0]?.standby;

  it('says what it can', async () => {
    expect(await node.control.can('stop')).toBe(true);
    expect(await node.control.can('reclone')).toBe(true);
    expect(await node.control.can('rewind')).toContain('pg_rewind is not in');
  });

  it('stops, also what is stopped', async () => {
    expect(await node.control.state()).toMatchObject({ running: true, standbySignal: false });
    await node.control.stop(30_000, never);
    expect(await node.control.state()).toMatchObject({ running: false, control: { state: 'shut down' } });
    await node.control.stop(30_000, never);
    await node.server.stop();
  });

  it('starts where it listened before, also what runs', async () => {
    await node.control.start(30_000, never);
    await node.control.start(30_000, never);
    expect(await standby()).toBe(false);
  });

  // A server that cannot read its TLS key by a group does not start.
  (serverAccount() ? it : it.skip)('gives the server all groups of its account', () => {
    const status = readFileSync(`/proc/${serverProcesses(node.dataDirectory)[0]}/status`, 'utf8');
    const groups = /^Groups:\s*(.*?)\s*$/m.exec(status)?.[1]?.split(' ').sort();
    expect(groups).toEqual(execFileSync('id', ['-G', 'postgres'], { encoding: 'utf8' }).trim().split(' ').sort());
  });

  it('comes back as a standby after a mark, and refuses to take the mark from a running one', async () => {
    await node.control.markStandby();
    await node.control.markStandby();
    await node.control.stop(30_000, never);
    await node.control.start(30_000, never);
    expect(await standby()).toBe(true);
    await expect(node.control.unmarkStandby()).rejects.toMatchObject({ type: 'NodeStillRuns' });
    await node.control.stop(30_000, never);
    await node.control.unmarkStandby();
    await node.control.unmarkStandby();
    await node.control.start(30_000, never);
    expect(await standby()).toBe(false);
  });

  it('gives up a stop in time, and heeds a cancellation', async () => {
    const frozen = serverProcesses(node.dataDirectory);
    for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    await expect(node.control.stop(300, never)).rejects.toMatchObject({ type: 'NodeStillRuns' });
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error('cancelled')), 100);
    await expect(node.control.stop(60_000, cancel.signal)).rejects.toThrow();
  });

  it('fences a frozen server, again and again, and it comes back read-only', async () => {
    expect(await node.control.state()).toMatchObject({ running: true });
    await node.control.fence();
    expect(await node.control.state()).toMatchObject({ running: false, standbySignal: true });
    expect(existsSync(join(node.dataDirectory, 'postmaster.pid'))).toBe(false);
    await node.control.fence();
    await node.control.start(30_000, never);
    expect(await standby()).toBe(true);
  });

  it('leaves the number of another living process in postmaster.pid alone, and takes it for no server', async () => {
    await node.control.fence();
    const lock = join(node.dataDirectory, 'postmaster.pid');
    writeFileSync(lock, `${process.pid}\n${node.dataDirectory}\n`);
    expect(await node.control.state()).toMatchObject({ running: false });
    await node.control.fence();
    expect(existsSync(lock)).toBe(true);
    rmSync(lock);
  });

  it('tells with its log why a server does not start', async () => {
    writeFileSync(join(node.dataDirectory, 'runbook-parts.conf'), 'no_such_setting = 1\n');
    await expect(node.control.start(20_000, never)).rejects.toMatchObject({
      type: 'ProgramFailed',
      message: expect.stringContaining('no_such_setting'),
    });
  });
});

it('says why it can do nothing on a machine without the programs or the data', async () => {
  const at = { name: 'node1', dataDirectory: join(folder, 'nowhere'), bin: embeddedBin(15), runAs: 'postgres' };
  expect(await new LocalControl(at).can('stop')).toContain('no data directory');
  expect(await new LocalControl({ ...at, runAs: 'nobody-at-all' }).can('stop')).toMatch(/nobody-at-all/);
});

it('leaves everything to the person', async () => {
  const control = new PersonControl('node2');
  expect(await control.can('fence')).toContain('a person looks after node2');
  expect(await control.state()).toEqual({ running: null, standbySignal: null, control: null });
  await expect(control.stop()).rejects.toMatchObject({ type: 'CapabilityAbsent', message: expect.stringContaining('stop its server') });
});
