import { condition } from '@temporalio/workflow';
import { MATRIX } from '../../pure/severities';
import { milliseconds } from '../../pure/span';
import { refreshDashboard } from '../display/dashboard';
import type { Incident } from './incident-state';
import { tell, update } from './tell';
import { dueNow, nextDue, type Due } from './timetable';

/** Runs the clock of an incident: each reminder, escalation and update once, at its time. */
export async function runClock(incident: Incident): Promise<void> {
  const every = milliseconds(incident.severity.updateEvery);
  let updateAt = incident.heardAt + every;
  while (!incident.isOver) {
    for (const entry of dueNow(incident.entries, incident.reached, incident.done, Date.now())) {
      incident.done.add(entry.key);
      void fire(incident, entry);
    }
    const waits = incident.stage !== 'resolved';
    if (waits && Date.now() >= updateAt) {
      // What was not due while it was resolved, or while no worker lived, is not made up for.
      updateAt = Date.now() + every;
      void update(incident, `It is ${incident.stage}; the database: ${incident.seen}`, updateAt);
    }
    const next = Math.min(nextDue(incident.entries, incident.reached, incident.done, Date.now()) ?? Infinity, waits ? updateAt : Infinity);
    const seen = incident.state.revision;
    const woken = (): boolean => incident.isOver || incident.state.revision !== seen;
    if (next === Infinity) await condition(woken);
    else await condition(woken, Math.max(1, next - Date.now()), { summary: 'until the next thing that is due' });
  }
}

async function fire(incident: Incident, { key, kind, to, because }: Due): Promise<void> {
  const recipient = to ?? MATRIX[incident.input.kind].first;
  const level = incident.escalations.length + 1;
  if (kind === 'escalate') incident.escalations.push({ at: new Date().toISOString(), to: recipient, because });
  incident.note(kind === 'escalate' ? `Escalated to ${recipient}` : `Reminded ${recipient}`, because);
  refreshDashboard(incident.state);
  await tell(incident, key, recipient, { body: { template: 'escalation', because, level, since: new Date(incident.startsAt).toISOString() } });
}
