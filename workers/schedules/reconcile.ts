import { ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { canonicalJson } from '../../workflows/contracts/json';
import { sha256 } from '../../workflows/contracts/sha256';
import { SCHEDULE_PREFIX, type WantedSchedule } from './schedules-config';

/** A start that was missed for longer, because everything was down, is not made up for. */
const CATCH_UP = '10 minutes';

/** What must be done so that Temporal has the schedules of the file, and no others of ours. */
export interface ScheduleDifference {
  readonly id: string;
  readonly what: 'create' | 'change' | 'delete' | 'same';
  readonly wanted: WantedSchedule | null;
  /** A person paused it in Temporal; applying leaves that as it is. */
  readonly paused: boolean;
}

/** Compares the file with Temporal. */
export async function compareSchedules(client: Client, wanted: readonly WantedSchedule[]): Promise<ScheduleDifference[]> {
  const there = new Map<string, { note: string; paused: boolean }>();
  for await (const { scheduleId, state } of client.schedule.list()) {
    if (scheduleId.startsWith(SCHEDULE_PREFIX)) there.set(scheduleId, { note: state.note ?? '', paused: state.paused });
  }
  const compared = wanted.map((schedule): ScheduleDifference => {
    const found = there.get(schedule.id);
    const what = !found ? 'create' : found.note.includes(markOf(schedule)) ? 'same' : 'change';
    return { id: schedule.id, what, wanted: schedule, paused: found?.paused ?? false };
  });
  const gone = [...there].filter(([id]) => !wanted.some((schedule) => schedule.id === id));
  return [...compared, ...gone.map(([id, { paused }]) => ({ id, what: 'delete' as const, wanted: null, paused }))].sort((a, b) =>
    a.id.localeCompare(b.id),
  );
}

/** Does what the comparison says; what is the same is left alone. */
export async function applySchedules(client: Client, taskQueue: string, differences: readonly ScheduleDifference[]): Promise<void> {
  for (const { id, what, wanted } of differences) {
    if (what === 'delete') await client.schedule.getHandle(id).delete();
    else if (what === 'create' && wanted) await client.schedule.create(optionsOf(wanted, taskQueue));
    else if (what === 'change' && wanted) {
      const { spec, action, policies } = optionsOf(wanted, taskQueue);
      await client.schedule
        .getHandle(id)
        .update(({ state }) => ({ spec, action, ...(policies ? { policies } : {}), state: { ...state, note: markOf(wanted) } }));
    }
  }
}

/** What tells one version of a schedule from another; it stands in the schedule's note. */
const markOf = (schedule: WantedSchedule): string => `pg-runbooks ${sha256(canonicalJson(schedule)).slice(0, 16)}`;

function optionsOf(schedule: WantedSchedule, taskQueue: string): ScheduleOptions {
  const { id, name, runbook, target, input, cron, timezone, because } = schedule;
  return {
    scheduleId: id,
    spec: { cronExpressions: [...cron], timezone },
    action: {
      type: 'startWorkflow',
      workflowType: runbook,
      workflowId: `${runbook}/${target}/schedule-${name}`,
      taskQueue,
      args: [{ ...input, target, by: 'schedule', reason: `schedule ${name}: ${because}`, trigger: 'schedule' }],
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP },
    state: { note: markOf(schedule) },
  };
}
