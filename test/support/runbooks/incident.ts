import type * as server from '../../../activities/postgres/server';
import { incidentInput } from '../../../workflows/contracts/incident-input';
import { P1 } from '../../../workflows/pure/severities';
import { defineIncident, operations } from '../../../workflows/engine';

const { read } = operations<typeof server>();

/** An incident with an update every three seconds. */
export const talkative = defineIncident(
  {
    id: 'talkative',
    title: 'Talkative',
    system: 'incident',
    risk: 'read-only',
    useWhen: ['a test wants it'],
    covers: [],
    input: incidentInput('2 minutes'),
    example: { target: 'shop' },
    notes: [],
  },
  { severity: { ...P1, updateEvery: '3 seconds' }, look: (target) => read.measureSigns({ target }), diagnosis: [] },
);
