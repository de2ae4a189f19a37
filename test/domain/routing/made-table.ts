// Tables, rows and requests for the routing tests: usual values, of which a test changes what it is about.
import { asProcessorId, type ProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../../../src/domain/processor-config.ts';
import { compileTable, type RoutingTable } from '../../../src/domain/routing/compile-table.ts';
import { decide, type DecideMoment } from '../../../src/domain/routing/decide.ts';
import {
  EMPTY_CONFIGURATION,
  type Configuration,
  type Override,
  type Rule,
} from '../../../src/domain/configuration/configuration.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import { summarize } from '../../../src/domain/health/status.ts';
import type { BreakerView, DetectorSignal, SegmentRow, StatusRow } from '../../../src/domain/health/status-row.ts';
import type { Decision, RouteRequest } from '../../../src/domain/routing/route-request.ts';
import type { SegmentRate, TableData } from '../../../src/domain/routing/routing-table.ts';
import type { WindowEntry } from '../../../src/domain/health/window.ts';
import type { WindowSummary } from '../../../src/domain/health/window-summary.ts';

/** Saturday 21 November 2026, 14:30 UTC. */
export const NOW = Date.UTC(2026, 10, 21, 14, 30);
export const CARD_BR: SegmentKey = segmentKey('CARD', 'BR');
export const id = asProcessorId;
export const CLOSED = { state: 'CLOSED' } as const;
export const OPEN: BreakerView = { state: 'OPEN', openedAt: NOW - 10_000, reopensAt: NOW + 50_000, relapses: 0 };
export const REOPENING: BreakerView = { state: 'OPEN', openedAt: NOW - 70_000, reopensAt: NOW - 10_000, relapses: 0 };
export const HALF_OPEN = {
  state: 'HALF_OPEN',
  since: NOW - 1_000,
  permitsOut: 0,
  permitsMax: 5,
  relapses: 0,
} as const;

export function processor(name: string, changes: Partial<RegisteredProcessor> = {}): RegisteredProcessor {
  return {
    id: id(name),
    name,
    enabled: true,
    paymentMethods: ['CARD'],
    countries: ['BR'],
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
    ...changes,
  };
}

/** `A` approved, `D` declined, `E` error, `T` timeout. */
export function windowOf(counts: { A?: number; D?: number; E?: number; T?: number }): WindowSummary {
  const of = (count: number | undefined, result: WindowEntry['result']): WindowEntry[] =>
    Array.from({ length: count ?? 0 }, () => ({
      timeMs: NOW,
      idHash: '0',
      result,
      technical: false,
      latencyMs: null,
      feeMinor: null,
      amountMinor: 15_000,
    }));
  return summarize([
    ...of(counts.A, 'approved'),
    ...of(counts.D, 'declined'),
    ...of(counts.E, 'error'),
    ...of(counts.T, 'timeout'),
  ]);
}

export interface Known {
  readonly mean?: number;
  readonly sd?: number;
  readonly weight?: number;
  readonly baseline?: number;
  readonly window?: WindowSummary;
  readonly whole?: BreakerView;
  readonly breaker?: BreakerView;
  readonly epoch?: number;
  readonly version?: number;
  readonly validUntilMs?: number;
  readonly segment?: Partial<SegmentRow>;
}

export function row(name: string, known: Known = {}): StatusRow {
  const window = known.window ?? windowOf({ A: 40, D: 10 });
  const mean = known.mean ?? 0.8;
  const segment: SegmentRow = {
    segment: CARD_BR,
    window,
    breaker: known.breaker ?? CLOSED,
    effectiveStatus: window.status,
    belief: { mean, sd: known.sd ?? 0.03, weight: known.weight ?? 200, baseline: known.baseline ?? mean },
    latency: { p50Ms: 200, p95Ms: 400, p99Ms: 600, meanMs: 250 },
    meanFeeMinor: null,
    lastResultAtMs: null,
    resultDelayP99Ms: 1_000,
    signals: [],
    ...known.segment,
  };
  return {
    format: 1,
    processorId: id(name),
    epoch: known.epoch ?? 1,
    version: known.version ?? 1,
    publishedAtMs: NOW - 500,
    validUntilMs: known.validUntilMs ?? NOW + 600_000,
    window,
    breaker: known.whole ?? CLOSED,
    effectiveStatus: window.status,
    healthScore: 1,
    latency: null,
    meanFeeMinor: null,
    lastResultAtMs: NOW - 500,
    counters: { approved: 0, declined: 0, error: 0, timeout: 0, duplicate: 0, refused: 0, trips: 0 },
    segments: [segment],
  };
}

export function tableData(
  processors: readonly RegisteredProcessor[],
  rows: readonly StatusRow[] = [],
  changes: { configuration?: Partial<Configuration>; data?: Partial<TableData> } = {},
): TableData {
  return {
    configuration: { ...EMPTY_CONFIGURATION, version: 1, processors, ...changes.configuration },
    rows: new Map(rows.map((each) => [each.processorId, each])),
    silences: [],
    segmentRates: new Map(),
    asOfMs: NOW,
    ...changes.data,
  };
}

export const table = (...given: Parameters<typeof tableData>): RoutingTable => compileTable(tableData(...given));

export const REQUEST: RouteRequest = {
  paymentMethod: 'CARD',
  country: 'BR',
  amountMinor: 15_000,
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

export const moment = (changes: Partial<DecideMoment> = {}): DecideMoment => ({
  now: NOW,
  seed: 1n,
  tableAgeMs: 0,
  permits: new Map(),
  explainAll: false,
  ...changes,
});

export const decideOn = (
  on: RoutingTable,
  request: Partial<RouteRequest> = {},
  at: Partial<DecideMoment> = {},
): Decision => decide(on, { ...REQUEST, ...request }, moment(at));

/** A seed per index, spread over all 64 bits. */
export const seedOf = (index: number): bigint => BigInt.asUintN(64, BigInt(index + 1) * 0x9e3779b97f4a7c15n);

/** How often each processor was chosen over many seeds. */
export function tally(
  on: RoutingTable,
  times: number,
  request: Partial<RouteRequest> = {},
  at: Partial<DecideMoment> = {},
): Map<string, number> {
  const counts = new Map<string, number>();
  for (let index = 0; index < times; index += 1) {
    const chosen = decideOn(on, request, { ...at, seed: seedOf(index) }).chosen ?? 'nobody';
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  }
  return counts;
}

export function rule(ruleId: string, changes: Pick<Rule, 'action'> & Partial<Rule>): Rule {
  return {
    id: ruleId,
    name: ruleId,
    enabled: true,
    priority: 0,
    paymentMethods: [],
    countries: [],
    currencies: [],
    condition: null,
    when: null,
    ...changes,
  };
}

export function override(kind: Override['kind'], processorId: ProcessorId, changes: Partial<Override> = {}): Override {
  return {
    id: `ovr_${kind}`,
    processorId,
    segment: null,
    kind,
    who: 'key_1',
    why: 'maintenance',
    createdAtMs: NOW - 1_000,
    expiresAtMs: NOW + 60_000,
    ...changes,
  };
}

/** Decisions a second by segment; `toLimited`, those of them that went to processors with a `maxTps`. */
export const segmentRates = (
  perSecond: Readonly<Record<string, number>>,
  toLimited: Readonly<Record<string, Readonly<Record<string, number>>>> = {},
): Map<SegmentKey, SegmentRate> =>
  new Map(
    Object.entries(perSecond).map(([name, rate]) => {
      const segment = name as SegmentKey;
      const parts = Object.entries(toLimited[name] ?? {});
      const own = parts.map(([processorId, part]) => ({ processorId: id(processorId), perSecond: part }));
      return [segment, { segment, perSecond: rate, toLimited: own }];
    }),
  );

/** Probabilities by processor, in the order of the configuration. */
export function sharesOf(
  on: RoutingTable,
  strategy: RouteRequest['strategy'],
  request: Partial<RouteRequest> = {},
  at: Partial<DecideMoment> = {},
): number[] {
  const { ranked } = decideOn(on, { ...request, strategy }, at);
  return on.data.configuration.processors.map(
    (each) => ranked.find(({ processorId }) => processorId === each.id)?.probability ?? 0,
  );
}

/** An approval far below its own baseline: collapsed where the others are well. */
export const SICK: DetectorSignal = {
  kind: 'approval',
  sinceMs: NOW - 60_000,
  baseline: 0.8,
  recent: 0.1,
  attempts: 40,
};
