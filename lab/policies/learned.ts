// Ours: the production core, wired as it runs there: processors' objects, one board, one isolate with its table, and `decide` over it.
import { applyDelta, compileTable, type RoutingTable } from '../../src/domain/routing/compile-table.ts';
import { asProcessorId, asTransactionId, type ProcessorId, type SegmentKey } from '../../src/domain/identity.ts';
import { BoardState } from '../../src/domain/routing/board-state.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../../src/domain/processor-config.ts';
import { decide } from '../../src/domain/routing/decide.ts';
import { EMPTY_CONFIGURATION } from '../../src/domain/configuration/configuration.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import { registeredProcessor } from '../registered-processor.ts';
import { RESIDUAL, segmentKey } from '../../src/domain/segment.ts';
import type { Alarm, Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';
import type { CanonicalResult } from '../../src/domain/results/canonical-result.ts';
import type { Decision, RouteRequest } from '../../src/domain/routing/route-request.ts';
import type { DecisionCount, TableCursor } from '../../src/domain/routing/table-exchange.ts';
import type { TableData } from '../../src/domain/routing/routing-table.ts';

/** With a table age of 0 the table is made anew once this many results have come, or after a second as in production. */
const FRESH_RESULTS = 10;
const REFILL_MS = 1_000;
const PROBES: ReadonlySet<string> = new Set(['probe', 'local_probe', 'silence_probe', 'exploration']);
const NO_PERMITS: ReadonlyMap<string, 'granted' | 'refused'> = new Map();

export const entry: PolicyEntry = {
  id: 'learned',
  source: 'Signalbox, src/domain: the core as it runs in production, unchanged',
  keepsTable: true,
  create: (world) => new LearnedPolicy(world),
};

class LearnedPolicy implements Policy {
  readonly #world: World;
  readonly #ids: readonly ProcessorId[];
  readonly #placeOf: ReadonlyMap<ProcessorId, number>;
  readonly #segments: readonly SegmentKey[];
  readonly #states: readonly ProcessorState[];
  readonly #board = new BoardState('lab');
  /** Recorded, and not yet committed: an object commits them when its row or a permit is asked for. */
  readonly #pending: CanonicalResult[][];
  readonly #changed = new Set<number>();
  readonly #decisions = new Map<number, DecisionCount>();
  readonly #offered = new Map<readonly number[], readonly ProcessorId[] | null>();
  readonly #permits = new Set<string>();
  readonly #alarms: Alarm[] = [];
  #data: TableData;
  #table: RoutingTable;
  #cursor: TableCursor | null = null;
  #refilledAtMs: number | null = null;
  #fresh = 0;

  constructor(world: World) {
    this.#world = world;
    this.#ids = world.arms.map(({ id }) => asProcessorId(id));
    this.#placeOf = new Map(this.#ids.map((id, place) => [id, place]));
    this.#segments = world.segments.map(({ paymentMethod, country }) => segmentKey(paymentMethod, country));
    this.#states = this.#ids.map((id) =>
      ProcessorState.create({ id, epoch: 1, revision: 1, breaker: BREAKER_DEFAULTS }, saltOf(world.seed)),
    );
    this.#pending = this.#ids.map(() => []);
    const configuration = {
      ...EMPTY_CONFIGURATION,
      version: 1,
      processors: world.arms.map((_, arm) => registered(world, arm)),
    };
    this.#board.acceptUpdate({ configuration, keys: [], keysVersion: 1, bootstrapVoid: true }, 0);
    this.#data = { configuration, rows: new Map(), silences: [], segmentRates: new Map(), asOfMs: 0 };
    this.#table = compileTable(this.#data);
  }

  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice {
    this.#passTo(payment.atMs);
    const nonce = nonceOf(payment);
    const seed = (BigInt(Math.floor(draw() * 2 ** 32)) << 32n) | BigInt(Math.floor(draw() * 2 ** 32));
    const now = payment.atMs;
    const moment = { now, seed, tableAgeMs: now - this.#data.asOfMs, permits: NO_PERMITS, explainAll: false };
    const request = this.#request(payment, eligible);
    let decision = decide(this.#table, request, moment);
    if (decision.permitWanted !== null) {
      const { processorId, scope } = decision.permitWanted;
      const answer = this.#askPermit(processorId, scope, nonce, now) ? 'granted' : 'refused';
      decision = decide(this.#table, request, { ...moment, permits: new Map([[`${processorId} ${scope}`, answer]]) });
    }
    return this.#chosen(payment, decision, nonce);
  }

  learn(feedback: Feedback): void {
    const { payment, arm, outcome, reportedAtMs, latencyMs } = feedback;
    this.#passTo(reportedAtMs);
    const nonce = nonceOf(payment);
    this.#pending[arm]!.push({
      processorId: this.#ids[arm]!,
      transactionId: asTransactionId(`txn_${nonce}`),
      result: outcome,
      fault: feedback.fault ?? faultOf(outcome),
      segment: this.#segments[payment.segment]!,
      declineCode: null,
      amountMinor: payment.amountMinor,
      currency: this.#world.segments[payment.segment]!.currency,
      eventTimeMs: payment.atMs + latencyMs,
      hasOwnEventTime: true,
      latencyMs,
      feeMinor: feedback.costMinor,
      attempt: payment.attempt,
      decision: {
        nonce,
        decidedAtMs: payment.atMs,
        propensity: feedback.propensity,
        arm: 0,
        offRecommendation: false,
        permit: this.#permits.has(nonce),
      },
    });
    this.#fresh += 1;
  }

  alarms(): readonly Alarm[] {
    return this.#alarms;
  }

  /** Refills as an isolate does; what comes at the very moment of a refill is in the next one. */
  #passTo(now: number): void {
    const ageMs = this.#world.tableAgeMs ?? 0;
    this.#refilledAtMs ??= now;
    if (ageMs > 0) {
      const due = this.#refilledAtMs + Math.floor((now - this.#refilledAtMs) / ageMs) * ageMs;
      if (due > this.#refilledAtMs) this.#refill(due);
    } else if (this.#fresh >= FRESH_RESULTS || now - this.#refilledAtMs >= REFILL_MS) this.#refill(now);
  }

  #refill(now: number): void {
    this.#refilledAtMs = now;
    this.#fresh = 0;
    for (let arm = 0; arm < this.#states.length; arm += 1) this.#commit(arm, now);
    for (const { id } of this.#board.processorsUnheard(now)) this.#changed.add(this.#placeOf.get(id)!);
    for (const arm of this.#changed) this.#board.acceptRow(this.#states[arm]!.publishRow(now), now);
    this.#changed.clear();
    this.#board.noteDecisions([...this.#decisions.values()], now);
    this.#decisions.clear();
    const delta = this.#board.delta(this.#cursor, now);
    if (delta === null) throw new Error('the board has its configuration');
    this.#cursor = delta.cursor;
    const segmentRates = new Map(delta.segmentRates.map((rate) => [rate.segment, rate]));
    this.#data = applyDelta(this.#data, { rows: delta.rows, silences: delta.silences, segmentRates, asOfMs: now });
    this.#table = compileTable(this.#data);
  }

  #commit(arm: number, now: number): void {
    const results = this.#pending[arm]!;
    if (results.length === 0) return;
    this.#pending[arm] = [];
    const state = this.#states[arm]!;
    state.apply({ kind: 'results', at: now, results });
    this.#changed.add(arm);
    for (const signal of state.outbox) {
      if (signal.state !== 'on') continue;
      const segments = signal.scope === RESIDUAL ? null : this.#segmentsOf(signal.scope);
      this.#alarms.push({ atMs: signal.atMs, arm, segments });
    }
    state.signalsSent(state.outbox);
  }

  #segmentsOf(scope: SegmentKey): number[] {
    return this.#segments.flatMap((segment, index) => (segment === scope ? [index] : []));
  }

  #askPermit(processorId: ProcessorId, scope: SegmentKey, nonce: string, now: number): boolean {
    const arm = this.#placeOf.get(processorId)!;
    this.#commit(arm, now);
    this.#changed.add(arm);
    const state = this.#states[arm]!;
    return state.wouldGrant(scope, nonce, now) && state.apply({ kind: 'permit', at: now, scope, nonce }).granted;
  }

  #chosen(payment: Payment, decision: Decision, nonce: string): Choice {
    const { chosen, segment, propensity, permit, reasons } = decision;
    if (chosen === null) throw new Error('nobody was recommended though someone was eligible');
    if (permit) this.#permits.add(nonce);
    const arm = this.#placeOf.get(chosen)!;
    const key = arm * this.#segments.length + payment.segment;
    const known = this.#decisions.get(key);
    this.#decisions.set(key, {
      processorId: chosen,
      segment,
      count: (known?.count ?? 0) + 1,
      firstAtMs: known?.firstAtMs ?? payment.atMs,
      lastAtMs: payment.atMs,
    });
    return { arm, propensity, probe: reasons.some((reason) => PROBES.has(reason)) };
  }

  #request(payment: Payment, eligible: readonly number[]): RouteRequest {
    const { paymentMethod, country, currency, marginBps } = this.#world.segments[payment.segment]!;
    return {
      paymentMethod: paymentMethod.toUpperCase(),
      country: country.toUpperCase(),
      amountMinor: payment.amountMinor,
      currency,
      ...(marginBps !== undefined && { marginBps }),
      bin: null,
      network: null,
      threeDs: null,
      customerRef: null,
      paymentId: null,
      credentialKind: null,
      metadata: {},
      eligibleProcessors: this.#offer(eligible),
      strategy: 'learned',
      actualProcessor: null,
    };
  }

  #offer(eligible: readonly number[]): readonly ProcessorId[] | null {
    if (eligible.length === this.#ids.length) return null;
    const known = this.#offered.get(eligible);
    if (known !== undefined) return known;
    const offer = eligible.map((arm) => this.#ids[arm]!);
    this.#offered.set(eligible, offer);
    return offer;
  }
}

