import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';

/** Writes a run's history for the replay test; who recorded it, and on which machine, is nobody's business. */
export function recordHistory(name: string, history: Parameters<typeof historyToJSON>[0]): void {
  const text = historyToJSON(history).replace(/("identity":\s*)"[^"]*"/g, '$1"recorder"');
  writeFileSync(join(__dirname, '../replay', `${name}.json.gz`), gzipSync(`${text}\n`, { level: 9 }));
}
