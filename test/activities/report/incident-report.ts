import type { IncidentRecord } from '../../../workflows/contracts/incident';
import type { RunReport, StepRecord } from '../../../workflows/contracts/journal';
import { identity } from './hostile-report';

const ID = 'respondToP1/orders-eu/alert-5f0c1d2e3a4b';
const at = (clock: string): string => `2026-03-11T${clock}.000Z`;

const LINES: readonly [clock: string, title: string, note: string, outcome?: 'failed'][] = [
  ['02:18:20', 'Incident open', '[P1] connections on orders-eu: checkout fails; it began 4 min 20 s before this run heard of it'],
  ['02:18:20', 'Started diagnoseDatabase', `${ID}/diagnosis/1-diagnoseDatabase: diagnosis`],
  [
    '02:18:21',
    'The database is not well',
    '196 of 197 connection slots are used (99.5 %), 1 is free; with none left clients get "too many clients already"',
    'failed',
  ],
  [
    '02:18:21',
    'Started relieveConnectionExhaustion',
    `${ID}/mitigation/2-relieveConnectionExhaustion: 196 of 197 connection slots are used (99.5 %), 1 is free`,
  ],
  [
    '02:18:24',
    'diagnoseDatabase ended: done',
    '2 findings, 1 urgent (connections, locks) on orders-eu: primary, PostgreSQL 18.1, 196 of 197 slots used, 4 active, 0 waiting for locks, streaming standbys: 1.',
  ],
  ['02:19:00', 'Escalated to DBA team', 'it is not acknowledged after 5 minutes'],
  ['02:21:40', 'Incident acknowledged', 'ann looks after it (ann)'],
  ['02:26:05', 'Incident assessed', 'all slots are taken by idle sessions of app_web; nobody can check out since 02:14 (ann)'],
  [
    '02:28:10',
    'relieveConnectionExhaustion did not end well',
    'ApprovalRefused: ann rejected "Terminate idle sessions": it would terminate the batch as well. Nothing had been changed.',
    'failed',
  ],
  ['02:30:00', 'Nobody took the message to stakeholders', 'update 1: status-page: the receiver answered 503', 'failed'],
  ['02:31:15', 'Started relieveConnectionExhaustion', `${ID}/mitigation/3-relieveConnectionExhaustion: end what idles, but not the batch`],
  ['02:36:40', 'The database looks well', 'it answers, and the signs of the trouble are gone'],
  ['02:36:40', 'Incident mitigated', 'it answers, and the signs of the trouble are gone (the database)'],
  ['02:36:52', 'relieveConnectionExhaustion ended: done', '112 of 197 slots are free on orders-eu; 1 was before.'],
  ['02:41:00', 'Note', 'ann: version 5.2 of the shop was rolled out at 02:10'],
  ['02:58:00', 'Handed over', 'ann to bob: I go to talk to the shop team'],
  ['03:31:20', 'Said to be over', 'bob: release 5.2 of the shop opened a pool for each request; it was rolled back'],
  ['03:31:21', 'Incident resolved', 'release 5.2 of the shop opened a pool for each request; it was rolled back (bob)'],
  ['04:31:22', 'Watched', 'it stayed well for 60 min'],
];

const steps = LINES.map(([clock, title, note, outcome], i): StepRecord => ({
  key: `engine: ${title}`,
  number: i + 1,
  title,
  verb: 'engine',
  depth: 0,
  startedAt: at(clock),
  endedAt: at(clock),
  outcome: outcome ?? 'done',
  note,
}));

export const incident: IncidentRecord = {
  severity: 'P1',
  kind: 'connections',
  impact: 'checkout fails',
  startsAt: at('02:14:00'),
  heardAt: at('02:18:20'),
  milestones: {
    acknowledged: { at: at('02:21:40'), by: 'ann', says: 'ann looks after it' },
    assessed: { at: at('02:26:05'), by: 'ann', says: 'all slots are taken by idle sessions of app_web; nobody can check out since 02:14' },
    mitigated: { at: at('02:36:40'), by: 'the database', says: 'it answers, and the signs of the trouble are gone' },
    resolved: { at: at('03:31:21'), by: 'bob', says: 'release 5.2 of the shop opened a pool for each request; it was rolled back' },
  },
  holder: 'bob',
  escalations: [{ at: at('02:19:00'), to: 'DBA team', because: 'it is not acknowledged after 5 minutes' }],
  updates: 3,
  cause: 'release 5.2 of the shop opened a pool for each request; it was rolled back',
  runs: [
    { workflowId: `${ID}/diagnosis/1-diagnoseDatabase`, runbook: 'diagnoseDatabase', why: 'to see more of it', asked: 'diagnosis', outcome: 'done' },
    {
      workflowId: `${ID}/mitigation/2-relieveConnectionExhaustion`,
      runbook: 'relieveConnectionExhaustion',
      why: '196 of 197 connection slots are used (99.5 %), 1 is free',
      asked: 'proposal',
      outcome: 'ApprovalRefused',
    },
    {
      workflowId: `${ID}/mitigation/3-relieveConnectionExhaustion`,
      runbook: 'relieveConnectionExhaustion',
      why: 'end what idles, but not the batch',
      asked: 'request',
      outcome: 'done',
    },
  ],
  unheard: ['stakeholders: update 1'],
  reviewBy: '2026-03-12',
};

/** An incident that was fixed, as its run records it. */
export const incidentReport: RunReport = {
  workflowId: ID,
  runId: 'run-1',
  runbook: 'respondToP1',
  title: 'Respond to P1',
  risk: 'read-only',
  target: 'orders-eu',
  identity: { ...identity, database: 'orders' },
  input: {
    target: 'orders-eu',
    kind: 'connections',
    impact: 'checkout fails',
    startsAt: at('02:14:00'),
    dataLossRisk: false,
    watchFor: '1 hour',
    lookEvery: '2 minutes',
  },
  requestedBy: 'alert gateway',
  reason: 'PostgresConnectionsHigh on orders-eu: 99.5 % of the connection slots are used',
  startedAt: at('02:18:20'),
  endedAt: at('04:31:22'),
  phase: 'done',
  outcome: 'done',
  summary:
    'Resolved after 77 min 21 s on orders-eu: release 5.2 of the shop opened a pool for each request; it was rolled back. Helped by relieveConnectionExhaustion. 1 escalation.',
  plan: null,
  steps,
  decisions: [],
  open: [],
  advice: [
    `Review it with everybody involved by 2026-03-12; the draft: runbook post-mortem ${ID}`,
    'No channel took 1 messages (stakeholders: update 1): fix notify.yaml.',
  ],
  incident,
};
