import type { Decision, OpenEffect, RunReport, StepRecord } from '../../workflows/contracts/journal';
import type { TargetIdentity } from '../../workflows/contracts/identity';
import type { DeclaredUndo } from '../../workflows/contracts/orders';
import { inWords } from '../../workflows/pure/span';
import { onOneLine } from './printable';

/** A labelled fact as plain text; each format escapes it in its own way. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** How the run stands or ended, as a short phrase. */
export const outcomeOf = (report: RunReport): string => report.outcome ?? `not ended (${report.phase})`;

/** Who, what, where, why and when. */
export function runFacts(report: RunReport): Fact[] {
  const { identity, startedAt, endedAt } = report;
  const loud = [
    ...(report.breakGlass ? [{ label: 'BREAK-GLASS', value: 'no approval was asked for; name and reason below' }] : []),
    ...(report.overrodeFreeze ? [{ label: 'FREEZE OVERRIDDEN', value: 'changes were frozen; name and reason below' }] : []),
  ];
  return [
    ...loud,
    { label: 'Run', value: report.workflowId },
    { label: 'Runbook', value: `${report.runbook}, risk ${report.risk}` },
    { label: 'Target', value: identity ? identitySentence(identity) : `${report.target} (its server was not reached)` },
    { label: 'Asked for by', value: report.requestedBy ? `${report.requestedBy} (UNVERIFIED)` : 'nobody gave a name' },
    { label: 'Because', value: report.reason ?? 'no reason was given' },
    { label: 'Started', value: dateAndClock(startedAt) },
    { label: 'Ended', value: endedAt ? `${dateAndClock(endedAt)}, after ${inWords(Date.parse(endedAt) - Date.parse(startedAt))}` : 'not yet' },
  ];
}

/** A target's measured identity in one sentence. */
export function identitySentence(identity: TargetIdentity): string {
  const directory = identity.dataDirectory ? `, data directory ${identity.dataDirectory}` : '';
  const place = `${identity.target} (${identity.environment || 'environment unknown'}): database ${identity.database} on ${identity.node} ${identity.address}`;
  return `${place}, ${identity.role}, timeline ${identity.timeline}, PostgreSQL ${identity.version}, system ${identity.systemIdentifier}${directory}`;
}

/** What a person decided, with how well the person is known. */
export function decisionSentence(decision: Decision): string {
  const { assurance, principal, by } = decision;
  const who = assurance === 'principal' && principal ? `${by} (attested by Temporal as ${principal})` : `${by} (UNVERIFIED)`;
  return [
    `${decision.kind} by ${who}`,
    decision.gate && `${decision.gateNumber ? `at gate ${decision.gateNumber}, ` : 'for '}"${decision.gate}"`,
    decision.plan && `on plan ${decision.plan.slice(0, 8)}`,
    decision.choice && `choice: ${decision.choice}`,
    decision.reason && `because: ${decision.reason}`,
    `sent as ${decision.via}${decision.identity ? ` from ${decision.identity}` : ''}`,
    decision.refused && `NOT COUNTED: ${decision.refused}`,
    decision.pending && 'NOT COUNTED YET',
  ]
    .filter(Boolean)
    .join('; ');
}

/** What a step reports beside its statements and what it saw. */
export function stepFacts(step: StepRecord): Fact[] {
  const { evidence, failure } = step;
  const facts: (Fact | false | undefined)[] = [
    step.note !== undefined && step.note !== '' && { label: 'Note', value: step.note },
    step.operation !== undefined && { label: 'Operation', value: step.operation },
    step.rows !== undefined && { label: 'Rows', value: String(step.rows) },
    step.verified !== undefined && { label: 'Verified', value: step.verified },
    failure && { label: 'Failure', value: `${failure.type}: ${failure.message}` },
    ...(step.notices ?? []).map((notice) => ({ label: 'Server said', value: notice })),
    evidence && {
      label: 'Evidence',
      value: `login ${evidence.login} on ${evidence.server}, backend ${evidence.backendPid}, application name ${evidence.applicationName}, transaction ${evidence.xid ?? 'none'}, WAL position ${evidence.lsn ?? 'none'}, at ${dateAndClock(evidence.at)}`,
    },
  ];
  return facts.filter((fact) => typeof fact === 'object');
}

/** The heading of a step after its sign and number: title, verb, outcome, clock and duration. */
export function stepHeading(step: StepRecord): string {
  const duration = step.endedAt && step.verb !== 'engine' ? `, ${inWords(Date.parse(step.endedAt) - Date.parse(step.startedAt))}` : '';
  return onOneLine(`${step.title} (${step.verb}: ${step.outcome}, ${clock(step.startedAt)}${duration})`);
}

/** The undo of a write in words. */
export const undoSentence = (undo: DeclaredUndo): string => ('by' in undo ? `undone by ${undo.by}` : `none: ${undo.none}`);

/** An effect that is still open in words. */
export const openSentence = (effect: OpenEffect): string =>
  `${effect.title}: ${effect.operation} on ${effect.input.target}, ${undoSentence(effect.undo)}`;

/** `2026-01-01 03:00:12 UTC`. */
export const dateAndClock = (iso: string): string => `${iso.slice(0, 10)} ${clock(iso)}`;

const clock = (iso: string): string => `${iso.slice(11, 19)} UTC`;
