import { INCIDENT_MESSAGES, NOT_PEOPLE, type IncidentMessage, type IncidentMessageKind } from '../../contracts/incident';
import { registerMessage } from '../run/messages';
import type { RunState } from '../run/state';
import type { Incident } from './incident-state';

/** Registers what people can tell an incident. */
export function registerIncidentMessages(state: RunState, incident: Incident): void {
  for (const kind of Object.keys(INCIDENT_MESSAGES) as IncidentMessageKind[]) {
    const { schema, help } = INCIDENT_MESSAGES[kind];
    registerMessage<IncidentMessage>(state, kind, schema, help, {
      refusal: (message) => refusalOf(state, incident, kind, message),
      accept: (message) => take(incident, kind, message),
    });
  }
}

function refusalOf(state: RunState, incident: Incident, kind: IncidentMessageKind, { by, runbook, to }: IncidentMessage): string | null {
  if (state.ending.outcome) return `The incident is closed (${state.ending.outcome}).`;
  // Nothing is started, looked at or told any more: only the record can still hear it.
  if (incident.isOver && kind !== 'note') return `The incident is ending and takes notes only. If it is not over: runbook start ${state.header.id}.`;
  if (NOT_PEOPLE.includes(by)) return `"${by}" is no person: give your own name.`;
  if (kind === 'acknowledge' && incident.holder === by) return `${by} looks after it already.`;
  if (kind === 'handOver' && incident.holder === to) return `${to ?? ''} looks after it already.`;
  if (kind === 'mitigate' && runbook === undefined && incident.milestones.mitigated) return 'It is mitigated already.';
  return null;
}

function take(incident: Incident, kind: IncidentMessageKind, message: IncidentMessage): string {
  const { by, reason = '' } = message;
  switch (kind) {
    case 'acknowledge':
      incident.holder = by;
      if (!incident.reach('acknowledged', by, `${by} looks after it`)) incident.note('Taken over', `${by} looks after it`);
      return 'You look after it now.';
    case 'handOver':
      incident.holder = message.to ?? by;
      incident.reach('acknowledged', by, `${by} handed it to ${message.to ?? ''}`);
      incident.note('Handed over', `${by} to ${message.to ?? ''}: ${reason}`);
      return `${message.to ?? ''} looks after it now.`;
    case 'assess':
      if (!incident.reach('assessed', by, reason)) incident.note('Assessment', `${by}: ${reason}`);
      return 'The assessment is recorded; the next update says it.';
    case 'mitigate':
      if (message.runbook === undefined) {
        incident.reach('mitigated', by, reason);
        return 'It is mitigated; resolve it when the cause is fixed.';
      }
      incident.wanted.push({ runbook: message.runbook, input: message.input ?? {}, by, reason });
      return `${message.runbook} is started; it asks at its own gate.`;
    case 'resolve':
      incident.saidOver = { by, reason };
      incident.lookNow = true;
      incident.note('Said to be over', `${by}: ${reason}`);
      return 'The database is looked at before that counts.';
    case 'note':
      incident.note('Note', `${by}: ${reason}`);
      return 'It stands in the timeline.';
  }
}
