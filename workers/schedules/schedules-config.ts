import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { KernelFailure } from '../../activities/sql/kernel-failure';
import { didYouMean } from '../../workflows/contracts/did-you-mean';
import { TargetName } from '../../workflows/contracts/params';
import type { CatalogueEntry } from '../cli/catalogue';
import { mayStart } from '../gateway/check-routes';

const Schedule = z.strictObject({
  runbook: z.string().min(1),
  targets: z.array(TargetName).min(1),
  input: z.record(z.string(), z.json()).default({}),
  /** When, in cron's five fields; several lines are fine. */
  cron: z.union([z.string().min(9), z.array(z.string().min(9)).min(1)]),
  timezone: z.string().min(1).default('UTC'),
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
  const file = File.safeParse(contentOf(path));
  const problems = file.success
    ? Object.entries(file.data.schedules).flatMap(([name, schedule]) => problemsOf(`schedules.${name}`, schedule, catalogue, targets))
    : file.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  if (problems.length || !file.success)
    throw new KernelFailure('InvalidInput', `${path} has ${problems.length} problems:\n${problems.map((one) => `  ${one}`).join('\n')}`);
  return Object.entries(file.data.schedules).flatMap(([name, { targets: on, cron, ...rest }]) =>
    on.map((target) => ({ id: `${SCHEDULE_PREFIX}${name}/${target}`, name, target, cron: [cron].flat(), ...rest })),
  );
}

function contentOf(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new KernelFailure(
      'InvalidInput',
      `${path} cannot be read (${(error as Error).message}). Copy schedules.example.yaml, or name the file by --schedules.`,
    );
  }
}

function problemsOf(
  at: string,
  { runbook, targets: on, input }: z.infer<typeof Schedule>,
  catalogue: readonly CatalogueEntry[],
  targets: readonly string[],
): string[] {
  const entry = catalogue.find(({ id }) => id === runbook);
  const unknown = on
    .filter((target) => !targets.includes(target))
    .map((target) => `${at}.targets: targets.yaml has no target ${target}.${didYouMean(target, targets)}`);
  if (!entry)
    return [
      ...unknown,
      `${at}.runbook: no runbook is named ${runbook}.${didYouMean(
        runbook,
        catalogue.map(({ id }) => id),
      )}`,
    ];
  const known = Object.keys(entry.input.properties ?? {});
  return [
    ...unknown,
    ...(mayStart(entry)
      ? []
      : [
          `${at}.runbook: ${runbook} (${entry.risk}) would change a database before anybody was asked; a schedule may start only what is read-only, safe, or gated before its first change`,
        ]),
    ...Object.keys(input).flatMap((key) =>
      key !== 'target' && known.includes(key) ? [] : [`${at}.input.${key}: ${runbook} takes no such input here.${didYouMean(key, known)}`],
    ),
  ];
}
