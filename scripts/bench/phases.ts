import type { temporal } from '@temporalio/proto';
import { seriesOf } from './numbers';
import { ITEMS } from './operations';

type History = temporal.api.history.v1.IHistory;
type Event = temporal.api.history.v1.IHistoryEvent;
type Timestamp = { seconds?: unknown; nanos?: number | null } | null | undefined;

/** Where the time of a ten-step run goes, in the order of the run. */
export const PHASES = {
  pickUp: 'until a worker has begun the run',
  rehearsal: `rehearsal: who answers under the name of the target, ${ITEMS.length} different reads, ${ITEMS.length} previews, the plan`,
  firstReads: 'two reads, with the lock asked for beside them',
  steps: '4 writes, each with a read after it',
  end: 'end: lock released, record stored, run closed',
} as const;
export type Phase = keyof typeof PHASES;

/** The medians of the phases over some histories of the ten-step runbook. */
export function phasesOf(histories: readonly History[]): Record<Phase, number> {
  const each = histories.map(phases);
  return Object.fromEntries((Object.keys(PHASES) as Phase[]).map((phase) => [phase, seriesOf(each.map((one) => one[phase])).median])) as Record<
    Phase,
    number
  >;
}

function phases({ events }: History): Record<Phase, number> {
  const all = events ?? [];
  const local = all.flatMap(localActivity).sort((a, b) => a.began - b.began);
  const began = (name: string): number => (local.find((one) => one.name === name) ?? missing(name)).began;
  const time = (of: (event: Event) => unknown): number => millisecondsOf((all.find(of) ?? missing('an event')).eventTime);
  const started = time((event) => event.workflowExecutionStartedEventAttributes);
  const completed = time((event) => event.workflowExecutionCompletedEventAttributes);
  const firstWrite = time((event) => event.activityTaskScheduledEventAttributes);
  const [rehearsal, firstRead, end] = [began('rehearse'), began('readStock'), began('endRun')];
  return {
    pickUp: rehearsal - started,
    rehearsal: firstRead - rehearsal,
    firstReads: firstWrite - firstRead,
    steps: end - firstWrite,
    end: completed - end,
  };
}

/** The time between tasks and inside them: what the server, the worker and the database make of a run. */
export interface Hops {
  readonly workflowTasks: number;
  readonly workflowTasksMs: number;
  /** Between scheduling and start of workflow tasks and activities. */
  readonly queuesMs: number;
  readonly activitiesMs: number;
  /** Calls inside workflow tasks; each is one event. */
  readonly localActivities: number;
}

export function hopsOf(histories: readonly History[]): Hops {
  const each = histories.map(hops);
  const median = (of: keyof Hops): number => seriesOf(each.map((one) => one[of])).median;
  return {
    workflowTasks: median('workflowTasks'),
    workflowTasksMs: median('workflowTasksMs'),
    queuesMs: median('queuesMs'),
    activitiesMs: median('activitiesMs'),
    localActivities: median('localActivities'),
  };
}

function hops({ events }: History): Hops {
  const all = events ?? [];
  const at = (id: unknown): number => millisecondsOf(all[Number(id) - 1]?.eventTime);
  const sums = { workflowTasks: 0, workflowTasksMs: 0, queuesMs: 0, activitiesMs: 0, localActivities: all.flatMap(localActivity).length };
  for (const event of all) {
    const ended = millisecondsOf(event.eventTime);
    const task = event.workflowTaskCompletedEventAttributes;
    const activity = event.activityTaskCompletedEventAttributes;
    const of = task ?? activity;
    if (!of) continue;
    sums.queuesMs += at(of.startedEventId) - at(of.scheduledEventId);
    sums[task ? 'workflowTasksMs' : 'activitiesMs'] += ended - at(of.startedEventId);
    if (task) sums.workflowTasks++;
  }
  return sums;
}

/** When a local activity began; the event's own time is that of its whole workflow task. */
function localActivity(event: Event): { name: string; began: number }[] {
  const data = event.markerRecordedEventAttributes?.details?.['data']?.payloads?.[0]?.data;
  if (!data) return [];
  const { activity_type: name, original_schedule_time: began } = JSON.parse(Buffer.from(data).toString()) as Marker;
  return [{ name, began: millisecondsOf(began) }];
}

interface Marker {
  readonly activity_type: string;
  readonly original_schedule_time: Timestamp;
}

/** When the first ordinary activity after a moment began; undefined while there is none. */
export function firstStartAfter({ events }: History, moment: number, name: string): number | undefined {
  const scheduled = (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes?.activityType?.name === name);
  const ids = scheduled.map((event) => Number(event.eventId));
  const start = (events ?? []).find((event) => {
    const of = event.activityTaskStartedEventAttributes;
    return of && ids.includes(Number(of.scheduledEventId)) && millisecondsOf(event.eventTime) > moment;
  });
  return start && millisecondsOf(start.eventTime);
}

function millisecondsOf(time: Timestamp): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}

function missing(what: string): never {
  throw new Error(`The history has no ${what}.`);
}
