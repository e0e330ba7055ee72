import { operationsIn } from './catalogue';
import type { OperationSource } from './operation-sources';
import type { RunbookSource } from './sources';
import { kindOf, undoText } from './statement-pages';

/** What exists, by file: each operation with its kind, what it does, its undo and the runbooks that use it. */
export function operationList(operations: readonly OperationSource[], runbooks: readonly RunbookSource[]): string {
  const users = new Map<string, string[]>();
  for (const { header, source } of runbooks) for (const name of operationsIn(source)) users.set(name, [...(users.get(name) ?? []), header.id]);
  const undone = new Map(
    operations.flatMap(({ name, operation }) => ('undo' in operation && 'by' in operation.undo ? [[operation.undo.by, name]] : [])),
  );
  const files = [...new Set(operations.map(({ file }) => file))];
  return files
    .map((file) => {
      const own = operations.filter((one) => one.file === file);
      return [file, ...own.map((one) => entry(one, users.get(one.name) ?? [], undone.get(one.name)))].join('\n');
    })
    .join('\n\n');
}

function entry({ name, about, operation }: OperationSource, users: readonly string[], undoes: string | undefined): string {
  const lines = [
    about || '(nothing says what it does)',
    ...(operation.effect === 'read' ? [] : [`undo: ${undoText(operation)}`]),
    `used by: ${[...users, ...(undoes !== undefined && undoes !== name ? [`the undo of ${undoes}`] : [])].join(', ') || 'nothing'}`,
  ];
  return [`  ${name} (${kindOf(operation)})`, ...lines.map((line) => `      ${line}`)].join('\n');
}
