import { inWords } from '../../../workflows/pure/span';
import { dateAndClock, type Fact } from '../facts';
import { clocksOf } from './clocks';
import type { Material, Section } from './shape';
import { markClaimed, quoteStatement } from './words';

/** The facts that a reader wants first; what nobody recorded is said to be unknown. */
export function summaryOf(material: Material): Section {
  const { report, incident, until } = material;
  const { identity } = report;
  const clocks = clocksOf(incident, until);
  const facts: Fact[] = [
    { label: 'Date and time', value: when(material) },
    { label: 'Duration', value: duration(material) },
    { label: 'Severity', value: `${incident.severity}, kind: ${incident.kind}` },
    { label: 'Impact', value: impact(material) },
    {
      label: 'Database',
      value: identity
        ? `${report.target} (${identity.environment || 'environment unknown'}): database ${identity.database}, ${identity.role}, PostgreSQL ${identity.version}`
        : `${report.target}; its server was not reached when the run began`,
    },
    { label: 'Root cause', value: rootCause(material) },
    { label: 'Looked after by', value: people(material) },
    { label: 'Noticed', value: describeDetection(material) },
    {
      label: 'Response times',
      value: `${clocks.filter(({ state }) => state === 'kept').length} of ${clocks.length} limits kept (see Lessons learned)`,
    },
    ...((report.input as { dataLossRisk?: boolean } | null)?.dataLossRisk
      ? [{ label: 'Data loss', value: 'it was feared when the run was started; whether data was lost is not known to this record' }]
      : []),
    { label: 'Record', value: `runbook report ${report.workflowId}` },
  ];
  return { heading: 'Incident summary', parts: [{ facts }] };
}

/** Whether the beginning was given, or only the moment at which the run heard of it is known. */
export const isBeginKnown = ({ report }: Material): boolean => typeof (report.input as { startsAt?: unknown } | null)?.startsAt === 'string';

export const isImpactKnown = ({ incident }: Material): boolean => incident.impact !== 'not known yet' || incident.milestones.assessed !== undefined;

function when(material: Material): string {
  const { startsAt, heardAt, milestones } = material.incident;
  const began = isBeginKnown(material)
    ? `it began ${dateAndClock(startsAt)}`
    : `nobody said when it began; the response began ${dateAndClock(heardAt)}`;
  return `${began}; ${milestones.resolved ? `resolved ${dateAndClock(milestones.resolved.at)}` : 'not resolved'}`;
}

function duration({ report, incident: { startsAt, milestones }, until }: Material): string {
  const { mitigated, resolved } = milestones;
  const after = (at: string): string => inWords(Date.parse(at) - Date.parse(startsAt));
  const served = mitigated ? `mitigated after ${after(mitigated.at)}` : 'nobody recorded a mitigation';
  if (resolved) return `${after(resolved.at)} (${served})`;
  const stood = inWords(until - Date.parse(startsAt));
  return report.endedAt
    ? `not known: the run ended (${report.outcome ?? 'unknown'}) after ${stood} without a resolution; ${served}`
    : `${stood} so far; ${served}`;
}

function impact({ incident: { impact: given, milestones } }: Material): string {
  const known = given === 'not known yet' ? 'nobody said it when the run was started' : quoteStatement(given);
  const { assessed } = milestones;
  return assessed ? `${known}. Assessed by ${markClaimed(assessed.by)}: ${quoteStatement(assessed.says)}` : `${known}. Nobody assessed it`;
}

function rootCause({ incident: { cause, milestones } }: Material): string {
  if (cause !== null) return `${quoteStatement(cause)}, as said by ${markClaimed(milestones.resolved?.by ?? 'somebody')}`;
  return milestones.resolved ? 'not known: the signs went away, and nobody recorded why' : 'not known';
}

function people({ incident: { holder, milestones } }: Material): string {
  const { acknowledged } = milestones;
  if (holder === null) return 'nobody: it was never acknowledged';
  return acknowledged && acknowledged.by !== holder
    ? `${markClaimed(holder)} at the end; acknowledged by ${markClaimed(acknowledged.by)}`
    : markClaimed(holder);
}

function describeDetection(material: Material): string {
  const { report, incident } = material;
  const heard = isBeginKnown(material)
    ? `the response began ${inWords(Date.parse(incident.heardAt) - Date.parse(incident.startsAt))} after the problem`
    : 'how long it had gone on before is not known';
  return `${report.requestedBy === null ? 'nobody gave a name' : `reported by ${markClaimed(report.requestedBy)}`}${report.reason === null ? '' : `: ${quoteStatement(report.reason)}`}; ${heard}`;
}