function registered({ arms, segments, eligible }: World, arm: number): RegisteredProcessor {
  const served = segments.filter((_, segment) => eligible[segment]!.includes(arm));
  const { id, feeFixedMinor, feeBps, feeOn = 'attempt', declineFeeMinor = 0, segmentFees, maxTps } = arms[arm]!;
  const upper = (segment: { readonly paymentMethod: string; readonly country: string }) => ({
    paymentMethod: segment.paymentMethod.toUpperCase(),
    country: segment.country.toUpperCase(),
  });
  const serving = {
    paymentMethods: served.map((segment) => upper(segment).paymentMethod),
    countries: served.map((segment) => upper(segment).country),
  };
  const ownFees = segments.flatMap((segment, index) => {
    const own = segmentFees?.[index] ?? null;
    return own === null ? [] : [{ ...own, feeOn, declineFeeMinor, ...upper(segment) }];
  });
  const fees = { feeFixedMinor, feeBps, feeOn, declineFeeMinor, segmentFees: ownFees };
  return registeredProcessor(id, serving, { ...fees, maxTps, priority: arm });
}

const faultOf = (outcome: Feedback['outcome']): CanonicalResult['fault'] =>
  outcome === 'approved' ? 'none' : outcome === 'declined' ? 'issuer' : 'processor';

/** One per attempt, so that a result that comes twice is known for the same. */
const nonceOf = ({ index, attempt }: Payment): string => (index * 16 + attempt).toString(16).padStart(16, '0');

const saltOf = (seed: number): string => seed.toString(16).padStart(16, '0');
