import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { didYouMean } from '../../workflows/pure/did-you-mean';
import type { ApprovalPolicy, Risk, System } from '../../workflows/contracts/header';
import { KernelFailure } from '../../activities/sql/kernel-failure';
import { packageRoot } from './package-root';

/** The part of JSON Schema that the CLI reads. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
  readonly maxLength?: number;
}

/** What the generated catalogue says of a runbook. */
export interface CatalogueEntry {
  readonly id: string;
  readonly title: string;
  readonly system: System;
  readonly risk: Risk;
  readonly useWhen: readonly string[];
  readonly covers: readonly string[];
  readonly notes?: readonly string[];
  readonly approval?: Partial<ApprovalPolicy> | null;
  /** Whether people are asked before its first change; null for read-only ones. */
  readonly gated?: boolean | null;
  readonly breakGlass?: true;
  readonly example: unknown;
  readonly input: JsonSchema;
  /** The runbook's own schema, which alone knows its limits and patterns; absent until `withSchemas` has added it. */
  readonly schema?: z.ZodObject<Record<string, z.ZodType>>;
  readonly operations?: readonly string[];
}

/** Reads workflows/catalog.json; throws an Error when it was not generated. */
export function readCatalogue(path: string = join(packageRoot(), 'workflows', 'catalog.json')): CatalogueEntry[] {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as CatalogueEntry[];
  } catch (error) {
    throw new Error(`The catalogue ${path} cannot be read (${(error as Error).message}). In a checkout, "npm run generate" writes it.`);
  }
}

/** The entry of a runbook, by id in any spelling (`upgradeExtension`, `upgrade-extension`); throws UnknownRunbook with the nearest names. */
export function entryOf(catalogue: readonly CatalogueEntry[], name: string): CatalogueEntry {
  const plain = (id: string): string => id.toLowerCase().replace(/[^a-z0-9]/g, '');
  const found = catalogue.find((entry) => plain(entry.id) === plain(name));
  if (found) return found;
  const ids = catalogue.map((entry) => entry.id);
  throw new KernelFailure('UnknownRunbook', `No runbook is named "${name}".${didYouMean(name, ids)} "runbook list" shows every one.`);
}

/** The entries that match the words of a symptom, best first; all entries for no words. */
export function matching(catalogue: readonly CatalogueEntry[], words: readonly string[]): CatalogueEntry[] {
  const wanted = words.flatMap((word) => word.toLowerCase().split(/\s+/)).filter(Boolean);
  if (!wanted.length) return [...catalogue];
  return catalogue
    .map((entry) => ({ entry, score: wanted.reduce((sum, word) => sum + weight(entry, word), 0) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ entry }) => entry);
}

/** A hit in the title or id weighs more than one in a symptom, and that more than one in the name of a covered procedure. */
function weight({ id, title, useWhen, covers, system }: CatalogueEntry, word: string): number {
  const has = (text: string): boolean => text.toLowerCase().includes(word);
  return (has(title) || has(id) ? 3 : 0) + (useWhen.some(has) ? 2 : 0) + (covers.some(has) || has(system) ? 1 : 0);
}
