// Rows as CSV (RFC 4180): a header, a line each, what holds a comma, a quote or a line's end in quotes.

type Cell = string | number | null;

export const CSV_TYPE = 'text/csv; charset=utf-8; header=present';

/** No cell is a formula: what a spreadsheet would take for one is led by an apostrophe. Numbers are numbers. */
export function csvText(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
