import { didYouMean } from '../../workflows/pure/did-you-mean';
import type { JsonSchema } from './catalogue';

/** A text as the value that a JSON Schema wants, or why it is none. Lists are given as JSON or with commas. */
export function parseValue(text: string, schema: JsonSchema): { readonly value: unknown } | { readonly problem: string } {
  if (schema.anyOf) {
    // The text type last: everything is a text.
    const answers = [...schema.anyOf].sort((a, b) => Number(a.type === 'string') - Number(b.type === 'string')).map((one) => parseValue(text, one));
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
      return parseJson(text, 'a JSON object', (value) => typeof value === 'object' && value !== null && !Array.isArray(value));
    default:
      return { value: text };
  }
}

function listFrom(text: string, items: JsonSchema): { readonly value: unknown } | { readonly problem: string } {
  if (text.trimStart().startsWith('[')) return parseJson(text, 'a JSON list', Array.isArray);
  const answers = text === '' ? [] : text.split(',').map((part) => parseValue(part.trim(), items));
  const wrong = answers.find((answer) => 'problem' in answer);
  return wrong ?? { value: answers.map((answer) => ('value' in answer ? answer.value : null)) };
}

export function parseJson(
  text: string,
  wanted: string,
  fits: (value: unknown) => boolean,
): { readonly value: unknown } | { readonly problem: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (fits(value)) return { value };
  } catch {
    // Said below.
  }
  return { problem: `${wanted} is needed` };
}
