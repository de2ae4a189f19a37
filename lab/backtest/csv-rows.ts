// A CSV file as a stream of rows, each with the line on which it begins; what separates its cells is found in its header.
import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';

export interface Row {
  readonly cells: readonly string[];
  readonly line: number;
}

/** Of a row that cannot be told from the next. */
export class RowFault extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

interface Reading {
  readonly separatorOf: (header: string) => string;
  readonly onBytes: (count: number) => void;
}

/** Bytes: a longer row is of a file that is no CSV. */
const ROW_MAX = 100_000;

/** Throws a RowFault, or what the file system throws. */
export async function* csvRows(file: string, { separatorOf, onBytes }: Reading): AsyncGenerator<Row> {
  const { header, bytes } = await opened(file, onBytes);
  const lines = new Lines();
  const rows = parse({
    bom: true,
    delimiter: separatorOf(header),
    trim: true,
    skip_empty_lines: true,
    max_record_size: ROW_MAX,
    on_record: (cells, { empty_lines: empty }) => {
      const row: Row = { cells, line: lines.take(cells, empty) };
      // The library takes a row of any form, its types do not.
      return row as unknown as string[];
    },
  });
  pipeline(Readable.from(bytes, { objectMode: false }), rows, () => undefined);
  try {
    yield* rows as AsyncIterable<Row>;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new RowFault(lines.next((error as CsvError & { empty_lines?: number }).empty_lines), sentenceOf(error));
  }
}

/** On which line each row begins: the parser counts to where a row ends, far behind a quote that was left open. */
class Lines {
  #ended = 0;
  #empty = 0;

  next(empty: number = this.#empty): number {
    return this.#ended + 1 + empty - this.#empty;
  }

  take(cells: readonly string[], empty: number): number {
    const line = this.next(empty);
    this.#ended = cells.reduce((last, cell) => (cell.includes('\n') ? last + cell.split('\n').length - 1 : last), line);
    this.#empty = empty;
    return line;
  }
}

async function opened(file: string, onBytes: Reading['onBytes']) {
  const chunks = chunksOf(file, onBytes);
  let head: Buffer = Buffer.alloc(0);
  let header: string | null = null;
  while (header === null && head.length < ROW_MAX) {
    const { done, value } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
    header = firstLine(head);
  }
  const bytes = async function* (): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    yield* chunks;
  };
  return { header: header ?? textOf(head), bytes: bytes() };
}

async function* chunksOf(file: string, onBytes: Reading['onBytes']): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Names of columns are ASCII, in whatever encoding; UTF-16 has zeros between. */
const textOf = (bytes: Buffer): string => bytes.toString('latin1').replaceAll('\0', '');
/** `null`: it is not over. */
function firstLine(bytes: Buffer): string | null {
  const text = textOf(bytes).trimStart();
  const end = text.search(/[\r\n]/);
  return end < 0 ? null : text.slice(0, end);
}

function sentenceOf({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote opens in the row that begins here, and the file ends within it';
  if (code === 'CSV_MAX_RECORD_SIZE')
    return `the row that begins here is no CSV row, or a quote that opens in it is not closed: it is longer than ${ROW_MAX} bytes`;
  return `the row that begins here is no CSV row: ${message}`;
}
