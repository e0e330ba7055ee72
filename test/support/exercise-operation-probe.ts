import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const body = (value: number): string => `create or replace function rb_probe() returns int language sql immutable as 'select ${value}';\n`;

/** A folder with a tiny extension `rb_probe` that has scripts up and down between 1.0 and 1.1. */
export const PROBE_FOLDER = probeFolder();

/** The server's setting that finds it. */
export const extensionPath = (folder: string): string => `$system:${folder}`;

function probeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pg-runbooks-extension-'));
  const files = join(folder, 'extension');
  mkdirSync(files);
  for (const path of [folder, files]) chmodSync(path, 0o755);
  writeFileSync(join(files, 'rb_probe.control'), `comment = 'a probe'\ndefault_version = '1.0'\nsuperuser = false\nrelocatable = true\n`);
  writeFileSync(join(files, 'rb_probe--1.0.sql'), body(10));
  writeFileSync(join(files, 'rb_probe--1.0--1.1.sql'), body(11));
  writeFileSync(join(files, 'rb_probe--1.1--1.0.sql'), body(10));
  return folder;
}
