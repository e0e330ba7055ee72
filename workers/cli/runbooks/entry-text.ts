import type { CatalogueEntry, JsonSchema } from '../../catalogue/catalogue';
import { textTable } from '../../../activities/report/text-table';
import { pluralize } from '../../../workflows/pure/pluralize';

/** A runbook of the catalogue as text for a terminal. */
export function entryText(entry: CatalogueEntry): string {
  const { id, title, system, risk, useWhen, covers, notes = [], example, operations = [] } = entry;
  return [
    `${title} (${id})`,
    `System ${system}, risk ${risk}. Gate: ${gateText(entry)}.`,
    `Use it when\n${useWhen.map((symptom) => `  - ${symptom}`).join('\n')}`,
    ...notes,
    textTable([['input', 'type', 'default', 'meaning'], ...inputRows(entry.input)]),
    ...(operations.length ? [`Operations: ${operations.join(', ')}`] : []),
    ...(covers.length ? [`Procedures: ${covers.join(', ')}`] : []),
    `Example\n  runbook start ${id} --input '${JSON.stringify(example).replaceAll("'", "'\\''")}'`,
  ].join('\n\n');
}

function gateText({ approval, risk, breakGlass }: CatalogueEntry): string {
  if (risk === 'read-only') return 'none, it only looks';
  const { quorum = 1, expiresAfter = '1 hour', validFor = '30 minutes', fourEyes = false } = approval ?? {};
  return `${pluralize(quorum, 'approval')} within ${expiresAfter}, valid for ${validFor}${fourEyes ? ', not by the requester' : ''}${breakGlass ? '; --break-glass waives it (name and reason demanded)' : ''}`;
}

function inputRows({ properties = {}, required = [] }: JsonSchema): string[][] {
  return Object.entries(properties).map(([name, schema]) => {
    const fallback = schema.default !== undefined ? JSON.stringify(schema.default) : required.includes(name) ? 'required' : 'optional';
    return [name, typeText(schema), fallback, schema.description ?? (name === 'target' ? 'the name of a target in targets.yaml' : '')];
  });
}

function typeText(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map(String).join('|');
  if (schema.anyOf) return schema.anyOf.map(typeText).join('|');
  if (schema.type === 'array') return `${schema.items ? typeText(schema.items) : 'any'} list`;
  return [schema.type ?? 'any'].flat().join('|');
}
