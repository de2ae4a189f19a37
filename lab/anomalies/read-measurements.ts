// Reads a CSV of one series (`timestamp,value`, other columns aside), or refuses it with line and column of what is wrong.
import { csvRows, RowFault, type Row } from '../backtest/csv-rows.ts';
import type { Problem } from '../backtest/log-columns.ts';
import { readTimestamp } from './timestamp.ts';

export interface Measurement {
  /** As they were written. */
  readonly timestamp: string;
  readonly written: string;
  readonly atMs: number;
  /** `null`: an empty cell, or no finite number. */
  readonly value: number | null;
  /** Whether someone marked the row as an anomaly; `null` where labels are not asked for. */
  readonly label: boolean | null;
}

export type Measurements =
  | { readonly ok: true; readonly rows: readonly Measurement[]; readonly separator: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Column = 'timestamp' | 'value' | 'label';
type Places = ReadonlyMap<Column, number>;

/** After so many the rest would say nothing new. */
const PROBLEMS_MAX = 10;
const TOLD_MAX = 40;
const SEPARATORS = [',', ';', '\t'];
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** How exports write that there is no number. */
const MISSING = new Set(['', 'na', 'n/a', 'null', 'none']);
/** What a division by nothing leaves in an export: the row is there, its value is not. */
const NOT_FINITE = /^[+-]?(nan|inf|infinity|\u221E)$/i;
const LABELS: ReadonlyMap<string, boolean> = new Map([
  ['0', false],
  ['0.0', false],
  ['false', false],
  ['1', true],
  ['1.0', true],
  ['true', true],
]);

class CellFault extends Error {
  readonly column: Column;
  constructor(column: Column, message: string) {
    super(message);
    this.column = column;
  }
}

interface Reading {
  readonly isLabelled: boolean;
  readonly onBytes: (count: number) => void;
}

/** Rows stay in the order of the file. Labels are read only where they are asked for. */
export async function readMeasurements(file: string, { isLabelled, onBytes }: Reading): Promise<Measurements> {
  const columns: Column[] = isLabelled ? ['timestamp', 'value', 'label'] : ['timestamp', 'value'];
  const problems: Problem[] = [];
  const rows: Measurement[] = [];
  let separator = ',';
  const separatorOf = (header: string): string => (separator = likeliestSeparator(header));
  let places: Places | null = null;
  try {
    for await (const row of csvRows(file, { separatorOf, onBytes })) {
      if (places === null) {
        const read = readHeader(row, columns);
        if (Array.isArray(read)) return { ok: false, problems: read };
        places = read;
        continue;
      }
      const read = readRow(row, places);
      if ('atMs' in read) rows.push(read);
      else if (problems.push(read) >= PROBLEMS_MAX) break;
    }
  } catch (error) {
    return { ok: false, problems: [...problems, faultOfFile(error)] };
  }
  if (places === null && problems.length === 0)
    problems.push({ line: 1, column: null, message: 'the file is empty: a header is wanted' });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, rows, separator };
}

function likeliestSeparator(header: string): string {
  return SEPARATORS.toSorted((left, right) => header.split(right).length - header.split(left).length)[0]!;
}

function readHeader({ cells, line }: Row, columns: readonly Column[]): Places | Problem[] {
  const names = cells.map((name) => name.trim().toLowerCase());
  const problems: Problem[] = [];
  for (const column of columns) {
    const count = names.filter((name) => name === column).length;
    if (count !== 1) problems.push({ line, column, message: count === 0 ? 'is missing' : 'stands twice' });
  }
  return problems.length > 0 ? problems : new Map(columns.map((column) => [column, names.indexOf(column)]));
}

function readRow({ cells, line }: Row, places: Places): Measurement | Problem {
  const cellOf = (column: Column): string => cells[places.get(column)!]!;
  try {
    const timestamp = cellOf('timestamp');
    const written = cellOf('value');
    const atMs = readTimestamp(timestamp);
    if (atMs === null)
      throw new CellFault(
        'timestamp',
        `wants ISO 8601, YYYY-MM-DD HH:MM:SS, M/D/YYYY H:MM or seconds or milliseconds since 1970, not ${told(timestamp)}`,
      );
    const label = places.has('label') ? readLabel(cellOf('label')) : null;
    return { timestamp, written, atMs, value: readValue(written), label };
  } catch (error) {
    if (!(error instanceof CellFault)) throw error;
    return { line, column: error.column, message: error.message };
  }
}

function readValue(text: string): number | null {
  if (MISSING.has(text.toLowerCase()) || NOT_FINITE.test(text)) return null;
  if (!DECIMAL.test(text))
    throw new CellFault('value', `wants a number, or nothing where it is missing, not ${told(text)}`);
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

function readLabel(text: string): boolean {
  const label = LABELS.get(text.toLowerCase());
  if (label === undefined) throw new CellFault('label', `wants 0 or 1, not ${told(text)}`);
  return label;
}

function told(text: string): string {
  return text === '' ? 'nothing' : text.length > TOLD_MAX ? `${text.slice(0, TOLD_MAX)}...` : text;
}

function faultOfFile(error: unknown): Problem {
  if (error instanceof RowFault) return { line: error.line, column: null, message: error.message };
  return { line: 1, column: null, message: `the file cannot be read: ${(error as Error).message}` };
}
