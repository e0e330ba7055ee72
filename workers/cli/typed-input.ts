import { readFileSync } from 'node:fs';
import { didYouMean } from '../../workflows/pure/did-you-mean';
import type { CatalogueEntry, JsonSchema } from './catalogue';
import { usage } from './exit-codes';

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
      const typed = typedValue(pair.slice(split + 1), schema);
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

/** A text as the value that a JSON Schema wants, or why it is none. Lists are given as JSON or with commas. */
export function typedValue(text: string, schema: JsonSchema): { readonly value: unknown } | { readonly problem: string } {
  if (schema.anyOf) {
    // The text type last: everything is a text.
    const answers = [...schema.anyOf].sort((a, b) => Number(a.type === 'string') - Number(b.type === 'string')).map((one) => typedValue(text, one));
    return answers.find((answer) => 'value' in answer) ?? answers[0] ?? { value: text };
  }
  if (schema.enum) {
    const chosen = schema.enum.find((choice) => String(choice) === text);
    return chosen === undefined
      ? { problem: `"${text}" is none of ${schema.enum.map(String).join(', ')}.${didYouMean(text, schema.enum.map(String))}` }
      : { value: chosen };
  }
  switch (Array.isArray(schema.type) ? schema.type.find((type) => type !== 'null') : schema.type) {
    case 'integer':
      return /^[-+]?\d+$/.test(text) ? { value: Number(text) } : { problem: `"${text}" is no whole number` };
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? { value: Number(text) } : { problem: `"${text}" is no number` };
    case 'boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : { problem: `"${text}" is neither true nor false` };
    case 'null':
      return text === 'null' ? { value: null } : { problem: `"${text}" is not null` };
    case 'array':
      return listFrom(text, schema.items ?? {});
    case 'object':
      return parsed(text, 'a JSON object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
    default:
      return { value: text };
  }
}

function listFrom(text: string, items: JsonSchema): { readonly value: unknown } | { readonly problem: string } {
  if (text.trimStart().startsWith('[')) return parsed(text, 'a JSON list', Array.isArray);
  const answers = text === '' ? [] : text.split(',').map((part) => typedValue(part.trim(), items));
  const wrong = answers.find((answer) => 'problem' in answer);
  return wrong ?? { value: answers.map((answer) => ('value' in answer ? answer.value : null)) };
}

function parsed(text: string, wanted: string, fits: (value: unknown) => boolean): { readonly value: unknown } | { readonly problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (fits(value)) return { value };
  } catch {
    // Said below.
  }
  return { problem: `${wanted} is needed` };
}

/** What can be seen to be wrong with an input without the runbook's own schema, a line each: unknown keys and values of the wrong JSON type. An undefined value is not looked at. */
export function inputProblems(entry: CatalogueEntry, input: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(input).flatMap(([key, value]) => {
    const schema = entry.input.properties?.[key];
    if (!schema) return [unknownKey(entry, key)];
    const types = schema.type === undefined ? [] : [schema.type].flat();
    return types.length && value !== undefined && !types.includes(jsonTypeOf(value)) && !(types.includes('number') && jsonTypeOf(value) === 'integer')
      ? [`${key}: ${types.join(' or ')} is needed, and ${jsonTypeOf(value)} came`]
      : [];
  });
}

/** What the runbook needs and is not among these keys. */
export const missingInputs = ({ input: { properties = {}, required = [] } }: CatalogueEntry, given: readonly string[]): string[] =>
  [...new Set(['target', ...required])].filter((key) => key in properties && !given.includes(key));

function unknownKey(entry: CatalogueEntry, key: string): string {
  const known = Object.keys(entry.input.properties ?? {});
  return `${key}: ${entry.id} takes no such input.${didYouMean(key, known)} Known: ${known.join(', ')}`;
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function objectFrom(given: string): Record<string, unknown> {
  const text = given.startsWith('@') ? fileText(given.slice(1)) : given;
  const answer = parsed(text, 'one JSON object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
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
