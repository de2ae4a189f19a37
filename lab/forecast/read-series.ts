// Reads a CSV of series (`series,t,value`, rows in any order), or refuses it with line and column of what is wrong.
import { statSync } from 'node:fs';
import { csvRows, RowFault, type Row } from '../backtest/csv-rows.ts';
import type { Problem } from '../backtest/log-columns.ts';
import { Progress } from '../runner/progress.ts';

export interface Series {
  readonly name: string;
  /** Ascending. A gap is a moment that is not there. */
  readonly points: readonly Point[];
}

export interface Point {
  readonly t: number;
  readonly value: number;
}

export type SeriesReading =
  /** `step`: what `t` grows by from moment to moment. */
  | {
      readonly ok: true;
      readonly series: readonly Series[];
      readonly step: number;
      /** Series without any value: left out. */
      readonly empty: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const COLUMNS = ['series', 't', 'value'] as const;
type Column = (typeof COLUMNS)[number];
type Places = Readonly<Record<Column, number>>;

/** After so many the rest would say nothing new. */
const PROBLEMS_MAX = 10;
const SEPARATORS = [',', ';', '\t'];
const WHOLE = /^[+-]?\d+(\.0+)?$/;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** What a decoder writes for bytes that are not UTF-8. */
const NOT_UTF8 = '\uFFFD';

class CellFault extends Error {
  readonly column: Column;
  constructor(column: Column, message: string) {
    super(message);
    this.column = column;
  }
}

/** A series while it is read. */
interface Draft {
  readonly firstLine: number;
  readonly lineOf: Map<number, number>;
  readonly points: Point[];
}

export async function readSeries(file: string): Promise<SeriesReading> {
  const problems: Problem[] = [];
  const drafts = new Map<string, Draft>();
  let places: Places | null = null;
  try {
    const progress = new Progress(statSync(file).size);
    for await (const row of csvRows(file, { separatorOf, onBytes: (count) => progress.add(count, 'reading') })) {
      if (places === null) {
        const read = readHeader(row);
        if (Array.isArray(read)) return { ok: false, problems: read };
        places = read;
        continue;
      }
      const problem = addRow(drafts, places, row);
      if (problem !== null && problems.push(problem) >= PROBLEMS_MAX) break;
    }
    progress.end();
  } catch (error) {
    return { ok: false, problems: [...problems, faultOfFile(error)] };
  }
  if (problems.length > 0) return { ok: false, problems };
  const empty = emptyOnes(drafts);
  if (drafts.size === 0) return { ok: false, problems: [{ line: 1, column: null, message: 'the file holds no rows' }] };
  if (empty.length === drafts.size) return { ok: false, problems: empty.slice(0, PROBLEMS_MAX) };
  const series = [...drafts]
    .filter(([, { points }]) => points.length > 0)
    .map(([name, { points }]) => ({ name, points: points.toSorted((a, b) => a.t - b.t) }));
  return { ok: true, series, step: stepOf(series), empty };
}

function separatorOf(header: string): string {
  return SEPARATORS.toSorted((left, right) => header.split(right).length - header.split(left).length)[0]!;
}

function readHeader({ cells, line }: Row): Places | Problem[] {
  const names = cells.map((name) => name.trim().toLowerCase());
  const problems: Problem[] = [];
  for (const column of COLUMNS) {
    const count = names.filter((name) => name === column).length;
    if (count !== 1) problems.push({ line, column, message: count === 0 ? 'is missing' : 'stands twice' });
  }
  if (problems.length > 0) return problems;
  return { series: names.indexOf('series'), t: names.indexOf('t'), value: names.indexOf('value') };
}

function addRow(drafts: Map<string, Draft>, places: Places, { cells, line }: Row): Problem | null {
  try {
    const name = cells[places.series]!;
    if (name === '') throw new CellFault('series', 'is empty');
    if (name.includes(NOT_UTF8)) throw new CellFault('series', 'holds bytes that are not UTF-8');
    const t = readMoment(cells[places.t]!);
    const value = readValue(cells[places.value]!);
    const draft = drafts.get(name) ?? { firstLine: line, lineOf: new Map<number, number>(), points: [] };
    drafts.set(name, draft);
    const before = draft.lineOf.get(t);
    if (before !== undefined) throw new CellFault('t', `${t} stands in line ${before} already, for series ${name}`);
    draft.lineOf.set(t, line);
    if (value !== null) draft.points.push({ t, value });
    return null;
  } catch (error) {
    if (!(error instanceof CellFault)) throw error;
    return { line, column: error.column, message: error.message };
  }
}

function readMoment(text: string): number {
  const t = Number(text);
  if (!WHOLE.test(text) || !Number.isSafeInteger(t))
    throw new CellFault('t', `wants a whole number, not ${told(text)}`);
  return t;
}

/** Null: an empty cell, which is a gap. */
function readValue(text: string): number | null {
  if (text === '') return null;
  const value = Number(text);
  if (!DECIMAL.test(text) || !Number.isFinite(value))
    throw new CellFault('value', `wants a number, or nothing for a gap, not ${told(text)}`);
  return value;
}

const TOLD_MAX = 40;

function told(text: string): string {
  return text === '' ? 'nothing' : text.length > TOLD_MAX ? `${text.slice(0, TOLD_MAX)}...` : text;
}

function emptyOnes(drafts: ReadonlyMap<string, Draft>): Problem[] {
  return [...drafts]
    .filter(([, { points }]) => points.length === 0)
    .map(([name, { firstLine: line }]) => ({ line, column: 'value', message: `series ${name} has no value at all` }));
}

/** The greatest step that meets every `t` of every series; 1 where there are no two. */
function stepOf(series: readonly Series[]): number {
  let step = 0;
  for (const { points } of series)
    for (const [i, { t }] of points.entries()) if (i > 0) step = commonDivisor(t - points[i - 1]!.t, step);
  return step === 0 ? 1 : step;
}

function commonDivisor(left: number, right: number): number {
  return right === 0 ? left : commonDivisor(right, left % right);
}

function faultOfFile(error: unknown): Problem {
  if (error instanceof RowFault) return { line: error.line, column: null, message: error.message };
  return { line: 1, column: null, message: `the file cannot be read: ${(error as Error).message}` };
}
