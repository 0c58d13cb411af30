import { stripVTControlCharacters } from 'node:util';
import { printable } from './printable.ts';

/** One column: its heading, how its cells are made, and on which side they stand. */
export interface Column<T> {
  readonly heading: string;
  cell(row: T): string;
  readonly align?: 'left' | 'right';
  /** Applied to the cell after it was measured and cut, so that colour never counts as width. */
  paint?(text: string, row: T): string;
}

export interface TableOptions {
  /** Columns of the terminal; the last column is cut to fit. Unlimited when not given, as when the output is a file. */
  readonly width?: number | undefined;
  /** Paints the headings. */
  heading?(text: string): string;
}

const GAP = '  ';
const NARROWEST_LAST = 12;

/** Rows as aligned lines under headings. What comes from outside cannot move the cursor: control characters are shown. */
export function table<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  options: TableOptions = {},
): readonly string[] {
  const cells = rows.map((row) => columns.map((column) => printable(column.cell(row))));
  const widths = columns.map(({ heading }, n) =>
    Math.max(heading.length, ...cells.map((row) => widthOf(row[n] ?? ''))),
  );
  const last = columns.length - 1;
  if (options.width !== undefined && last >= 0) {
    const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
    widths[last] = Math.max(Math.min(widths[last] ?? 0, options.width - before), NARROWEST_LAST);
  }
  const place = (text: string, n: number): string => {
    const width = widths[n] ?? 0;
    const cut =
      widthOf(text) > width
        ? `${Array.from(text)
            .slice(0, width - 1)
            .join('')}…`
        : text;
    const pad = ' '.repeat(Math.max(0, width - widthOf(cut)));
    return columns[n]?.align === 'right' ? pad + cut : n === last ? cut : cut + pad;
  };
  const heading = columns.map((column, n) => place(column.heading.toUpperCase(), n)).join(GAP);
  return [
    (options.heading ?? ((text: string) => text))(heading.trimEnd()),
    ...rows.map((row, r) =>
      columns
        .map((column, n) => {
          const placed = place(cells[r]?.[n] ?? '', n);
          return column.paint === undefined ? placed : column.paint(placed, row);
        })
        .join(GAP)
        .trimEnd(),
    ),
  ];
}

function widthOf(text: string): number {
  return Array.from(stripVTControlCharacters(text)).length;
}
