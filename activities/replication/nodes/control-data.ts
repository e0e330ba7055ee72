import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KernelFailure } from '../../sql/kernel-failure';
import type { ControlData } from '../providers';
import { crc32c } from './crc32c';

// Source: src/include/catalog/pg_control.h of each version, on 64-bit machines; the checksum at the end proves the layout.
const END_OF_LAYOUT: Readonly<Record<number, number>> = { 1300: 288, 1700: 288, 1800: 292 };

const STATES = [
  'starting up',
  'shut down',
  'shut down in recovery',
  'shutting down',
  'in crash recovery',
  'in archive recovery',
  'in production',
] as const;

/** What the content of global/pg_control says; throws CapabilityAbsent for a layout that is not known, null where the checksum is wrong. */
export function controlDataOf(bytes: Buffer): ControlData | null {
  const version = bytes.readUInt32LE(8);
  const end = END_OF_LAYOUT[version];
  if (end === undefined) {
    throw new KernelFailure(
      'CapabilityAbsent',
      `pg_control has version ${version}; only those of PostgreSQL 13 to 18 on little-endian machines are known. Look after this node by hand (control: by: person).`,
    );
  }
  if (crc32c(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) return null;
  return {
    systemIdentifier: String(bytes.readBigUInt64LE(0)),
    state: STATES[bytes.readInt32LE(16)] ?? 'unrecognized status code',
    checkpointLsn: lsn(bytes.readBigUInt64LE(32)),
    redoLsn: lsn(bytes.readBigUInt64LE(40)),
    timeline: bytes.readUInt32LE(48),
    canRewind: bytes.readUInt8(176) !== 0 || bytes.readUInt32LE(252) !== 0,
  };
}

/** Reads global/pg_control of a data directory, also while the server runs; null where there is none. Throws ProgramFailed where it is damaged. */
export async function readControlData(dataDirectory: string): Promise<ControlData | null> {
  for (let look = 0; look < 10; look++) {
    const bytes = await readFile(join(dataDirectory, 'global', 'pg_control')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw new KernelFailure('CapabilityAbsent', `global/pg_control of ${dataDirectory} cannot be read by this worker: ${error.message}.`);
    });
    if (bytes === null) return null;
    const data = bytes.length < 296 ? null : controlDataOf(bytes);
    if (data) return data;
    // The server may have been writing it.
    await sleep(20);
  }
  throw new KernelFailure(
    'ProgramFailed',
    `global/pg_control of ${dataDirectory} is damaged: its checksum is wrong. Restore the node, or clone it anew.`,
  );
}

const lsn = (value: bigint): string => `${(value >> 32n).toString(16)}/${(value & 0xffffffffn).toString(16)}`.toUpperCase();
