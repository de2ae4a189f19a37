// The columns of a log of attempts: what may stand in each, and what is said of a cell that is wrong. lab/README.md tells them to people.
import { API_RESULTS, type ApiResult } from '../../src/domain/results/canonical-result.ts';
import { faultOf } from '../../src/domain/results/fault.ts';
import { AMOUNT_MINOR_MAX, isKnownCurrency, toMinor } from '../../src/domain/results/money.ts';
import { readTimestamp } from '../../src/domain/results/event-time.ts';
import type { LoggedAttempt } from './attempt-log.ts';

export const REQUIRED_COLUMNS = ['occurred_at', 'transaction_id', 'processor', 'result'] as const;
export const OPTIONAL_COLUMNS = [
  'recorded_at',
  'payment_method',
  'country',
  'amount',
  'amount_minor',
  'currency',
  'decline_code',
  'network',
  'latency_ms',
  'fee',
  'fee_minor',
  'propensity',
  'eligible',
  'attempt',
] as const;
export type ColumnName = (typeof REQUIRED_COLUMNS)[number] | (typeof OPTIONAL_COLUMNS)[number];
const KNOWN: ReadonlySet<string> = new Set([...REQUIRED_COLUMNS, ...OPTIONAL_COLUMNS]);

export interface Problem {
  readonly line: number;
  /** `null`: the row or file as a whole. */
  readonly column: string | null;
  readonly message: string;
}

/** Place of each known column, and the names of those that are not read. */
export interface Header {
  readonly placeOf: ReadonlyMap<string, number>;
  readonly ignored: readonly string[];
}

/** A cell of the row; `null` if its column is missing or it is empty. */
export type Cells = (column: ColumnName) => string | null;

/** Thrown inside, caught where the row is known. */
export class CellFault extends Error {
  readonly column: ColumnName;
  constructor(column: ColumnName, message: string) {
    super(message);
    this.column = column;
  }
}

export const ANY_METHOD = 'ANY';
export const ANY_COUNTRY = 'ANY';
const DAY_MS = 86_400_000;
export const LATENCY_MAX_MS = DAY_MS;
/** Below it one row would weigh more than all others together, and far below no number is left. */
export const PROPENSITY_MIN = 1e-9;
/** The comma first: it is taken where the header names no column that is known. */
const SEPARATORS = [',', ';', '\t', '|'];
/** What stands for bytes that are not UTF-8: names that differ in them alone would become one. */
const ILLEGIBLE = '\uFFFD';

/** That between which most known columns stand. */
export function separatorOf(header: string): string {
  const known = (separator: string): number =>
    header
      .replaceAll('"', '')
      .split(separator)
      .filter((name) => KNOWN.has(plain(name))).length;
  return SEPARATORS.toSorted((left, right) => known(right) - known(left))[0]!;
}

export function readHeader({
  cells,
  line,
}: {
  readonly cells: readonly string[];
  readonly line: number;
}): Header | Problem[] {
  const placeOf = new Map<string, number>();
  const problems: Problem[] = [];
  const wrong = (column: string | null, message: string) => problems.push({ line, column, message });
  const names = cells.map(plain);
  for (const [place, name] of names.entries()) {
    if (placeOf.has(name)) wrong(name, 'stands twice');
    if (KNOWN.has(name)) placeOf.set(name, place);
  }
  for (const name of REQUIRED_COLUMNS) if (!placeOf.has(name)) wrong(name, 'is missing');
  for (const name of ['amount', 'fee'])
    if (placeOf.has(name) && placeOf.has(`${name}_minor`))
      wrong(`${name}_minor`, `stands beside ${name}: give one of them`);
  for (const name of ['amount', 'fee', 'amount_minor'])
    if (placeOf.has(name) && !placeOf.has('currency')) wrong(name, 'says nothing without a column currency');
  return problems.length > 0 ? problems : { placeOf, ignored: names.filter((name) => !KNOWN.has(name)) };
}

const plain = (name: string): string => name.trim().toLowerCase();

/** Throws a CellFault. */
export function readAttempt(written: Cells): LoggedAttempt {
  const cells: Cells = (column) => legible(column, written(column));
  const result = resultOf(needed(cells, 'result'));
  const occurredAtMs = momentOf('occurred_at', needed(cells, 'occurred_at'));
  const latencyMs = numberOf(cells, 'latency_ms', { least: 0, most: LATENCY_MAX_MS });
  const currency = currencyOf(cells('currency'));
  const processor = processorOf('processor', needed(cells, 'processor'));
  return {
    transactionId: limited('transaction_id', needed(cells, 'transaction_id'), 128),
    processor,
    paymentMethod: segmentPart(cells, 'payment_method') ?? ANY_METHOD,
    country: segmentPart(cells, 'country') ?? ANY_COUNTRY,
    result,
    fault: faultOf(result, cells('decline_code'), cells('network')),
    occurredAtMs,
    recordedAtMs: recordedOf(cells('recorded_at'), occurredAtMs, latencyMs),
    amountMinor: moneyOf(cells, 'amount', currency),
    currency,
    latencyMs,
    feeMinor: moneyOf(cells, 'fee', currency),
    propensity: propensityOf(cells),
    attempt: attemptOf(cells),
    eligible: eligibleOf(cells('eligible'), processor),
  };
}

