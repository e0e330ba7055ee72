import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderReport } from '../../../activities/report/markdown';
import { postMortemOf } from '../../../activities/report/post-mortem/draft';
import { renderPostMortem, renderPostMortemHtml } from '../../../activities/report/post-mortem/render';
import type { IncidentRecord } from '../../../workflows/contracts/incident';
import type { RunReport } from '../../../workflows/contracts/journal';
import { HOSTILE, report as otherReport } from './hostile-report';
import { incident, incidentReport } from './incident-report';

const NOW = Date.parse('2026-03-11T06:00:00.000Z');
const drafted = (changed: Partial<IncidentRecord> = {}, run: Partial<RunReport> = {}): string => {
  const draft = postMortemOf({ ...incidentReport, ...run, incident: { ...incident, ...changed } }, NOW);
  return draft ? renderPostMortem(draft) : '';
};
const section = (markdown: string, heading: string): string => markdown.split(`${heading}\n`)[1]?.split(/^#/m)[0] ?? '';

it('docs/post-mortem-sample.md is what the record of a whole incident becomes (UPDATE_GOLDENS=1 writes it)', () => {
  const path = join(__dirname, '..', '..', '..', 'docs', 'post-mortem-sample.md');
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(path, drafted());
  expect(drafted()).toBe(readFileSync(path, 'utf8'));
});

it('has every part of the template', () => {
  const headings = drafted().match(/^##+ .*/gm);
  expect(headings).toEqual([
    ...['## Incident summary', '## Timeline', '## Actions taken', '### Mitigations', '### Diagnosis', '### Escalations', '### Communication'],
    ...['## Lessons learned', '### What went well', '### What could improve', '### Preventive measures', '## Follow-up actions'],
  ]);
});

describe('clocks', () => {
  it('a missed one is a lesson and a task, by how much stands there', () => {
    const text = drafted();
    expect(section(text, '### What could improve')).toContain('Acknowledged after 7 min 40 s: 2 min 40 s over the limit of 5 minutes.');
    expect(section(text, '## Follow-up actions')).toContain(
      '- [ ] Find out why it was not acknowledged in time (2 min 40 s over the limit of 5 minutes).',
    );
    expect(section(text, '### What went well')).toContain('Resolved after 77 min 21 s, 2 h 42 min before the limit of 4 hours.');
  });

  it('a later milestone counts for an earlier one that nobody sent, as on the clock of the run', () => {
    const { assessed: _, ...milestones } = incident.milestones;
    expect(section(drafted({ milestones }), '### What could improve')).toContain(
      'Assessed after 22 min 40 s (nobody said so; it was mitigated then): 7 min 40 s over the limit of 15 minutes.',
    );
  });

  it('an aim that was missed within its limit is said', () => {
    const milestones = { ...incident.milestones, mitigated: { at: '2026-03-11T02:54:00.000Z', by: 'bob', says: 'half of the shop is off' } };
    expect(section(drafted({ milestones }), '### What went well')).toContain('the aim of 30 minutes was missed by 10 min.');
  });
});

describe('what is not known is said', () => {
  const open = { milestones: {}, holder: null, cause: null, escalations: [], runs: [], unheard: [], impact: 'not known yet' };
  const going = { endedAt: null, outcome: null, phase: 'running' as const, identity: null, requestedBy: null, reason: null, summary: '', advice: [] };
  const text = drafted(open, { ...going, steps: [], input: { target: 'orders-eu' } });

  it('of an incident that goes on', () => {
    expect(text).toContain('THE INCIDENT HAS NOT ENDED');
    expect(text).toContain('nobody said when it began; the response began 2026-03-11 02:18:20 UTC; not resolved');
    expect(text).toContain('**Duration:** 3 h 46 min so far; nobody recorded a mitigation');
    expect(text).toContain('nobody said it when the run was started. Nobody assessed it');
    expect(text).toContain('**Root cause:** not known');
    expect(text).toContain('nobody: it was never acknowledged');
    expect(text).toContain('its server was not reached');
    expect(text).toContain('Not resolved in 3 h 46 min; the limit is 4 hours.');
    expect(text).toContain('- [ ] Find the root cause');
    expect(text).toContain('No runbook was started to fix it.');
  });

  it('of one that was abandoned', () => {
    const { resolved: _, ...milestones } = incident.milestones;
    const abandon = { kind: 'abandon', by: 'ann', at: '2026-03-11T04:00:00.000Z', reason: 'a drill', via: 'update', assurance: 'claimed' } as const;
    const left = drafted({ milestones, cause: null }, { outcome: 'abandoned', decisions: [abandon], endedAt: '2026-03-11T04:00:00.000Z' });
    expect(left).toContain('not known: the run ended (abandoned) after 106 min without a resolution; mitigated after 22 min 40 s');
    expect(section(left, '## Timeline')).toContain('04:00:00 – abandon by ann (UNVERIFIED); because: a drill');
  });
});

it('tells how each mitigation ended, and what is left of it', () => {
  const [, first, second] = incident.runs;
  if (!first || !second) throw new Error('the sample has three runs');
  const runs = [
    { ...first, outcome: 'RolledBack' },
    { ...second, outcome: null },
  ];
  const text = drafted({ runs });
  expect(text).toContain('relieveConnectionExhaustion, proposed by what the database showed');
  expect(section(text, '### What could improve')).toContain('1 mitigation failed: relieveConnectionExhaustion (RolledBack).');
  expect(section(text, '## Follow-up actions')).toContain(
    `had not ended when this record was made. See how it ended: runbook watch ${second.workflowId}`,
  );
  expect(section(text, '## Follow-up actions')).toContain(
    `Find out why relieveConnectionExhaustion failed (RolledBack): runbook report ${first.workflowId}`,
  );
});

it('marks names that people claimed, and only those', () => {
  const text = drafted();
  expect(text).toContain('acknowledged by ann (UNVERIFIED)');
  expect(text).not.toContain('the database (UNVERIFIED)');
});

it('what matrix and data loss demand at once is no sign of lateness', () => {
  const escalations = [{ at: incident.heardAt, to: 'CISO', because: 'it is a matter of security' }];
  expect(section(drafted({ escalations }), '### What went well')).toContain('No time limit led to an escalation.');
});

it('a long timeline is cut in the middle, and says so', () => {
  const [step] = incidentReport.steps;
  const steps = Array.from({ length: 500 }, () => ({ ...step, title: 'Note', note: 'ann: again' }) as RunReport['steps'][number]);
  const timeline = section(drafted({}, { steps }), '## Timeline');
  expect(timeline.match(/^- /gm)).toHaveLength(121);
  expect(timeline).toContain('(381 lines are left out here: runbook report');
});

it('is null for a run that is no incident', () => expect(postMortemOf(otherReport, NOW)).toBeNull());

describe('full of hostile text', () => {
  const said = { at: incident.heardAt, by: HOSTILE, says: HOSTILE };
  const changed: Partial<IncidentRecord> = {
    impact: HOSTILE,
    cause: HOSTILE,
    holder: HOSTILE,
    milestones: { acknowledged: said, assessed: said, mitigated: said, resolved: said },
    escalations: [{ at: incident.heardAt, to: HOSTILE, because: HOSTILE }],
    runs: incident.runs.map((run) => ({ ...run, why: HOSTILE, outcome: HOSTILE })),
    unheard: [HOSTILE],
  };
  const steps = incidentReport.steps.map((step) => ({ ...step, title: HOSTILE, note: HOSTILE }));
  const run = {
    steps,
    requestedBy: HOSTILE,
    reason: HOSTILE,
    summary: HOSTILE,
    advice: [HOSTILE],
    decisions: otherReport.decisions,
    identity: otherReport.identity,
  };
  const markdown = drafted(changed, run);

  it('nothing of it acts in Markdown', () => {
    expect(markdown).not.toMatch(/(?<!\\)<\/?script/);
    expect(markdown).not.toMatch(/(?<!\\)\]\(/);
    expect(markdown).not.toMatch(/(?<!\\)`/);
    expect(markdown.match(/^#+ (?!Post|Incident|Timeline|Actions|Mitig|Diagn|Escal|Commun|Decisions|Lessons|What|Prevent|Follow).*/gm)).toBeNull();
    expect(markdown).not.toMatch(/[\u001b\u202e]/);
  });

  it('nor on the page', () => {
    const draft = postMortemOf({ ...incidentReport, ...run, incident: { ...incident, ...changed } }, NOW);
    const html = draft ? renderPostMortemHtml(draft) : '';
    expect(html).toContain('&#60;script&#62;');
    expect(html).not.toMatch(/<script|<img|<[^>]*\s(on\w+|src|href)=|[\u001b\u202e]/i);
  });
});

it('the record of the run has the facts of the incident too', () => {
  const text = renderReport(incidentReport);
  expect(text).toContain('- **Incident:** P1, connections: checkout fails');
  expect(text).toContain('- **Resolved:** after 77 min 21 s by bob (UNVERIFIED): release 5.2');
  expect(text).toContain('- **NOT DELIVERED:** no channel took: stakeholders: update 1');
  expect(renderReport(otherReport)).not.toContain('**Incident:**');
});
