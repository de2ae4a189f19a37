// Replays a log through the production core: the processors' objects, one board, and a table refilled each second, as payments and results came.
import { applyDelta, compileTable, type RoutingTable } from '../../src/domain/routing/compile-table.ts';
import { applySignal, EMPTY_ALERT_BOOK, type Alert, type AlertBook } from '../../src/domain/health/alert-book.ts';
import { asProcessorId, asTransactionId, type ProcessorId } from '../../src/domain/identity.ts';
import { BoardState } from '../../src/domain/routing/board-state.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../../src/domain/processor-config.ts';
import { decide } from '../../src/domain/routing/decide.ts';
import { EMPTY_CONFIGURATION } from '../../src/domain/configuration/configuration.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import type { Offers } from './offers.ts';
import type { TableCursor } from '../../src/domain/routing/table-exchange.ts';
import type { TableData } from '../../src/domain/routing/routing-table.ts';

/** What `learned` thought and would have done, before the result was known. */
export interface Foresight {
  readonly processor: number;
  /** Mean of the posterior. */
  readonly approval: number;
  /** With which `learned` would have drawn it. */
  readonly probability: number;
}

/** An isolate's table is refilled each second; results that come within one are committed together. */
const REFILL_MS = 1_000;
const SALT = '5169676e616c626f';
const NO_PERMITS: ReadonlyMap<string, 'granted' | 'refused'> = new Map();
/** What a log without amounts is replayed with: nothing depends on it but money at risk, which is then not told. */
const NO_CURRENCY = 'XXX';

export class Replay {
  readonly states: readonly ProcessorState[];
  readonly #log: AttemptLog;
  readonly #offers: Offers;
  readonly #ids: readonly ProcessorId[];
  readonly #numberOf: ReadonlyMap<ProcessorId, number>;
  readonly #board = new BoardState('backtest');
  readonly #pending: CanonicalResult[][];
  readonly #changed = new Set<number>();
  readonly #offerIds = new Map<readonly number[], readonly ProcessorId[]>();
  readonly #alerts = new Map<string, Alert>();
  #book: AlertBook = EMPTY_ALERT_BOOK;
  #batchFromMs = Infinity;
  #batchToMs = -Infinity;
  #data: TableData;
  #table: RoutingTable;
  #cursor: TableCursor | null = null;
  #refilledAtMs = -Infinity;

