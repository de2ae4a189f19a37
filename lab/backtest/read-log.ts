// Reads a CSV file of attempts as a stream, checks every cell, and refuses the whole with line and column of what is wrong.
import { statSync } from 'node:fs';
import { AttemptLog } from './attempt-log.ts';
import {
  CellFault,
  readAttempt,
  readHeader,
  separatorOf,
  type Cells,
  type Header,
  type Problem,
} from './log-columns.ts';
import { csvRows, RowFault, type Row } from './csv-rows.ts';
import { Progress } from '../runner/progress.ts';

export type LogReading =
  | { readonly ok: true; readonly log: AttemptLog; readonly header: Header }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** After so many wrong cells the rest would say nothing new. */
const PROBLEMS_MAX = 10;
/** Uint16 columns number processors and segments. */
const NAMES_MAX = 60_000;
/** Some 500 bytes each are held in memory. */
const OFFERS_MAX = 1_000_000;
/** Beyond it a log is told to be split: some 100 bytes a row are held in memory. */
const ROWS_MAX = 50_000_000;

export async function readLog(file: string): Promise<LogReading> {
  const problems: Problem[] = [];
  const log = new AttemptLog();
  let header: Header | null = null;
  try {
    const progress = new Progress(statSync(file).size);
    for await (const row of csvRows(file, { separatorOf, onBytes: (count) => progress.add(count, 'reading') })) {
      if (header === null) {
        const read = readHeader(row);
        if (Array.isArray(read)) return { ok: false, problems: read };
        header = read;
        continue;
      }
      const problem = addRow(log, header, row);
      if (problem !== null && problems.push(problem) >= PROBLEMS_MAX) break;
    }
    progress.end();
  } catch (error) {
    return { ok: false, problems: [...problems, faultOfFile(error)] };
  }
  if (header === null) return { ok: false, problems: [{ line: 1, column: null, message: 'the file is empty' }] };
  if (problems.length === 0) problems.push(...faultsOfWhole(log));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, log, header };
}

export function describeProblems(file: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ line, column, message }) =>
    column === null ? `  line ${line}: ${message}` : `  line ${line}, column ${column}: ${message}`,
  );
  const rest = problems.length >= PROBLEMS_MAX ? ['  (and perhaps more)'] : [];
  return [`${file} is refused:`, ...lines, ...rest].join('\n');
}

function addRow(log: AttemptLog, { placeOf }: Header, { cells: written, line }: Row): Problem | null {
  const cells: Cells = (column) => {
    const place = placeOf.get(column);
    const cell = place === undefined ? '' : written[place]!;
    return cell === '' ? null : cell;
  };
  try {
    log.add(readAttempt(cells));
  } catch (error) {
    if (!(error instanceof CellFault)) throw error;
    return { line, column: error.column, message: error.message };
  }
  const message = excessOf(log);
  return message === null ? null : { line, column: null, message };
}

type Size = Pick<AttemptLog, 'processors' | 'segments' | 'offers' | 'count'>;

/** More than can be numbered, or held; `null`: none. */
export function excessOf({ processors, segments, offers, count }: Size): string | null {
  if (processors.length > NAMES_MAX || segments.length > NAMES_MAX)
    return `more than ${NAMES_MAX} processors or segments: is this column what it is called?`;
  if (offers > OFFERS_MAX) return `more than ${OFFERS_MAX} different lists of eligible processors: split the log`;
  return count > ROWS_MAX ? `more than ${ROWS_MAX} rows: split the log` : null;
}

function faultsOfWhole(log: AttemptLog): Problem[] {
  if (log.count === 0) return [{ line: 1, column: null, message: 'there is a header and no row' }];
  for (let row = 0; row < log.count; row += 1) if (log.attempt(row) === 1) return [];
  return [{ line: 1, column: 'attempt', message: 'no row is 1, a payment’s first attempt: only those are judged' }];
}

function faultOfFile(error: unknown): Problem {
  if (error instanceof RowFault) return { line: error.line, column: null, message: error.message };
  return { line: 1, column: null, message: `the file cannot be read: ${(error as Error).message}` };
}
