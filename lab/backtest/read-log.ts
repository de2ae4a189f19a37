// Reads a CSV file of attempts as a stream, checks every cell, and refuses the whole with line and column of what is wrong.
import { createReadStream, statSync } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { AttemptLog } from './attempt-log.ts';
import { CellFault, readAttempt, readHeader, type Cells, type Header, type Problem } from './log-columns.ts';
import { Progress } from '../runner/progress.ts';

export type LogReading =
  | { readonly ok: true; readonly log: AttemptLog; readonly header: Header }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** After so many wrong cells the rest would say nothing new. */
const PROBLEMS_MAX = 10;
/** Uint16 columns number processors and segments. */
const NAMES_MAX = 60_000;
/** Beyond it a log is told to be split: some 100 bytes a row are held in memory. */
const ROWS_MAX = 50_000_000;
/** Characters: a longer row is of a file that is no CSV. */
const RECORD_MAX = 100_000;

interface Row {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

export async function readLog(file: string): Promise<LogReading> {
  const problems: Problem[] = [];
  const log = new AttemptLog();
  let header: Header | null = null;
  try {
    const progress = new Progress(statSync(file).size);
    const source = createReadStream(file);
    source.on('data', (chunk) => progress.add(chunk.length, 'reading'));
    const rows = source.pipe(
      parse({ bom: true, info: true, trim: true, skip_empty_lines: true, max_record_size: RECORD_MAX }),
    );
    source.on('error', (error) => rows.destroy(error));
    for await (const row of rows as AsyncIterable<Row>) {
      if (header === null) {
        const read = readHeader(row.record);
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
  if (header === null) problems.push({ line: 1, column: null, message: 'the file is empty' });
  else if (log.count === 0 && problems.length === 0)
    problems.push({ line: 1, column: null, message: 'there is a header and no row' });
  return header === null || problems.length > 0 ? { ok: false, problems } : { ok: true, log, header };
}

export function describeProblems(file: string, problems: readonly Problem[]): string {
  const lines = problems.map(({ line, column, message }) =>
    column === null ? `  line ${line}: ${message}` : `  line ${line}, column ${column}: ${message}`,
  );
  const rest = problems.length >= PROBLEMS_MAX ? ['  (and perhaps more)'] : [];
  return [`${file} is refused:`, ...lines, ...rest].join('\n');
}

function addRow(log: AttemptLog, { placeOf }: Header, { record, info }: Row): Problem | null {
  const cells: Cells = (column) => {
    const place = placeOf.get(column);
    const cell = place === undefined ? '' : record[place]!;
    return cell === '' ? null : cell;
  };
  try {
    log.add(readAttempt(cells));
  } catch (error) {
    if (!(error instanceof CellFault)) throw error;
    return { line: info.lines, column: error.column, message: error.message };
  }
  const whole = (message: string): Problem => ({ line: info.lines, column: null, message });
  if (log.processors.length > NAMES_MAX || log.segments.length > NAMES_MAX)
    return whole(`more than ${NAMES_MAX} processors or segments: is this column what it is called?`);
  return log.count > ROWS_MAX ? whole(`more than ${ROWS_MAX} rows: split the log`) : null;
}

function faultOfFile(error: unknown): Problem {
  if (error instanceof CsvError) {
    return {
      line: (error as CsvError & { lines?: number }).lines ?? 1,
      column: null,
      message: `is no CSV row: ${error.message}`,
    };
  }
  return { line: 1, column: null, message: `the file cannot be read: ${(error as Error).message}` };
}