  constructor(log: AttemptLog, offers: Offers) {
    this.#log = log;
    this.#offers = offers;
    this.#ids = log.processors.map(asProcessorId);
    this.#numberOf = new Map(this.#ids.map((id, number) => [id, number]));
    this.#pending = this.#ids.map(() => []);
    this.states = this.#ids.map((id) =>
      ProcessorState.create({ id, epoch: 1, revision: 1, breaker: BREAKER_DEFAULTS }, SALT),
    );
    const processors = this.#ids.map((id) => registered(id, log));
    const configuration = { ...EMPTY_CONFIGURATION, version: 1, processors };
    this.#board.acceptUpdate({ configuration, keys: [], keysVersion: 1, bootstrapVoid: true }, 0);
    this.#data = { configuration, rows: new Map(), silences: [], segmentRates: new Map(), asOfMs: 0 };
    this.#table = compileTable(this.#data);
  }

  /** One per processor that was eligible. Rows come in the order of attempts, after all results known before them. */
  foresee(row: number): Foresight[] {
    const now = this.#log.occurredAtMs(row);
    if (now - this.#refilledAtMs >= REFILL_MS) this.#refill(now);
    const moment = { now, seed: 0n, tableAgeMs: now - this.#refilledAtMs, permits: NO_PERMITS, explainAll: false };
    const offer = this.#offers.of(row);
    const decision = decide(this.#table, { ...NO_REQUEST, ...this.#asked(row, offer) }, moment);
    return decision.ranked.map(({ processorId, approval, probability }) => ({
      processor: this.#numberOf.get(processorId)!,
      approval: approval.mean,
      probability,
    }));
  }

  /** The row's result is known now. Rows come in the order of results. */
  learn(row: number): void {
    const at = this.#log.recordedAtMs(row);
    if (at - this.#batchFromMs >= REFILL_MS) this.#commit();
    this.#batchFromMs = Math.min(this.#batchFromMs, at);
    this.#batchToMs = at;
    this.#pending[this.#log.processor(row)]!.push(this.#resultOf(row));
  }

  /** After the last row: alerts in the order of opening, closed or not. */
  finish(): Alert[] {
    this.#commit();
    return [...this.#alerts.values()].sort((left, right) => left.openedAtMs - right.openedAtMs);
  }

  #refill(now: number): void {
    this.#commit();
    this.#refilledAtMs = now;
    for (const { id } of this.#board.processorsUnheard(now)) this.#changed.add(this.#numberOf.get(id)!);
    for (const number of this.#changed) this.#board.acceptRow(this.states[number]!.publishRow(now), now);
    this.#changed.clear();
    const delta = this.#board.delta(this.#cursor, now);
    if (delta === null) throw new Error('the board has its configuration');
    this.#cursor = delta.cursor;
    this.#data = applyDelta(this.#data, { rows: delta.rows, silences: [], segmentRates: new Map(), asOfMs: now });
    this.#table = compileTable(this.#data);
  }

  #commit(): void {
    const at = this.#batchToMs;
    this.#batchFromMs = Infinity;
    for (const [number, results] of this.#pending.entries()) {
      if (results.length === 0) continue;
      this.#pending[number] = [];
      const state = this.states[number]!;
      state.apply({ kind: 'results', at, results });
      this.#changed.add(number);
      for (const signal of state.outbox) {
        const step = applySignal(this.#book, signal, at, `alt_${this.#alerts.size + 1}`);
        this.#book = step.book;
        for (const alert of step.changed) this.#alerts.set(alert.id, alert);
      }
      state.signalsSent(state.outbox);
    }
  }

  #asked(row: number, offer: readonly number[]) {
    const { paymentMethod, country } = this.#log.partsOf(this.#log.segment(row));
    let eligibleProcessors = this.#offerIds.get(offer);
    if (eligibleProcessors === undefined) {
      eligibleProcessors = offer.map((number) => this.#ids[number]!);
      this.#offerIds.set(offer, eligibleProcessors);
    }
    return {
      paymentMethod,
      country,
      amountMinor: this.#log.amountMinor(row),
      currency: this.#log.currency(row),
      eligibleProcessors,
      // A shadow: no permit is asked for, and the ranking tells the probability of each.
      actualProcessor: this.#ids[this.#log.processor(row)]!,
    };
  }

  #resultOf(row: number): CanonicalResult {
    const log = this.#log;
    const identity = log.identity(row).toString(16).padStart(16, '0');
    const occurredAtMs = log.occurredAtMs(row);
    const latencyMs = log.latencyMs(row);
    const propensity = log.propensity(row);
    return {
      processorId: this.#ids[log.processor(row)]!,
      transactionId: asTransactionId(`txn_${identity}`),
      result: log.result(row),
      fault: log.fault(row),
      segment: log.segments[log.segment(row)]!,
      declineCode: null,
      amountMinor: log.amountMinor(row) ?? 0,
      currency: log.currency(row) ?? NO_CURRENCY,
      eventTimeMs: Math.min(log.recordedAtMs(row), occurredAtMs + (latencyMs ?? 0)),
      hasOwnEventTime: true,
      latencyMs,
      feeMinor: log.feeMinor(row),
      attempt: log.attempt(row),
      decision:
        propensity === null
          ? null
          : { nonce: identity, decidedAtMs: occurredAtMs, propensity, arm: 0, offRecommendation: false, permit: false },
    };
  }
}

const NO_REQUEST = {
  bin: null,
  network: null,
  threeDs: null,
  customerRef: null,
  paymentId: null,
  credentialKind: null,
  metadata: {},
  strategy: 'learned',
} as const;

/** Serves every segment of the log: who could be chosen for a payment is said by its offer. */
function registered(id: ProcessorId, log: AttemptLog): RegisteredProcessor {
  const parts = log.segments.map((_, segment) => log.partsOf(segment));
  return {
    id,
    name: id,
    enabled: true,
    paymentMethods: [...new Set(parts.map(({ paymentMethod }) => paymentMethod))],
    countries: [...new Set(parts.map(({ country }) => country))],
    currencies: null,
    amountLimits: [],
    credentialKinds: null,
    feeFixedMinor: 0,
    feeBps: 0,
    maxTps: null,
    maxShare: null,
    minShare: null,
    priority: 0,
    weight: 1,
    breaker: BREAKER_DEFAULTS,
    epoch: 1,
    revision: 1,
  };
}
