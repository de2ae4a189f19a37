// Minutes of which every number is told: quiet ones, and what tests change in them.
import type { PaymentMinute } from '../../../src/domain/payment-anomalies/payment-minute.ts';
import { createScopeWatch, watchMinute, type ScopeWatch } from '../../../src/domain/payment-anomalies/scope-watch.ts';
import type { Finding } from '../../../src/domain/payment-anomalies/findings.ts';
import { LatencySketch } from '../../../src/domain/health/latency-sketch.ts';

/** A Monday at midnight. */
export const MONDAY = 29_400_480;
export const ORDINARY = { sensitivity: 0.5, falseAlarms: {} } as const;

const latencies = new Map<string, PaymentMinute['latency']>();

function latencyOf(attempts: number, times: number): PaymentMinute['latency'] {
  const key = `${attempts} ${times}`;
  const latency = latencies.get(key) ?? sketchOf(attempts, times);
  latencies.set(key, latency);
  return latency;
}

function sketchOf(attempts: number, times: number): PaymentMinute['latency'] {
  const sketch = new LatencySketch();
  for (let i = 0; i < attempts; i++) sketch.add(times * (200 + 20 * i));
  return sketch.snapshot();
}

/** 20 attempts: 1 error, 2 declines, 17 approvals; 1,000 minor units each. `hours` lets counts sway a little, without dice. */
export function quietMinute(minute: number): PaymentMinute {
  const attempts = 20 + ((minute * 7) % 5) - 2;
  return {
    minute,
    attempts,
    failures: minute % 3 === 0 ? 1 : 0,
    declines: 2,
    approvals: attempts - 2 - (minute % 3 === 0 ? 1 : 0),
    invalidDeclines: minute % 5 === 0 ? 1 : 0,
    amountMinor: 1_000 * attempts,
    latency: latencyOf(attempts, 1),
    errorCodes: minute % 3 === 0 ? { timeout: 1 } : {},
    declineCodes: { insufficient_funds: 1, do_not_honor: 1 },
    amountBins: { '19': Math.floor(attempts / 2), '20': attempts - Math.floor(attempts / 2) },
    fingerprintsDistinct: attempts,
    busiestFingerprint: 1,
    busiestBin: 3,
  };
}

export function emptyMinute(minute: number): PaymentMinute {
  const none = { attempts: 0, failures: 0, declines: 0, approvals: 0, invalidDeclines: 0, amountMinor: 0 };
  const codes = { errorCodes: {}, declineCodes: {}, amountBins: {}, latency: null };
  return { minute, ...none, ...codes, fingerprintsDistinct: 0, busiestFingerprint: 0, busiestBin: 0 };
}

export type Change = (minute: PaymentMinute) => PaymentMinute;

export const CHANGES = {
  outage: (at) => ({
    ...at,
    failures: at.attempts,
    declines: 0,
    approvals: 0,
    declineCodes: {},
    invalidDeclines: 0,
    errorCodes: { timeout: at.attempts },
  }),
  brownOut: (at) => ({ ...at, failures: at.failures + 8, approvals: at.approvals - 8, errorCodes: { http_503: 8 } }),
  otherErrors: (at) => ({ ...at, failures: 3, approvals: at.approvals - 2, errorCodes: { http_503: 3 } }),
  otherDeclines: (at) => ({ ...at, declineCodes: { lost_card: at.declines } }),
  spike: (at) => ({
    ...at,
    attempts: 5 * at.attempts,
    declines: 10,
    failures: 1,
    approvals: 5 * at.attempts - 11,
    fingerprintsDistinct: 5 * at.attempts,
  }),
  silence: (at) => emptyMinute(at.minute),
  slow: (at) => ({ ...at, latency: latencyOf(at.attempts, 3) }),
  amounts: (at) => ({ ...at, amountBins: { '26': at.attempts } }),
  cardTesting: (at) => ({
    ...at,
    attempts: at.attempts + 20,
    declines: 20,
    approvals: at.attempts + 20 - 20 - at.failures,
    invalidDeclines: 18,
    declineCodes: { incorrect_number: 18, do_not_honor: 2 },
    amountBins: { ...at.amountBins, '13': 20 },
    fingerprintsDistinct: at.attempts + 20,
    busiestBin: 22,
  }),
  oneCard: (at) => ({ ...at, busiestFingerprint: 15, fingerprintsDistinct: 6 }),
} as const satisfies Record<string, Change>;

/** Three quiet days, then `change` for an hour; what was found, minute by minute, from then on. */
export function afterQuiet(change: Change, settings = ORDINARY as Parameters<typeof watchMinute>[2]): Finding[][] {
  const watch = quietWatch(3);
  const begin = MONDAY + 3 * 1_440;
  return Array.from({ length: 60 }, (_, i) => watchMinute(watch, change(quietMinute(begin + i)), settings));
}

export function quietWatch(days: number): ScopeWatch {
  const watch = createScopeWatch();
  for (let i = 0; i < days * 1_440; i++) watchMinute(watch, quietMinute(MONDAY + i), ORDINARY);
  return watch;
}
