import { textTable } from '../../../activities/report/text-table';
import { inWords } from '../../../workflows/pure/span';
import type { KnownRun } from './known-runs';

/** Runs as a table; `age` is since the start, and for an ended run how long it took. */
export const runTable = (runs: readonly KnownRun[], now: number): string =>
  textTable([
    ['id', 'target', 'phase', 'started', 'age', 'requester'],
    ...runs.map(({ id, target, phase, startedAt, endedAt, requester }) => [
      id,
      target,
      phase,
      `${startedAt.slice(0, 16).replace('T', ' ')} UTC`,
      inWords((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt)),
      requester || '-',
    ]),
  ]);
