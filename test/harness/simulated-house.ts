// Processors, a board and an isolate wired together in plain Node with a simulated clock: the pure core as it runs, without a platform.
import { addressOf } from './results.ts';
import { applyDelta, compileTable, type RoutingTable } from '../../src/domain/routing/compile-table.ts';
import { asProcessorId, asTransactionId, type ProcessorId } from '../../src/domain/identity.ts';
import { BoardState } from '../../src/domain/routing/board-state.ts';
import { BREAKER_DEFAULTS, type BreakerOptions, type RegisteredProcessor } from '../../src/domain/processor-config.ts';
import { decide } from '../../src/domain/routing/decide.ts';
import { EMPTY_CONFIGURATION, type StrategyName } from '../../src/domain/configuration/configuration.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import { seeded } from './seeded.ts';
import { segmentKey } from '../../src/domain/segment.ts';
import type { ApiResult } from '../../src/domain/results/canonical-result.ts';
import type { Decision, RouteRequest } from '../../src/domain/routing/route-request.ts';
import type { DecisionCount } from '../../src/domain/routing/table-exchange.ts';
import type { TableData } from '../../src/domain/routing/routing-table.ts';

export interface HouseOptions {
  readonly processors: readonly string[];
  readonly breaker?: Partial<BreakerOptions>;
  readonly strategy?: StrategyName;
  readonly seed?: number;
}

const PIX: RouteRequest = {
  paymentMethod: 'PIX',
  country: 'BR',
  amountMinor: 10_000,
  currency: 'BRL',
  bin: null,
  network: null,
  threeDs: null,
  customerRef: null,
  paymentId: null,
  credentialKind: null,
  metadata: {},
  eligibleProcessors: null,
  strategy: null,
  actualProcessor: null,
};

/** With what its token would carry. */
export type HouseDecision = Decision & { readonly nonce: string; readonly decidedAtMs: number };

export class SimulatedHouse {
  now = 1_770_000_000_000;
  readonly draw: () => number;
  readonly states = new Map<ProcessorId, ProcessorState>();
  readonly #board = new BoardState('board');
  #data: TableData;
  #table: RoutingTable;
  #decisions = new Map<string, DecisionCount>();
  #refreshedAt = -Infinity;
  #serial = 0;

  constructor({ processors, breaker = {}, strategy = 'learned', seed = 1 }: HouseOptions) {
    this.draw = seeded(seed);
    const registered = processors.map((id, index) => registeredAs(id, index, breaker));
    const configuration = {
      ...EMPTY_CONFIGURATION,
      version: 1,
      processors: registered,
      routing: { ...EMPTY_CONFIGURATION.routing, strategy },
    };
    for (const { id } of registered)
      this.states.set(id, ProcessorState.create(addressOf(id, breaker), '0123456789abcdef'));
    this.#board.acceptUpdate({ configuration, keys: [], keysVersion: 1, bootstrapVoid: true }, this.now);
    this.#data = { configuration, rows: new Map(), silences: [], segmentRates: new Map(), asOfMs: this.now };
    this.#table = compileTable(this.#data);
  }

