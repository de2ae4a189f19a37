// A house as healing sees it, well in everything but what a test says.
import { EMPTY_CONFIGURATION, type Override } from '../../../src/domain/configuration/configuration.ts';
import { asProcessorId, type ProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import type { BreakerTransition, HealthDetail, RecentResult } from '../../../src/domain/health/health-detail.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../../../src/domain/processor-config.ts';
import { HEALING_DEFAULT } from '../../../src/domain/healing/healing-settings.ts';
import { begun, type HealingAction, type HealingPlan } from '../../../src/domain/healing/healing-action.ts';
import { planHealing, type SweepQuestion } from '../../../src/domain/healing/plan-healing.ts';
import type { BreakerView } from '../../../src/domain/health/status-row.ts';
import { beliefOf, createLearner } from '../../../src/domain/learning/posterior.ts';
import type { HouseSnapshot, SeenLetters } from '../../../src/domain/healing/snapshot.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import { statusOf } from './status-of.ts';

export const NOW = Date.UTC(2026, 10, 21, 12);
export const MINUTE = 60_000;
export const [A, B, C] = ['a', 'b', 'c'].map(asProcessorId) as [ProcessorId, ProcessorId, ProcessorId];
export const PIX = segmentKey('PIX', 'BR');
export const CARD = segmentKey('CARD', 'BR');

export interface Given {
  readonly methods?: readonly string[];
  readonly enabled?: boolean;
  readonly maxShare?: number | null;
  readonly breaker?: BreakerView;
  readonly breakers?: Readonly<Record<string, BreakerView>>;
  /** Technical failures among 40 in the window of each segment. */
  readonly failed?: Readonly<Record<string, number>>;
  /** Results in the window of each segment, where they are not 40. */
  readonly totals?: Readonly<Record<string, number>>;
  /** Left out: those of the windows, all of them ten minutes old. */
  readonly recent?: readonly RecentResult[];
  readonly transitions?: readonly BreakerTransition[];
  readonly isAway?: boolean;
  readonly lastResultAtMs?: number;
  readonly boardResultAtMs?: number;
  readonly overdue?: number | null;
  readonly oldestUnknownAtMs?: number | null;
}

export const CLOSED: BreakerView = { state: 'CLOSED' };
export const open = (openedAt: number): BreakerView => ({
  state: 'OPEN',
  openedAt,
  reopensAt: openedAt + MINUTE,
  relapses: 0,
});

export const results = (count: number, result: RecentResult['result'], fromMs: number, segment = PIX): RecentResult[] =>
  Array.from({ length: count }, (_, index) => ({ timeMs: fromMs + index + 1, segment, result, latencyMs: 100 }));

/** What a processor's object tells of its windows: the newest 50, newest first. */
const newest = (recent: readonly RecentResult[]): RecentResult[] =>
  recent.toSorted((left, right) => right.timeMs - left.timeMs).slice(0, 50);

const windowResults = (segment: SegmentKey, failures: number, fromMs: number): RecentResult[] => [
  ...results(failures, 'error', fromMs, segment),
  ...results(40 - failures, 'approved', fromMs + failures, segment),
];

function registered(
  id: string,
  { methods = ['PIX', 'CARD'], enabled = true, maxShare = null }: Given,
): RegisteredProcessor {
  return {
    id: asProcessorId(id),
    name: id,
    enabled,
    paymentMethods: methods,
    countries: ['BR'],
    currencies: null,
    amountLimits: [],
    credentialKinds: null,
    feeFixedMinor: 0,
    feeBps: 0,
    maxTps: null,
    maxShare,
    minShare: null,
    priority: 0,
    weight: 1,
    breaker: BREAKER_DEFAULTS,
    epoch: 1,
    revision: 1,
  };
}

function detailOf(processor: RegisteredProcessor, given: Given, now: number): HealthDetail {
  const { breaker = CLOSED, breakers = {}, failed = {}, totals = {}, transitions = [], lastResultAtMs = now } = given;
  const keys = processor.paymentMethods.map((method) => segmentKey(method, 'BR'));
  const recent = given.recent ?? keys.flatMap((key) => windowResults(key, failed[key] ?? 0, now - 10 * MINUTE));
  const plain = { latency: null, meanFeeMinor: null, lastResultAtMs };
  const window = statusOf(40, 0);
  const segments = keys.map((segment) => {
    const own = statusOf(totals[segment] ?? 40, failed[segment] ?? 0);
    const view = breakers[segment] ?? CLOSED;
    const effectiveStatus = view.state === 'OPEN' ? ('DOWN' as const) : own.status;
    const belief = beliefOf(createLearner());
    return {
      segment,
      window: own,
      breaker: view,
      effectiveStatus,
      belief,
      ...plain,
      resultDelayP99Ms: null,
      signals: [],
    };
  });
  const counters = { approved: 0, declined: 0, error: 0, timeout: 0, duplicate: 0, refused: 0, trips: 0 };
  const row = {
    format: 1 as const,
    processorId: processor.id,
    epoch: 1,
    version: 1,
    publishedAtMs: now,
    validUntilMs: now + MINUTE,
    window,
    breaker,
    effectiveStatus: breaker.state === 'OPEN' ? ('DOWN' as const) : ('HEALTHY' as const),
    healthScore: 1,
    ...plain,
    counters,
    segments,
  };
  return { row, timeline: [], recent: newest(recent), transitions };
}

export function houseOf(
  given: Readonly<Record<string, Given>>,
  over: Partial<HouseSnapshot> & { readonly overrides?: readonly Override[] } = {},
): HouseSnapshot {
  const { overrides = [], now = NOW, ...rest } = over;
  const processors = Object.entries(given).map(([id, one]) => registered(id, one));
  return {
    now,
    configuration: { ...EMPTY_CONFIGURATION, processors, overrides },
    processors: new Map(
      processors.map((processor) => {
        const one = given[processor.id]!;
        const { isAway = false, overdue = 0, oldestUnknownAtMs = null, lastResultAtMs = now } = one;
        const detail = isAway ? null : detailOf(processor, one, now);
        return [
          processor.id,
          {
            detail,
            overdueUnknowns: overdue,
            oldestUnknownAtMs,
            boardResultAtMs: one.boardResultAtMs ?? lastResultAtMs,
          },
        ];
      }),
    ),
    silences: [],
    boardsHeard: true,
    letters: new Map(),
    endedOverrides: [],
    alarms: [],
    sourceRevisions: new Map(),
    readers: [],
    ...rest,
  };
}

/** Of one source, the oldest of which came an hour ago. */
export const lettersOf = (count: number, oldestAtMs: number = NOW - 60 * MINUTE): ReadonlyMap<string, SeenLetters> =>
  new Map([['hooks', { count, oldestAtMs }]]);

export const overrideOf = (
  processorId: ProcessorId,
  kind: Override['kind'],
  given: Partial<Override> & { readonly segment?: SegmentKey | null } = {},
): Override => ({
  id: `ovr_${processorId}_${kind}`,
  processorId,
  segment: null,
  kind,
  who: 'key_operator',
  why: 'Because',
  createdAtMs: NOW - MINUTE,
  expiresAtMs: NOW + 60 * MINUTE,
  ...given,
});

/** What a sweep of the whole house would begin, at the default settings unless told otherwise. */
export function plannedIn(house: HouseSnapshot, over: Partial<SweepQuestion> = {}) {
  let serial = 0;
  const question: SweepQuestion = {
    now: house.now,
    byDemand: false,
    processorId: null,
    settings: HEALING_DEFAULT,
    actions: [],
    ...over,
  };
  return planHealing(house, question, { draw: () => `heal_${(serial += 1)}` });
}

export const plansIn = (house: HouseSnapshot, over: Partial<SweepQuestion> = {}): HealingPlan[] =>
  plannedIn(house, over).planned.map(({ plan }) => plan);

export const actionOf = (plan: HealingPlan, now: number): HealingAction =>
  begun(plan, { now, askedBy: 'self-healing', advises: false });
