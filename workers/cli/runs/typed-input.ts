import { readFileSync } from 'node:fs';
import type { CatalogueEntry } from '../../catalogue/catalogue';
import { inputProblems, missingInputs, unknownKey } from '../../catalogue/input-problems';
import { parseJson, parseValue } from '../../catalogue/parse-value';
import { usage } from '../terminal/exit-codes';

/** What a person gives for a run's input. */
export interface GivenInput {
  readonly target?: string | undefined;
  /** `key=value` pairs; values are typed by the runbook's JSON Schema. */
  readonly set?: readonly string[] | undefined;
  /** One JSON object, or `@file` with one. */
  readonly input?: string | undefined;
}

/** The run's input from `--input`, then `--set`, then `--target`; throws CliFailure with every problem, a line each. */
export function inputOf(entry: CatalogueEntry, given: GivenInput): Record<string, unknown> & { target: string } {
  const problems: string[] = [];
  const input: Record<string, unknown> = given.input === undefined ? {} : objectFrom(given.input);
  for (const pair of given.set ?? []) {
    const split = pair.indexOf('=');
    const key = split < 1 ? pair : pair.slice(0, split);
    const schema = entry.input.properties?.[key];
    if (split < 1) problems.push(`--set ${pair}: write key=value`);
    else if (!schema) problems.push(unknownKey(entry, key));
    else {
      const typed = parseValue(pair.slice(split + 1), schema);
      if ('problem' in typed) problems.push(`${key}: ${typed.problem}`);
      else input[key] = typed.value;
    }
  }
  if (given.target !== undefined) input['target'] = given.target;
  for (const key of missingInputs(entry, Object.keys(input)))
    problems.push(`${key}: it is needed (${key === 'target' ? '--target <name>' : `--set ${key}=…`})`);
  problems.push(...inputProblems(entry, input));
  if (problems.length)
    throw usage(
      [`${entry.id} was not started:`, ...[...new Set(problems)].map((problem) => `  ${problem}`), `Example: ${JSON.stringify(entry.example)}`].join(
        '\n',
      ),
    );
  return input as Record<string, unknown> & { target: string };
}

function objectFrom(given: string): Record<string, unknown> {
  const text = given.startsWith('@') ? fileText(given.slice(1)) : given;
  const answer = parseJson(text, 'one JSON object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
  if ('problem' in answer) throw usage(`--input: ${answer.problem}, such as --input '{"target":"orders-eu"}' or --input @input.json.`);
  return { ...(answer.value as Record<string, unknown>) };
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw usage(`--input @${path}: the file cannot be read (${(error as Error).message}).`);
  }
}
