// A log of attempts in memory, column by column: millions of rows, in the order of time whatever order they were written in.
import { API_RESULTS, type ApiResult, type Fault } from '../../src/domain/results/canonical-result.ts';
import { segmentKey, segmentParts } from '../../src/domain/segment.ts';
import type { SegmentKey } from '../../src/domain/identity.ts';

/** One row as it was read and checked. */
export interface LoggedAttempt {
  readonly transactionId: string;
  readonly processor: string;
  readonly paymentMethod: string;
  readonly country: string;
  readonly result: ApiResult;
  readonly fault: Fault;
  readonly occurredAtMs: number;
  /** When the result was known. */
  readonly recordedAtMs: number;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  readonly latencyMs: number | null;
  readonly feeMinor: number | null;
  readonly propensity: number | null;
  /** 1 for a payment's first. */
  readonly attempt: number;
  /** Those that could have been chosen; `null`: the log does not say. */
  readonly eligible: readonly string[] | null;
}

const FAULTS: readonly Fault[] = ['none', 'processor', 'network', 'issuer', 'user', 'merchant_config'];
const UNTOLD = NaN;
const FIRST_CAPACITY = 1_024;

/** A list of numbers that grows without a JavaScript object per entry. */
class Column<Values extends Float64Array | Uint32Array | Uint16Array | Uint8Array> {
  #values: Values;
  readonly #make: (length: number) => Values;
  #length = 0;

  constructor(make: (length: number) => Values) {
    this.#make = make;
    this.#values = make(FIRST_CAPACITY);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const wider = this.#make(this.#length * 2);
      wider.set(this.#values);
      this.#values = wider;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  at(row: number): number {
    return this.#values[row]!;
  }
}

/** Names by number, in the order of first mention. */
class Names {
  readonly list: string[] = [];
  readonly #places = new Map<string, number>();

  placeOf(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    this.#places.set(name, this.list.length);
    return this.list.push(name) - 1;
  }
}

const floats = () => new Column((length) => new Float64Array(length));
const wholes = () => new Column((length) => new Uint32Array(length));
const places = () => new Column((length) => new Uint16Array(length));
const bytes = () => new Column((length) => new Uint8Array(length));

export class AttemptLog {
  readonly #processors = new Names();
  readonly #segments = new Names();
  readonly #currencies = new Names();
  readonly #offers = new Names();
  /** By offer: processors by number, ascending. */
  readonly #offered: number[][] = [];
  readonly #occurredAt = floats();
  readonly #recordedAt = floats();
  readonly #identity = floats();
  readonly #amount = floats();
  readonly #latency = floats();
  readonly #fee = floats();
  readonly #propensity = floats();
  readonly #processor = places();
  readonly #segment = places();
  readonly #currency = places();
  readonly #offer = wholes();
  readonly #result = bytes();
  readonly #fault = bytes();
  readonly #attempt = bytes();
  count = 0;

  add(attempt: LoggedAttempt): void {
    const { eligible, currency } = attempt;
    this.#occurredAt.push(attempt.occurredAtMs);
    this.#recordedAt.push(attempt.recordedAtMs);
    this.#identity.push(identityOf(`${attempt.processor}\n${attempt.transactionId}`));
    this.#amount.push(attempt.amountMinor ?? UNTOLD);
    this.#latency.push(attempt.latencyMs ?? UNTOLD);
    this.#fee.push(attempt.feeMinor ?? UNTOLD);
    this.#propensity.push(attempt.propensity ?? UNTOLD);
    this.#processor.push(this.#processors.placeOf(attempt.processor));
    this.#segment.push(this.#segments.placeOf(segmentKey(attempt.paymentMethod, attempt.country)));
    this.#currency.push(currency === null ? 0 : this.#currencies.placeOf(currency) + 1);
    this.#offer.push(eligible === null ? 0 : this.#offerOf(eligible) + 1);
    this.#result.push(API_RESULTS.indexOf(attempt.result));
    this.#fault.push(FAULTS.indexOf(attempt.fault));
    this.#attempt.push(Math.min(255, attempt.attempt));
    this.count += 1;
  }

  get processors(): readonly string[] {
    return this.#processors.list;
  }

  get segments(): readonly SegmentKey[] {
    return this.#segments.list as SegmentKey[];
  }

  /** Different lists of eligible processors. */
  get offers(): number {
    return this.#offered.length;
  }

  partsOf(segment: number): { paymentMethod: string; country: string } {
    return segmentParts(this.segments[segment]!);
  }

  occurredAtMs = (row: number): number => this.#occurredAt.at(row);
  recordedAtMs = (row: number): number => this.#recordedAt.at(row);
  /** Of processor and transaction id together. */
  identity = (row: number): number => this.#identity.at(row);
  processor = (row: number): number => this.#processor.at(row);
  segment = (row: number): number => this.#segment.at(row);
  attempt = (row: number): number => this.#attempt.at(row);
  result = (row: number): ApiResult => API_RESULTS[this.#result.at(row)]!;
  fault = (row: number): Fault => FAULTS[this.#fault.at(row)]!;
  amountMinor = (row: number): number | null => told(this.#amount.at(row));
  latencyMs = (row: number): number | null => told(this.#latency.at(row));
  feeMinor = (row: number): number | null => told(this.#fee.at(row));
  propensity = (row: number): number | null => told(this.#propensity.at(row));

  currency(row: number): string | null {
    return this.#currencies.list[this.#currency.at(row) - 1] ?? null;
  }

  /** The same list for the same offer, so that it may be keyed on. */
  eligible(row: number): readonly number[] | null {
    return this.#offered[this.#offer.at(row) - 1] ?? null;
  }

  /** Rows by the moment of the attempt; of one moment in the order of the file. */
  inOrderOfAttempts(): Uint32Array {
    return this.#ordered(this.occurredAtMs);
  }

  /** Rows by the moment at which their result was known. */
  inOrderOfResults(): Uint32Array {
    return this.#ordered(this.recordedAtMs);
  }

  #ordered(timeOf: (row: number) => number): Uint32Array {
    const rows = Uint32Array.from({ length: this.count }, (_, row) => row);
    return rows.sort((left, right) => timeOf(left) - timeOf(right) || left - right);
  }

  #offerOf(eligible: readonly string[]): number {
    const members = [...new Set(eligible.map((name) => this.#processors.placeOf(name)))].sort((a, b) => a - b);
    const offer = this.#offers.placeOf(members.join(' '));
    this.#offered[offer] = members;
    return offer;
  }
}

const told = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** 53 bits (cyrb53): two of five million ids meet once in seven hundred logs. */
function identityOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
