export interface Column {
  readonly name: string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
}

/** Lines in columns, two spaces between. @param head how the first line is set off, where it can be */
export function textTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  head: (line: string) => string = (line) => line,
): string {
  const widths = columns.map(({ name }, n) => Math.max(name.length, ...rows.map((row) => row[n]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ right }, n) =>
        right ? (cells[n] ?? '').padStart(widths[n] ?? 0) : (cells[n] ?? '').padEnd(widths[n] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [head(line(columns.map(({ name }) => name))), ...rows.map(line)].join('\n');
}
