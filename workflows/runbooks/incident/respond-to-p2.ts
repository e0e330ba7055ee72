import type * as server from '../../../activities/postgres/server';
import { incidentInput } from '../../contracts/incident-input';
import { P2 } from '../../pure/severities';
import { defineIncident, operations } from '../../engine';

const { read } = operations<typeof server>();

export const respondToP2 = defineIncident(
  {
    id: 'respondToP2',
    title: 'Respond to P2',
    system: 'incident',
    risk: 'read-only',
    useWhen: ['much is impaired, and some of it still works', 'replication lags, queries are slow, a queue grows'],
    covers: ['git-p2', 'srv-responses'],
    input: incidentInput('5 minutes'),
    example: { target: 'orders-eu', kind: 'replication', impact: 'reports are old' },
    notes: [
      'Acknowledge within 30 minutes, resolve within 4 hours; who is told when one is missed stands in workflows/pure/severities.ts.',
      'It changes nothing and holds no lock: mitigations are runs of their own behind their own gates, and go on when the incident ends.',
    ],
  },
  { severity: P2, look: (target) => read.measureSigns({ target }), diagnosis: ['diagnoseDatabase'] },
);
