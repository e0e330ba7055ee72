import type * as server from '../../../activities/postgres/server';
import { incidentInput } from '../../contracts/incident-input';
import { P1 } from '../../pure/severities';
import { defineIncident, operations } from '../../engine';

const { read } = operations<typeof server>();

export const respondToP1 = defineIncident(
  {
    id: 'respondToP1',
    title: 'Respond to P1',
    system: 'incident',
    risk: 'read-only',
    useWhen: ['the service is down for everybody', 'a database does not answer, or refuses connections or writes', 'data may be lost'],
    covers: ['git-p1', 'git-escalation', 'git-communication', 'tv-escalation', 'tv-after'],
    input: incidentInput('2 minutes'),
    example: { target: 'orders-eu', kind: 'connections', impact: 'checkout fails' },
    notes: [
      'Acknowledge within 5 minutes, assess 15, mitigate 30 to 60, resolve 2 to 4 hours; who is told when one is missed stands in workflows/pure/severities.ts.',
      'It changes nothing and holds no lock: mitigations are runs of their own behind their own gates, and go on when the incident ends.',
    ],
  },
  { severity: P1, look: (target) => read.measureSigns({ target }), diagnosis: ['diagnoseDatabase'] },
);
