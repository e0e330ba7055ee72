import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, allFiles, sourceFiles } from './source-files';
import { IRREGULAR_PARTICIPLES, NO_PARTICIPLES, NOT_YET, PARTICIPLES_NOT_YET, REFUSED_WORDS } from './words';

/** Where the refused words stand themselves, and the record of decisions, which is not rewritten. */
const MAY_NAME_THEM = ['test/house/words.ts', 'test/house/words.test.ts', 'docs/glossary.md'];

const texts = (): string[] => [
  ...sourceFiles().filter((path) => !path.startsWith('test/goldens/')),
  ...allFiles(['docs', 'deploy']).filter((path) => /\.(md|ya?ml|sql)$/.test(path)),
  ...['README.md', 'CONTRIBUTING.md', 'targets.example.yaml', 'routes.example.yaml', 'notify.example.yaml', 'schedules.example.yaml'],
];

test.each(REFUSED_WORDS.map(({ pattern, write }) => [write, pattern] as const))('the project says: %s', (write, pattern) => {
  const found = texts()
    .filter((path) => !MAY_NAME_THEM.includes(path) && !NOT_YET.some((prefix) => path.startsWith(prefix)))
    .flatMap((path) =>
      readFileSync(join(ROOT, path), 'utf8')
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: write "${write}": ${line.trim().slice(0, 120)}`] : [])),
    );
  expect(found).toEqual([]);
});

test('functions are named by verbs, not by participles', () => {
  expect(
    sourceFiles()
      .filter((path) => !PARTICIPLES_NOT_YET.some((prefix) => path.startsWith(prefix)))
      .flatMap(participleFunctions),
  ).toEqual([]);
});

function participleFunctions(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(join(ROOT, path), 'utf8'), ts.ScriptTarget.ES2022, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = functionName(node);
    if (name !== null && isParticiple(name)) found.push(`${path}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${name}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** The name of a function that is declared here: a statement, a constant or a method. */
function functionName(node: ts.Node): string | null {
  if ((ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) && node.name && ts.isIdentifier(node.name)) return node.name.text;
  const isNamed = (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) && ts.isIdentifier(node.name);
  const { initializer } = node as { initializer?: ts.Expression };
  if (isNamed && initializer && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer))) return node.name.text;
  return null;
}

function isParticiple(name: string): boolean {
  const first = (/^[a-z]+/.exec(name)?.[0] ?? '').toLowerCase();
  return IRREGULAR_PARTICIPLES.includes(first) || (first.endsWith('ed') && !NO_PARTICIPLES.includes(first));
}
