import { z } from 'zod';
import { DEFAULT_POLICY } from '../../workflows/engine/gates/approvals';
import type { CatalogueEntry } from './catalogue-entry';
import type { RunbookSource } from './sources';

/** What the catalogue says of each runbook, as data for the CLI and for other programs. */
export const catalogueOf = (runbooks: readonly RunbookSource[]): CatalogueEntry[] =>
  runbooks.map(({ header, source, path }) => ({
    id: header.id,
    title: header.title,
    system: header.system,
    risk: header.risk,
    file: `workflows/${path}.ts`,
    useWhen: header.useWhen,
    covers: header.covers,
    notes: header.notes ?? [],
    ...(header.breakGlass ? { breakGlass: true as const } : {}),
    approval: header.risk === 'read-only' ? null : { ...DEFAULT_POLICY, ...header.approval },
    gated: header.risk === 'read-only' ? null : isGated(source),
    example: header.example,
    input: z.toJSONSchema(header.input, { io: 'input', unrepresentable: 'any' }),
    operations: operationsIn(source),
  }));

/** Whether the flow's first gate stands before its first change. */
function isGated(source: string): boolean {
  const gate = source.search(/\brun\.approve\(/);
  const change = source.search(/\brun\.(?:apply|during|once|runbook)\(/);
  return gate >= 0 && (change < 0 || gate < change);
}

/** The operations that a runbook's text requests, in alphabetical order. */
export function operationsIn(source: string): string[] {
  const named = [...source.matchAll(/\b(?:readSlow|read|write)\.(\w+)\(/g)].map((match) => match[1] as string);
  return [...new Set(named)].sort();
}
