// A simulated house, minute by minute: three processors, two methods, two countries, cards of six issuers; hours, weekdays, spells; and one fault after the other.
import { amountBin } from '../../src/domain/payment-anomalies/payment-minute.ts';
import type { AnomalyKind } from '../../src/domain/payment-anomalies/detection-limits.ts';
import type { Combination } from '../../src/domain/localisation/leaf-table.ts';
import { drawNormal } from '../sampling.ts';
import { LatencySketch } from '../../src/domain/health/latency-sketch.ts';
import { drawPoisson } from '../localisation/cases.ts';
import { processorScope, routeScope, segmentScope } from '../../src/domain/payment-anomalies/scope-name.ts';
import type { ScopeMinute } from '../../src/domain/payment-anomalies/house-watch.ts';
import { seededDraws } from '../detection/seeded-draws.ts';
import type { SlowLeaf } from '../../src/domain/payment-anomalies/explain-anomaly.ts';

export interface HouseAttempt {
  processor: string;
  method: string;
  country: string;
  bin: string;
  outcome: 'approved' | 'failed' | 'declined';
  code: string;
  amountMinor: number;
  latencyMs: number;
}

export interface HouseFault {
  readonly name: string;
  readonly kinds: readonly AnomalyKind[];
  /** What is to be named; `null`: nothing can be. */
  readonly cause: Combination | null;
  readonly volumeTimes?: number;
  /** More attempts a minute of somebody who tries out cards. */
  readonly cardTests?: number;
  readonly hit?: (attempt: HouseAttempt, draw: () => number) => void;
}

export interface HouseMinute {
  readonly minute: number;
  readonly scopes: readonly ScopeMinute[];
  readonly leaves: readonly SlowLeaf[];
}

export const PROCESSORS = ['alpha', 'beta', 'gamma'];
const SHARES = [0.45, 0.35, 0.2];
const SEGMENTS = [
  ['CARD', 'BR', 0.5],
  ['CARD', 'MX', 0.25],
  ['PIX', 'BR', 0.25],
] as const;
const BINS = ['411111', '422222', '433333', '511111', '522222', '533333'];
const LATENCY_MS = 450;
/** Nine in ten usual answers are faster. */
const SLOW_MS = 854;

/** `faultAt`: what is at work in this minute; `null`: nothing. */
export function* houseMinutes(
  { name, perMinute, days, from }: { name: string; perMinute: number; days: number; from: number },
  faultAt: (minute: number) => HouseFault | null,
): Generator<HouseMinute> {
  const draw = seededDraws(name);
  let [level, loss] = [0, 0];
  for (let at = 0; at < days * 1_440; at += 1) {
    level += -level / 600 + 0.007 * drawNormal(draw);
    loss += -loss / 600 + 0.007 * drawNormal(draw);
    const fault = faultAt(from + at);
    const season =
      (Math.floor(at / 1_440) % 7 >= 5 ? 0.7 : 1) * (0.3 + 0.7 * Math.sin((Math.PI * (at % 1_440)) / 1_440) ** 2);
    const mean = perMinute * season * Math.exp(level + 0.1 * drawNormal(draw)) * (fault?.volumeTimes ?? 1);
    const attempts = Array.from({ length: drawPoisson(mean, draw) }, () => {
      const attempt = attemptOf(draw, loss);
      fault?.hit?.(attempt, draw);
      return attempt;
    });
    const tests = Array.from({ length: drawPoisson(fault?.cardTests ?? 0, draw) }, () => cardTest(draw));
    yield minuteOf(from + at, [...attempts, ...tests]);
  }
}

function attemptOf(draw: () => number, loss: number): HouseAttempt {
  const [method, country] = pick(
    SEGMENTS,
    SEGMENTS.map(([, , share]) => share),
    draw,
  );
  const declined = (method === 'CARD' ? 0.15 : 0.06) * Math.exp(loss);
  const drawn = draw();
  const outcome = drawn < 0.01 ? 'failed' : drawn < 0.01 + declined ? 'declined' : 'approved';
  return {
    processor: pick(PROCESSORS, SHARES, draw),
    ...{ method, country, outcome },
    bin: method === 'CARD' ? BINS[Math.floor(draw() * BINS.length)]! : 'unknown',
    code: outcome === 'failed' ? 'http_502' : draw() < 0.6 ? 'insufficient_funds' : 'do_not_honor',
    amountMinor: Math.round(4_000 * Math.exp(0.9 * drawNormal(draw))),
    latencyMs: LATENCY_MS * Math.exp(0.5 * drawNormal(draw)),
  };
}

