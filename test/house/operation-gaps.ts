import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { statementsOf } from '../../activities/effects/operation';
import type { OperationSource } from '../../scripts/generate/operation-sources';
import { ROOT, sourceFiles } from './source-files';

/** What is missing of an operation, each as a sentence that says what to do. */
export function gapsOf(source: OperationSource, tests: DeclaredTests): string[] {
  const { operation, system } = source;
  const of = `${source.name} (${source.file})`;
  const common = [...exampleGaps(source, of), ...(source.about ? [] : [`${of} has no comment that says what it does.`])];
  if (operation.effect === 'read')
    return [...common, ...(tests.named.has(source.name) ? [] : [`${of} is in no test: answer it once in test/operations/${system}.`])];
  return [
    ...common,
    ...(operation.requires === undefined
      ? [`${of} has no "requires": the rights and conditions that it needs, so that they are asked before people are; or { none: 'why' }.`]
      : []),
    ...(tests.exercised.has(source.name)
      ? []
      : [`${of} is never exercised (act, undo, act, act again): describeOperation('${source.name}', …) in test/operations/${system}.`]),
    ...(tests.refused.has(source.name)
      ? []
      : [`${of} has no test in which its verification says no: describeOperation or verifySaysNo in test/operations/${system}.`]),
  ];
}

function exampleGaps({ operation }: OperationSource, of: string): string[] {
  if (operation.example === undefined) return [`${of} has no "example": an input as a person would give it.`];
  const parsed = operation.input.safeParse(operation.example);
  if (!parsed.success) return [`${of}: its example is no input that it takes: ${parsed.error.message}`];
  if (operation.effect === 'read') return [];
  const before = operation.exampleBefore ?? [];
  const acts = operation.repeat === 'observed' ? operation.does(parsed.data, before) : statementsOf(operation.statement(parsed.data, before));
  return acts.length ? [] : [`${of} does nothing with its example: give "exampleBefore", what it would find.`];
}

/** Which operations the tests declare by a literal name. */
export interface DeclaredTests {
  readonly exercised: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  readonly named: ReadonlySet<string>;
}

/**
 * Reads the declarations out of the tests' texts; a name that is computed does not count.
 *
 * An operation that undoes an exercised one is exercised with it, and its verification has said no: else the undo would have restored nothing.
 */
export function declaredTests(operations: readonly OperationSource[]): DeclaredTests {
  const texts = sourceFiles(['test'])
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .join('\n');
  const namesIn = (pattern: RegExp): string[] => [...texts.matchAll(pattern)].map(([, name = '']) => name);
  const exercised = new Set(namesIn(/\b(?:describeOperation\(|exerciseWrite\(world,|exercise\([\w()]+,)\s*'(\w+)'/g));
  const undoing = operations.flatMap(({ name, operation }) =>
    exercised.has(name) && operation.effect !== 'read' && 'by' in operation.undo ? [operation.undo.by] : [],
  );
  return {
    exercised: new Set([...exercised, ...undoing]),
    refused: new Set([...namesIn(/\b(?:describeOperation\(|verifySaysNo\([\w()]+,)\s*'(\w+)'/g), ...undoing]),
    named: new Set(namesIn(/'(\w+)'/g)),
  };
}
