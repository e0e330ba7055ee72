/** Rows as columns of plain text, two spaces apart, with a line under the first row. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows;
  if (!head) return '';
  const widths = head.map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((wide) => '-'.repeat(wide)).join('  '), ...body.map(line)].join('\n');
}

const width = (cell: string): number => [...cell].length;