function cardTest(draw: () => number): HouseAttempt {
  const outcome = draw() < 0.9 ? 'declined' : 'approved';
  const attempt = { ...attemptOf(draw, 0), method: 'CARD', country: 'BR', bin: BINS[0]!, amountMinor: 100 };
  return { ...attempt, outcome, code: 'incorrect_number' };
}

function pick<Value>(values: readonly Value[], shares: readonly number[], draw: () => number): Value {
  let left = draw();
  const found = values.find((_, place) => (left -= shares[place]!) < 0);
  return found ?? values[0]!;
}

type Draft = { -readonly [Key in keyof ScopeMinute]: ScopeMinute[Key] } & {
  errorCodes: Record<string, number>;
  declineCodes: Record<string, number>;
  amountBins: Record<string, number>;
  latencies: LatencySketch;
  bins: Map<string, number>;
  minor: number;
};

function minuteOf(minute: number, attempts: readonly HouseAttempt[]): HouseMinute {
  const drafts = new Map<string, Draft>();
  const leaves = new Map<string, { -readonly [Key in keyof SlowLeaf]: SlowLeaf[Key] }>();
  for (const attempt of attempts) {
    const segment = `${attempt.method}|${attempt.country}`;
    const scopes = [
      '*',
      processorScope(attempt.processor),
      segmentScope(segment),
      routeScope(attempt.processor, segment),
    ];
    for (const scope of scopes) {
      const draft = drafts.get(scope) ?? draftOf(scope, minute);
      drafts.set(scope, draft);
      addTo(draft, attempt);
    }
    const { processor, method, country, bin } = attempt;
    const key = `${processor} ${segment} ${bin}`;
    const leaf = leaves.get(key) ?? {
      ...{ processor, method, country, bin, attempts: 0, failures: 0, declines: 0, approvals: 0, amountMinor: 0 },
      ...{ answered: 0, slow: 0, codes: [] },
    };
    leaves.set(key, leaf);
    leaf.attempts += 1;
    leaf.answered += 1;
    leaf.slow += Number(attempt.latencyMs > SLOW_MS);
    leaf.amountMinor += attempt.amountMinor;
    leaf[attempt.outcome === 'failed' ? 'failures' : attempt.outcome === 'declined' ? 'declines' : 'approvals'] += 1;
  }
  return { minute, scopes: [...drafts.values()].map(toldOf), leaves: [...leaves.values()] };
}

const draftOf = (scope: string, minute: number): Draft => ({
  ...{ scope, minute, attempts: 0, failures: 0, declines: 0, approvals: 0, invalidDeclines: 0, latency: null },
  ...{
    errorCodes: {},
    declineCodes: {},
    amountBins: {},
    amounts: {},
    latencies: new LatencySketch(),
    bins: new Map(),
    minor: 0,
  },
  ...{ fingerprintsDistinct: 0, busiestFingerprint: 1, busiestBin: 0 },
});

function addTo(draft: Draft, { outcome, code, amountMinor, latencyMs, bin }: HouseAttempt): void {
  draft.attempts += 1;
  draft.fingerprintsDistinct += 1;
  draft.minor += amountMinor;
  if (outcome === 'failed') draft.failures += 1;
  else if (outcome === 'declined') draft.declines += 1;
  else draft.approvals += 1;
  if (outcome === 'declined' && code === 'incorrect_number') draft.invalidDeclines += 1;
  if (outcome !== 'approved') {
    const codes = outcome === 'failed' ? draft.errorCodes : draft.declineCodes;
    codes[code] = (codes[code] ?? 0) + 1;
  }
  const amount = amountBin(amountMinor);
  draft.amountBins[amount] = (draft.amountBins[amount] ?? 0) + 1;
  draft.latencies.add(latencyMs);
  if (bin !== 'unknown') draft.bins.set(bin, (draft.bins.get(bin) ?? 0) + 1);
}

function toldOf({ latencies, bins, minor, ...draft }: Draft): ScopeMinute {
  return {
    ...draft,
    latency: latencies.snapshot(),
    amounts: { BRL: { attempts: draft.attempts, minor } },
    busiestBin: Math.max(0, ...bins.values()),
  };
}