function needed(cells: Cells, column: ColumnName): string {
  const cell = cells(column);
  if (cell === null) throw new CellFault(column, 'is empty');
  return cell;
}

function legible(column: ColumnName, cell: string | null): string | null {
  if (cell?.includes(ILLEGIBLE) === true)
    throw new CellFault(column, `${quoted(cell)} is not UTF-8: convert the file, e.g. iconv -f WINDOWS-1252 -t UTF-8`);
  return cell;
}

function limited(column: ColumnName, text: string, lengthMax: number): string {
  if (text.length > lengthMax) throw new CellFault(column, `has ${text.length} characters, ${lengthMax} are the most`);
  return text;
}

function resultOf(text: string): ApiResult {
  const result = API_RESULTS.find((known) => known === text.toLowerCase());
  if (result === undefined) throw new CellFault('result', `${quoted(text)} is none of ${API_RESULTS.join(', ')}`);
  return result;
}

const TIME_FAULTS = {
  not_rfc3339: 'is no moment as RFC 3339 writes it, e.g. 2026-11-20T12:00:00Z',
  no_zone: 'does not name its zone, e.g. end in Z',
  out_of_range: 'is no moment that exists, from 1970 on',
  ahead: 'lies in a far future',
} as const;
export const YEAR_9999_MS = Date.UTC(9_999, 0);

function momentOf(column: ColumnName, text: string): number {
  const reading = readTimestamp(text, YEAR_9999_MS);
  if (!reading.ok) throw new CellFault(column, `${quoted(text)} ${TIME_FAULTS[reading.reason]}`);
  return reading.eventTimeMs;
}

/** Without a moment of its own a result is known once the attempt is over. */
function recordedOf(text: string | null, occurredAtMs: number, latencyMs: number | null): number {
  if (text === null) return occurredAtMs + (latencyMs ?? 0);
  const recordedAtMs = momentOf('recorded_at', text);
  if (recordedAtMs < occurredAtMs) throw new CellFault('recorded_at', `${quoted(text)} is before occurred_at`);
  return recordedAtMs;
}

function currencyOf(text: string | null): string | null {
  if (text === null) return null;
  const currency = text.toUpperCase();
  if (!isKnownCurrency(currency)) throw new CellFault('currency', `${quoted(text)} is no code of ISO 4217`);
  return currency;
}

const MONEY_FAULTS = {
  not_a_number: 'is no decimal number such as 150.00',
  negative: 'is below 0',
  zero: 'is 0',
  too_precise: 'has more decimals than its currency',
  too_large: 'is too large',
  unknown_currency: 'has no currency',
} as const;

/** In major units, or in a column of its own in minor units. A fee may be 0. */
function moneyOf(cells: Cells, name: 'amount' | 'fee', currency: string | null): number | null {
  const minor = numberOf(cells, `${name}_minor`, { least: 0, most: AMOUNT_MINOR_MAX });
  if (minor !== null) {
    if (!Number.isInteger(minor)) throw new CellFault(`${name}_minor`, `${minor} is no whole number of minor units`);
    if (minor === 0 && name === 'amount') throw new CellFault('amount_minor', 'is 0');
    return minor;
  }
  const text = cells(name);
  if (text === null) return null;
  if (currency === null) throw new CellFault('currency', `is empty beside ${name} ${quoted(text)}`);
  const reading = toMinor(text, currency);
  if (reading.ok) return reading.minor;
  if (reading.reason === 'zero' && name === 'fee') return 0;
  throw new CellFault(name, `${quoted(text)} ${MONEY_FAULTS[reading.reason]}`);
}

function numberOf(
  cells: Cells,
  column: ColumnName,
  { least, most }: { readonly least: number; readonly most: number },
): number | null {
  const text = cells(column);
  if (text === null) return null;
  const value = Number(text);
  if (!(value >= least && value <= most))
    throw new CellFault(column, `${quoted(text)} is no number from ${least} to ${most}`);
  return value;
}

function propensityOf(cells: Cells): number | null {
  const text = cells('propensity');
  if (text !== null && Number(text) === 0) throw new CellFault('propensity', '0 cannot be: the choice was made');
  return numberOf(cells, 'propensity', { least: PROPENSITY_MIN, most: 1 });
}

function attemptOf(cells: Cells): number {
  const attempt = numberOf(cells, 'attempt', { least: 1, most: 255 }) ?? 1;
  if (!Number.isInteger(attempt)) throw new CellFault('attempt', `${attempt} is no whole number`);
  return attempt;
}

function segmentPart(cells: Cells, column: 'payment_method' | 'country'): string | null {
  const text = cells(column);
  if (text === null) return null;
  if (text.includes('|')) throw new CellFault(column, `${quoted(text)} holds a |`);
  return limited(column, text.toUpperCase(), 40);
}

function processorOf(column: ColumnName, text: string): string {
  if (/[|;]/.test(text)) throw new CellFault(column, `${quoted(text)} holds a | or a ;`);
  return limited(column, text, 64);
}

/** `a|b|c` or `a;b;c`. */
function eligibleOf(text: string | null, processor: string): readonly string[] | null {
  if (text === null) return null;
  const names = text
    .split(/[|;]/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => processorOf('eligible', name));
  if (!names.includes(processor)) throw new CellFault('eligible', `${quoted(text)} does not hold ${processor} itself`);
  return names;
}

const QUOTED_MAX = 40;
/** A long text is not shown whole. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX - 1)}…`);
