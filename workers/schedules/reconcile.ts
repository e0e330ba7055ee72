import { ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { KernelFailure } from '../../activities/sql/kernel-failure';
import { canonicalJson } from '../../workflows/pure/json';
import { sha256 } from '../../workflows/pure/hash';
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

/** Does what the comparison says; what is the same is left alone. Throws InvalidInput with what Temporal refused, when everything else is done. */
export async function applySchedules(client: Client, taskQueue: string, differences: readonly ScheduleDifference[]): Promise<void> {
  const refused: string[] = [];
  for (const difference of differences) {
    try {
      await applyOne(client, taskQueue, difference);
    } catch (error) {
      // The SDK's word for a request that the server refuses permanently.
      if (!(error instanceof TypeError)) throw error;
      refused.push(`${difference.id}: ${error.message}`);
    }
  }
  if (refused.length)
    throw new KernelFailure(
      'InvalidInput',
      [`Temporal refuses ${refused.length} of the schedules:`, ...refused.map((one) => `  ${one}`), 'The others are as they are in the file.'].join(
        '\n',
      ),
    );
}

async function applyOne(client: Client, taskQueue: string, { id, what, wanted }: ScheduleDifference): Promise<void> {
  if (what === 'delete') await client.schedule.getHandle(id).delete();
  else if (what === 'create' && wanted) await client.schedule.create(optionsOf(wanted, taskQueue));
  else if (what === 'change' && wanted) {
    const { spec, action, policies } = optionsOf(wanted, taskQueue);
    await client.schedule
      .getHandle(id)
      .update(({ state }) => ({ spec, action, ...(policies ? { policies } : {}), state: { ...state, note: noteOf(state.note ?? '', wanted) } }));
  }
}

/** Why a person paused it stands in the note too, and stays there. */
const noteOf = (before: string, wanted: WantedSchedule): string => [before.replace(MARK, ''), markOf(wanted)].filter(Boolean).join(' · ');
const MARK = /(?: · )?pg-runbooks [0-9a-f]{16}/g;

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
