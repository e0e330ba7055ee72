import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { MessageBody, Notification, NotificationAnswer } from '../../contracts/notification';
import { STAKEHOLDERS } from '../../pure/severities';
import type { Incident } from './incident-state';

interface Notifying {
  notify(notification: Notification): Promise<NotificationAnswer>;
}

/** Tells a recipient of notify.yaml. Whatever becomes of the message, the incident goes on; one that nobody took stands in the record. */
export async function tell(incident: Incident, key: string, to: string, what: Partial<Notification> & { readonly body: MessageBody }): Promise<void> {
  const { state } = incident;
  const { notify } = proxyActivities<Notifying>({
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '5 seconds',
    cancellationType: ActivityCancellationType.ABANDON,
    retry: { maximumAttempts: 3, initialInterval: '1 second' },
    summary: `tell ${to}: ${key}`.slice(0, 200),
  });
  let failed: string;
  try {
    const answer = await notify({
      id: `${state.workflowId}/${key}/${to}`.slice(-200),
      to,
      about: state.workflowId.slice(-200),
      loudness: 'critical',
      title: incident.title,
      target: state.target,
      runId: state.workflowId,
      state: `${incident.stage}${incident.holder ? `, ${incident.holder} looks after it` : ''}; the database: ${incident.seen}`,
      nextAction: nextAction(incident),
      deadline: null,
      over: false,
      ...what,
    });
    if (answer.by !== null) return;
    failed = answer.failed.map(({ channel, because }) => `${channel}: ${because}`).join('; ');
  } catch (error) {
    failed = error instanceof Error ? error.message : String(error);
  }
  incident.unheard.push(`${to}: ${key}`);
  incident.note(`Nobody took the message to ${to}`, `${key}: ${failed}`.slice(0, 1_000), 'failed');
}

/** What a person should do next; null when nothing is waited for. */
export function nextAction({ state, stage, holder }: Incident): string | null {
  if (state.ending.outcome || stage === 'resolved') return null;
  if (!holder) return `acknowledge it: runbook acknowledge ${state.workflowId}`;
  if (stage === 'acknowledged') return `say what is affected: runbook assess ${state.workflowId} --reason "…"`;
  return `fix it; when it is over: runbook resolve ${state.workflowId} --reason "cause and fix"`;
}

/** The first message: to those who should fix it and to those who are affected. */
export async function announce(incident: Incident, first: string): Promise<void> {
  const { input, severity, startsAt } = incident;
  const body = {
    template: 'incident',
    impact: input.impact,
    status: 'The run looks at the database; nothing was changed.',
    mitigateBy: new Date(incident.entries.find(({ key }) => key === 'limit mitigated')?.at ?? startsAt).toISOString(),
    affected: input.target,
  } as const;
  const loudness = severity.name === 'P1' ? 'critical' : 'error';
  await Promise.all([first, STAKEHOLDERS].map((to) => tell(incident, 'incident', to, { loudness, body })));
}

/** A status update, worded from what the run knows. */
export async function update(incident: Incident, says: string, nextAt: number | null): Promise<void> {
  incident.updates++;
  const { updates: number, milestones, runs } = incident;
  const work = runs
    .filter(({ outcome, asked }) => outcome === null && asked !== 'diagnosis')
    .map(({ runbook }) => `${runbook} is at work or waits for its approval`);
  const status = [says, milestones.assessed?.says, ...work].filter((part) => part).join('. ');
  const limit = incident.entries.find(({ key }) => key === 'limit resolved')?.at ?? incident.startsAt;
  await tell(incident, `update ${number}`, STAKEHOLDERS, {
    loudness: 'warning',
    body: {
      template: 'update',
      number,
      status,
      eta: `by ${new Date(limit).toISOString().slice(11, 16)} UTC at the latest`,
      nextUpdateAt: nextAt === null ? null : new Date(nextAt).toISOString(),
    },
  });
}
