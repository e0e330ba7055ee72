import { didYouMean } from '../../workflows/pure/did-you-mean';
import type { CatalogueEntry } from './catalogue';
import { inputProblems, missingInputs } from './input-problems';

/** What a settings file wants started without a person. */
export interface UnattendedStart {
  /** Its place in the file, such as `routes.connections`. */
  readonly at: string;
  readonly by: 'an alert' | 'a schedule';
  readonly runbook: string;
  /** Without the target; undefined for a value that comes with each start. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** Why it may not start by itself, a line each: the runbook and its inputs must exist, and it changes nothing before a gate unless it undoes itself. */
export function problemsOfStart({ at, by, runbook, input }: UnattendedStart, catalogue: readonly CatalogueEntry[]): string[] {
  const entry = catalogue.find(({ id }) => id === runbook);
  const ids = catalogue.map(({ id }) => id);
  if (!entry) return [`${at}.runbook: no runbook is named ${runbook}.${didYouMean(runbook, ids)}`];
  const { target, ...own } = input;
  return [
    ...(mayStart(entry)
      ? []
      : [
          `${at}.runbook: ${entry.id} (${entry.risk}) would change a database before anybody was asked; ${by} may start only what is read-only, safe, or gated before its first change`,
        ]),
    ...(target === undefined ? [] : [`${at}.input.target: the target stands beside the input, not in it`]),
    ...inputProblems(entry, own).map((problem) => `${at}.input.${problem}`),
    ...missingInputs(entry, [...Object.keys(own), 'target']).map((key) => `${at}.input: ${key} is needed by ${entry.id}`),
  ];
}

/** Why a target cannot be meant: targets.yaml does not have it. */
export const problemsOfTargets = (at: string, named: readonly string[], targets: readonly string[]): string[] =>
  named.filter((target) => !targets.includes(target)).map((target) => `${at}: targets.yaml has no target ${target}.${didYouMean(target, targets)}`);

const mayStart = ({ risk, gated }: CatalogueEntry): boolean => risk === 'read-only' || risk === 'safe' || gated === true;
