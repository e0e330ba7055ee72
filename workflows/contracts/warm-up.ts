import type { z } from 'zod';

const PROBES: readonly unknown[] = [undefined, null, true, 0, '', [], {}];

/**
 * Parses once with every part of a schema.
 *
 * All runs of a worker share their modules, frozen; zod finishes each schema at its first parse, which must therefore happen before.
 * Call it at module scope for every schema that workflow code parses with.
 */
export function warm<Schema extends z.ZodType>(schema: Schema): Schema {
  for (const part of partsOf(schema, new Set())) for (const probe of PROBES) parseOnce(part, probe);
  return schema;
}

function parseOnce(part: z.ZodType, probe: unknown): void {
  try {
    part.safeParse(probe);
  } catch {
    // A refinement on its own may meet a value of another type than it is written for.
  }
}

function partsOf(value: unknown, seen: Set<unknown>): z.ZodType[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  if (!isSchema(value)) return Object.values(value).flatMap((member) => partsOf(member, seen));
  return [value, ...Object.values(value._zod.def).flatMap((member) => partsOf(member, seen))];
}

const isSchema = (value: object): value is z.ZodType => '_zod' in value && 'safeParse' in value;