  /** Moves the clock; the isolate refills once a second, as behind its answers. */
  pass(ms: number): void {
    this.now += ms;
    if (this.now - this.#refreshedAt >= 1_000) this.refill();
  }

  refill(): void {
    this.#refreshedAt = this.now;
    for (const state of this.states.values()) this.#board.acceptRow(state.publishRow(this.now), this.now);
    this.#board.noteDecisions([...this.#decisions.values()], this.now);
    this.#decisions.clear();
    const delta = this.#board.delta(null, this.now);
    if (delta === null) throw new Error('the board has its configuration');
    const segmentRates = new Map(delta.segmentRates.map((rate) => [rate.segment, rate]));
    this.#data = applyDelta(this.#data, { rows: delta.rows, silences: delta.silences, segmentRates, asOfMs: this.now });
    this.#table = compileTable(this.#data);
  }

  /** One recommendation, with the permit it may need, as flows/recommend-route.ts does it. */
  recommend(request: Partial<RouteRequest> = {}): HouseDecision {
    const seed = BigInt(Math.floor(this.draw() * 2 ** 32)) * 2n ** 32n + BigInt(Math.floor(this.draw() * 2 ** 32));
    const nonce = seed.toString(16).padStart(16, '0');
    const moment = {
      now: this.now,
      seed,
      tableAgeMs: this.now - this.#data.asOfMs,
      permits: new Map(),
      explainAll: false,
    };
    const asked = { ...PIX, ...request };
    let decision = decide(this.#table, asked, moment);
    const wanted = decision.permitWanted;
    if (wanted !== null) {
      const state = this.states.get(wanted.processorId)!;
      const granted =
        state.wouldGrant(wanted.scope, nonce, this.now) &&
        state.apply({ kind: 'permit', at: this.now, scope: wanted.scope, nonce }).granted;
      const permits = new Map([
        [`${wanted.processorId} ${wanted.scope}`, granted ? ('granted' as const) : ('refused' as const)],
      ]);
      decision = decide(this.#table, asked, { ...moment, permits });
    }
    if (decision.chosen !== null) this.#noteDecision(decision.chosen, decision.segment);
    return { ...decision, nonce, decidedAtMs: this.now };
  }

  /** The result of a decision's payment at the processor it chose. A trip reaches the board at once, the isolate with its next refill. */
  report(decision: HouseDecision, result: ApiResult): void {
    const id = decision.chosen!;
    this.#serial += 1;
    const applied = this.states.get(id)!.apply({
      kind: 'results',
      at: this.now,
      results: [
        {
          processorId: id,
          transactionId: asTransactionId(`txn_${this.#serial}`),
          result,
          fault: result === 'error' || result === 'timeout' ? 'processor' : result === 'declined' ? 'issuer' : 'none',
          segment: decision.segment,
          declineCode: null,
          amountMinor: 10_000,
          currency: 'BRL',
          eventTimeMs: this.now,
          hasOwnEventTime: true,
          latencyMs: 100,
          feeMinor: null,
          attempt: 1,
          decision: {
            nonce: decision.nonce,
            decidedAtMs: decision.decidedAtMs,
            propensity: decision.propensity,
            arm: 0,
            offRecommendation: false,
            permit: decision.permit,
          },
        },
      ],
    });
    if (applied.transitions.length > 0) this.#board.acceptRow(this.states.get(id)!.publishRow(this.now), this.now);
  }

  /** One payment: recommend, pay as `world` says, report. Returns where it went. */
  pay(world: (processor: ProcessorId) => ApiResult, request: Partial<RouteRequest> = {}): ProcessorId {
    const decision = this.recommend(request);
    if (decision.chosen === null) throw new Error('nobody was recommended');
    this.report(decision, world(decision.chosen));
    return decision.chosen;
  }

  breaker(id: string, paymentMethod = 'PIX'): string {
    const row = this.states.get(asProcessorId(id))!.row(this.now);
    const segment = row.segments.find((candidate) => candidate.segment === segmentKey(paymentMethod, 'BR'));
    return row.breaker.state === 'CLOSED' ? (segment?.breaker.state ?? 'CLOSED') : row.breaker.state;
  }

  #noteDecision(processorId: ProcessorId, segment: DecisionCount['segment']): void {
    const key = `${processorId} ${segment}`;
    const known = this.#decisions.get(key);
    const firstAtMs = known?.firstAtMs ?? this.now;
    this.#decisions.set(key, { processorId, segment, count: (known?.count ?? 0) + 1, firstAtMs, lastAtMs: this.now });
  }
}

function registeredAs(id: string, index: number, breaker: Partial<BreakerOptions>): RegisteredProcessor {
  return {
    id: asProcessorId(id),
    name: id,
    enabled: true,
    paymentMethods: ['PIX', 'CARD'],
    countries: ['BR'],
    currencies: null,
    amountLimits: [],
    credentialKinds: null,
    feeFixedMinor: 0,
    feeBps: 0,
    maxTps: null,
    maxShare: null,
    minShare: null,
    priority: index,
    weight: 1,
    breaker: { ...BREAKER_DEFAULTS, ...breaker },
    epoch: 1,
    revision: 1,
  };
}
