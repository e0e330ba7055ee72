import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { importsOf } from './imported';
import { ROOT, sourceFiles } from './source-files';

/** What a file offers to others, and the names that it mentions. Types are left out: they may be named for the reader alone. */
interface Offer {
  readonly path: string;
  readonly exported: readonly string[];
  readonly words: ReadonlySet<string>;
}

function readOffer(path: string): Offer {
  const file = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const words = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) words.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, words, exported: file.statements.filter(isExported).flatMap(namesOf) };
}

const isExported = (node: ts.Statement): boolean =>
  !ts.isInterfaceDeclaration(node) &&
  !ts.isTypeAliasDeclaration(node) &&
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

function namesOf(node: ts.Statement): string[] {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  const { name } = node as ts.Statement & { readonly name?: ts.Identifier };
  return name ? [name.text] : [];
}

/** Taken up by whole files: what the generated lists name, the workflows of benchmarks, and what the SDK finds by its path. */
const TAKEN_WHOLE = [
  ...['workers/worker/operation-modules.ts', 'workflows/index.ts'].flatMap((path) => importsOf(path).map(({ what }) => `${what}.ts`)),
  'scripts/bench/runbooks.ts',
  'workflows/engine/run/payload-converter.ts',
];

/** A schema stands beside its type of the same name, and either may be there for the other. */
const isSchema = (name: string): boolean => /^[A-Z][a-z]/.test(name);

test('every value that a file exports is named by some other file', () => {
  const offers = sourceFiles().map(readOffer);
  const mentions = new Map<string, number>();
  for (const { words } of offers) for (const word of words) mentions.set(word, (mentions.get(word) ?? 0) + 1);
  const dead = offers
    .filter(({ path }) => !path.startsWith('test/') && !TAKEN_WHOLE.includes(path))
    .flatMap(({ path, exported }) => exported.filter((name) => !isSchema(name) && mentions.get(name) === 1).map((name) => `${path}: ${name}`));
  expect(dead).toEqual([]);
});
