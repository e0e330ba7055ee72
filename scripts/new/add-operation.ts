import ts from 'typescript';
import type { OperationText } from './operation-text';

/** The text of a file with one more operation at its end, and with what that imports. */
export function addOperation(source: string, { imports, body }: OperationText): string {
  const file = ts.createSourceFile('operations.ts', source, ts.ScriptTarget.Latest);
  const present = file.statements.filter(ts.isImportDeclaration);
  const further: string[] = [];
  const edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];
  for (const [from, names] of Object.entries(imports)) {
    const there = present.find(({ moduleSpecifier }) => ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text === from);
    if (!there) further.push(`import { ${names.join(', ')} } from '${from}';`);
    else edits.push({ start: there.getStart(file), end: there.end, text: withNames(there.getText(file), names) });
  }
  const lastImport = present.at(-1)?.end ?? 0;
  edits.push({ start: lastImport, end: lastImport, text: further.map((line) => `\n${line}`).join('') });
  // From the end to the beginning, so that earlier places stay true.
  const edited = edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), source);
  return `${edited}\n${body}`;
}

/** An import declaration with further names. */
function withNames(declaration: string, names: readonly string[]): string {
  const [braces = '', inside = ''] = /\{([^}]*)\}/.exec(declaration) ?? [];
  const known = inside
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  return declaration.replace(braces, `{ ${[...known, ...names.filter((name) => !known.includes(name))].join(', ')} }`);
}
