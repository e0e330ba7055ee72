import { problemsOf } from '../../workflows/contracts/messages';
import { didYouMean } from '../../workflows/pure/did-you-mean';
import type { CatalogueEntry } from './catalogue';

/**
 * What is wrong with an input, a line each: unknown keys, and values that the runbook's own schema refuses. An undefined value is not
 * looked at: it comes later. An entry without its schema is judged by JSON types only.
 */
export function inputProblems(entry: CatalogueEntry, input: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(input).flatMap(([key, value]) => {
    if (!entry.input.properties?.[key]) return [unknownKey(entry, key)];
    if (value === undefined) return [];
    const own = entry.schema?.shape[key];
    return own ? problemsBySchema(key, own.safeParse(value)) : problemsByType(entry, key, value);
  });
}

type Parsed = ReturnType<NonNullable<CatalogueEntry['schema']>['shape'][string]['safeParse']>;

/** The schema's own sentences, with the path that they belong to. */
const problemsBySchema = (key: string, parsed: Parsed): string[] =>
  parsed.success
    ? []
    : problemsOf(parsed.error).map((problem) => `${key}${problem.startsWith('input: ') ? problem.slice('input'.length) : `.${problem}`}`);

function problemsByType({ input: { properties = {} } }: CatalogueEntry, key: string, value: unknown): string[] {
  const wanted = properties[key]?.type;
  const types = wanted === undefined ? [] : [wanted].flat();
  const came = jsonTypeOf(value);
  const fits = types.length === 0 || types.includes(came) || (types.includes('number') && came === 'integer');
  return fits ? [] : [`${key}: ${types.join(' or ')} is needed, and ${came} came`];
}

/** What the runbook needs and is not among these keys. */
export const missingInputs = ({ input: { properties = {}, required = [] } }: CatalogueEntry, given: readonly string[]): string[] =>
  [...new Set(['target', ...required])].filter((key) => key in properties && !given.includes(key));

/** Says that the runbook takes no input of this name, and what was probably meant. */
export function unknownKey(entry: CatalogueEntry, key: string): string {
  const known = Object.keys(entry.input.properties ?? {});
  return `${key}: ${entry.id} takes no such input.${didYouMean(key, known)} Known: ${known.join(', ')}`;
}

function jsonTypeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
