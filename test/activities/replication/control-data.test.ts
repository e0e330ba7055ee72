import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { controlDataOf, readControlData } from '../../../activities/replication/nodes/control-data';
import { crc32c } from '../../../activities/replication/nodes/crc32c';
import { LocalNodeOfTest, TOOLS, testFolder } from '../../support/replication/local-node';

const folder = testFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const never = new AbortController().signal;

it('has the checksum of the standard', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

describe.each([15, 18] as const)('PostgreSQL %i', (major) => {
  let node: LocalNodeOfTest;
  beforeAll(async () => {
    node = await LocalNodeOfTest.start(folder, `node-${major}`, { major });
  });
  afterAll(() => node.remove());

  it('says what the running server says', async () => {
    await node.query('checkpoint');
    const [row] = await node.query<Record<string, unknown>>(
      `select system_identifier::text as id, checkpoint_lsn::text as checkpoint, redo_lsn::text as redo, timeline_id as timeline
         from pg_control_system(), pg_control_checkpoint()`,
    );
    const data = await readControlData(node.dataDirectory);
    expect(data).toMatchObject({ state: 'in production', canRewind: true });
    expect({ id: data?.systemIdentifier, checkpoint: data?.checkpointLsn, redo: data?.redoLsn, timeline: data?.timeline }).toEqual(row);
  });

  it('knows a clean stop, a standby and its clean stop', async () => {
    const state = async (): Promise<string | undefined> => (await readControlData(node.dataDirectory))?.state;
    await node.server.stop();
    expect(await state()).toBe('shut down');
    await node.control.markStandby();
    await node.control.start(30_000, never);
    expect(await state()).toBe('in archive recovery');
    await node.control.stop(30_000, never);
    expect(await state()).toBe('shut down in recovery');
  });

  it('refuses another layout and notices damage', () => {
    const bytes = readFileSync(join(node.dataDirectory, 'global/pg_control'));
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    expect(controlDataOf(bytes)).toBeNull();
    bytes.writeUInt32LE(1201, 8);
    expect(() => controlDataOf(bytes)).toThrow('pg_control has version 1201');
  });
});

it('equals pg_controldata', async () => {
  const node = await LocalNodeOfTest.start(folder, 'tools');
  try {
    await node.server.stop();
    const printed = execFileSync(join(TOOLS, 'pg_controldata'), [node.dataDirectory], { encoding: 'utf8', env: { LC_ALL: 'C' } });
    const line = (name: string): string | undefined => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(printed)?.[1];
    expect(await readControlData(node.dataDirectory)).toEqual({
      systemIdentifier: line('Database system identifier'),
      state: line('Database cluster state'),
      checkpointLsn: line('Latest checkpoint location'),
      redoLsn: line("Latest checkpoint's REDO location"),
      timeline: Number(line("Latest checkpoint's TimeLineID")),
      canRewind: line('Data page checksum version') !== '0' || line('wal_log_hints setting') === 'on',
    });
  } finally {
    await node.remove();
  }
});
