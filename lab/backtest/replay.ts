// Replays a log through the production core: the processors' objects, one board, and a table refilled each second, as payments and results came.
import { applyDelta, compileTable, type RoutingTable } from '../../src/domain/routing/compile-table.ts';
import { applySignal, EMPTY_ALERT_BOOK, type Alert, type AlertBook } from '../../src/domain/health/alert-book.ts';
import { asProcessorId, asTransactionId, type ProcessorId } from '../../src/domain/identity.ts';
import { BoardState } from '../../src/domain/routing/board-state.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../../src/domain/processor-config.ts';
import { breakerView } from '../../src/domain/health/breaker.ts';
import { decide } from '../../src/domain/routing/decide.ts';
import { EMPTY_CONFIGURATION } from '../../src/domain/configuration/configuration.ts';
import { governingBreaker } from '../../src/domain/health/breaker-scope.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import { quantilesOf } from '../../src/domain/learning/rate-grid.ts';
import { RESIDUAL } from '../../src/domain/segment.ts';
import { registeredProcessor } from '../registered-processor.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { BreakerView } from '../../src/domain/health/status-row.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import type { Offers } from './offers.ts';
import type { SegmentKey } from '../../src/domain/identity.ts';
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
  /** Rows on their way under a permit. */
  readonly #trials = new Set<number>();
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
    this.#tryOut(row, now);
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

  /**
   * Approval at rest: the median of the levels that the learner remembers. Their mean (a belief's `baseline`) still holds the outages
   * of the last thousands of results, which can put the better of two processors behind the other. `null`: nothing was learned there.
   */
  levelOf(processor: number, segment: number): number | null {
    const state = this.states[processor]!.segments.get(this.#log.segments[segment]!);
    return state === undefined || state.learner.clock === 0 ? null : quantilesOf(state.learner.filter.memory, 1)[0]!;
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

  /** The payment went where the breaker lets trials through alone: if one was free, it was this. Else nobody would learn of a recovery. */
  #tryOut(row: number, now: number): void {
    const number = this.#log.processor(row);
    if (this.#breakerOf(row, now).view.state === 'CLOSED') return;
    this.#commit();
    const { view, scope } = this.#breakerOf(row, now);
    const state = this.states[number]!;
    const nonce = this.#nonceOf(row);
    if (view.state === 'CLOSED' || !state.wouldGrant(scope, nonce, now)) return;
    state.apply({ kind: 'permit', at: now, scope, nonce });
    this.#changed.add(number);
    this.#trials.add(row);
  }

  #breakerOf(row: number, now: number) {
    const state = this.states[this.#log.processor(row)]!;
    const viewOf = (key: SegmentKey): BreakerView => {
      const scope = state.scopes.get(key);
      return scope === undefined ? { state: 'CLOSED' } : breakerView(scope.breaker, now, state.address.breaker);
    };
    const segment = this.#log.segments[this.#log.segment(row)]!;
    return governingBreaker(segment, viewOf(segment), viewOf(RESIDUAL), now);
  }

  #nonceOf(row: number): string {
    return this.#log.identity(row).toString(16).padStart(16, '0');
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
    const nonce = this.#nonceOf(row);
    const isTrial = this.#trials.delete(row);
    const occurredAtMs = log.occurredAtMs(row);
    const latencyMs = log.latencyMs(row);
    const propensity = log.propensity(row);
    return {
      processorId: this.#ids[log.processor(row)]!,
      transactionId: asTransactionId(`txn_${nonce}`),
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
        propensity === null && !isTrial
          ? null
          : {
              nonce,
              decidedAtMs: occurredAtMs,
              // A trial is no draw.
              propensity: propensity ?? 1,
              arm: 0,
              offRecommendation: false,
              permit: isTrial,
            },
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
  return registeredProcessor(id, {
    paymentMethods: parts.map(({ paymentMethod }) => paymentMethod),
    countries: parts.map(({ country }) => country),
  });
}
