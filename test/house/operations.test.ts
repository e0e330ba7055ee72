import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isClusterOperation } from '../../activities/replication/cluster-operation';
import { isOperation, type Operation } from '../../activities/effects/operation';
import { operationSources } from '../../scripts/generate/operation-sources';
import { runbookFiles } from '../../scripts/generate/sources';
import { SYSTEMS } from '../../workflows/contracts/header';
import { verifiesAfterLastChange } from './last-change';
import { declaredTests, gapsOf } from './operation-gaps';
import { ROOT, sourceFiles } from './source-files';
import { UNFINISHED } from './unfinished-operations';

const operations = operationSources(ROOT);

it('the generated list has every operation that a file of a system exports', async () => {
  const listed = operations.map(({ name, file }) => `${file} ${name}`);
  const exported: string[] = [];
  for (const file of sourceFiles(SYSTEMS.map((system) => `activities/${system}`))) {
    const module = (await import(join(ROOT, file))) as Record<string, unknown>;
    const names = Object.keys(module).filter((name) => isOperation(module[name]) || isClusterOperation(module[name]));
    exported.push(...names.map((name) => `${file} ${name}`));
  }
  expect(listed.sort()).toEqual(exported.sort());
});

describe.each(SYSTEMS)('%s', (system) => {
  const tests = declaredTests(operations);
  const gaps = operations
    .filter((source) => source.system === system)
    .map((source) => ({ name: source.name, gaps: gapsOf(source, tests) }))
    .filter(({ gaps }) => gaps.length > 0);
  const unfinished = UNFINISHED[system] ?? [];

  it('every operation is complete: nothing is missing of it', () => {
    expect(gaps.filter(({ name }) => !unfinished.includes(name)).flatMap(({ gaps }) => gaps)).toEqual([]);
  });

  it('the list of unfinished operations names only those that are', () => {
    expect(unfinished.filter((name) => !gaps.some((gap) => gap.name === name))).toEqual([]);
  });
});

it('the undo of every example is an input that the undoing operation takes', () => {
  const byName = new Map(operations.map(({ name, operation }) => [name, operation]));
  const refused = operations.flatMap(({ name, operation }) => {
    if (operation.effect === 'read' || operation.example === undefined || !('by' in operation.undo)) return [];
    const input = (operation as Operation).input.parse(operation.example);
    const parsed = byName.get(operation.undo.by)?.input.safeParse(operation.undo.input(input, operation.exampleBefore ?? []));
    return parsed?.success ? [] : [`${name}: ${operation.undo.by} does not take its undo: ${parsed?.error.message ?? 'no such operation'}`];
  });
  expect(refused).toEqual([]);
});

/** Flows whose verification is a step of another kind; the list only shrinks. */
const UNVERIFIED: readonly string[] = ['failover', 'openEndpoint', 'rejoinNode', 'switchover'];

it('every flow that changes something verifies after its last change', () => {
  const wrong = runbookFiles(ROOT).filter(
    ({ path }) => verifiesAfterLastChange(readFileSync(join(ROOT, 'workflows', `${path}.ts`), 'utf8')) === false,
  );
  expect(wrong.map(({ exported }) => exported)).toEqual(UNVERIFIED);
});

describe('what is asked of a flow says no', () => {
  const flow = (body: string): string => `export const flow = async (run: Run): Promise<void> => {\n${body}\n};\n`;
  it.each([
    ['a flow without a verification', `await run.apply('a', {});`, false],
    ['a verification before the last change', `await run.verify('a', {}); await run.apply('b', {});`, false],
    ['a verification inside a bracket', `await run.during('a', {}, async () => { await run.verify('b', {}); });`, false],
    ['a verification afterwards', `await run.irreversible('a', {}); await run.verify('b', {});`, true],
    ['a flow that only looks', `await run.check('a', {});`, null],
  ])('%s', (_, body, says) => expect(verifiesAfterLastChange(flow(body))).toBe(says));
});
