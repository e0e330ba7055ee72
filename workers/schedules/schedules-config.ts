import { z } from 'zod';
import { Zone } from '../../activities/targets/change-windows';
import { checkedSettings, readSettings, refusedSettings } from '../../activities/targets/settings-file';
import { TargetName } from '../../workflows/contracts/params';
import type { CatalogueEntry } from '../catalogue/catalogue';
import { problemsOfStart, problemsOfTargets } from '../catalogue/unattended';

// Temporal reads a sixth field as the year, where other crons have the seconds in front.
const Cron = z.string().regex(/^\s*\S+(\s+\S+){4}\s*$/, "cron's five fields are needed: minute, hour, day of the month, month, day of the week");
const Schedule = z.strictObject({
  runbook: z.string().min(1),
  targets: z.array(TargetName).min(1),
  input: z.record(z.string(), z.json()).default({}),
  /** When, in cron's five fields; several lines are fine. */
  cron: z.preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(Cron).min(1)),
  timezone: Zone.default('UTC'),
  /** Why it is there; the reason of its runs. */
  because: z.string().min(1).max(500),
});
const File = z.strictObject({
  schedules: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/, 'a schedule has lower-case letters, digits and hyphens only'), Schedule),
});

/** One schedule on one target. */
export interface WantedSchedule {
  /** `runbooks/<name>/<target>`: the schedule's id in Temporal. */
  readonly id: string;
  readonly name: string;
  readonly runbook: string;
  readonly target: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly cron: readonly string[];
  readonly timezone: string;
  readonly because: string;
}

export const SCHEDULE_PREFIX = 'runbooks/';

/** Reads schedules.yaml; throws InvalidInput with every problem: unknown runbooks, targets, inputs, and runbooks that would change a database before anybody was asked. */
export function readSchedules(path: string, catalogue: readonly CatalogueEntry[], targets: readonly string[]): WantedSchedule[] {
  const content = readSettings(path, 'Copy schedules.example.yaml to schedules.yaml, or name the file by --schedules.');
  const { schedules } = checkedSettings(File, content, path);
  const problems = Object.entries(schedules).flatMap(([name, { targets: on, runbook, input }]) => {
    const at = `schedules.${name}`;
    return [...problemsOfTargets(`${at}.targets`, on, targets), ...problemsOfStart({ at, by: 'a schedule', runbook, input }, catalogue)];
  });
  if (problems.length) throw refusedSettings(path, problems);
  return Object.entries(schedules).flatMap(([name, { targets: on, cron, ...rest }]) =>
    on.map((target) => ({ id: `${SCHEDULE_PREFIX}${name}/${target}`, name, target, cron, ...rest })),
  );
}
