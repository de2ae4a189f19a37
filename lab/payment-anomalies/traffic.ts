// Simulated minutes of one scope: hours and weekdays, days that differ, codes, latencies, amounts, cards; and faults that are put in.
import { amountBin, type PaymentMinute } from '../../src/domain/payment-anomalies/payment-minute.ts';
import { drawBinomial, drawPoisson } from '../localisation/cases.ts';
import { drawNormal } from '../sampling.ts';
import { LatencySketch } from '../../src/domain/health/latency-sketch.ts';
import { seededDraws } from '../detection/seeded-draws.ts';

export interface Fault {
  /** Minutes from the beginning. */
  readonly from: number;
  readonly to: number;
  /** Share of the attempts that fail technically on top. */
  readonly failing?: number;
  /** Share of what would be approved that is declined by issuers. */
  readonly declined?: number;
  readonly volumeTimes?: number;
  readonly latencyTimes?: number;
  readonly amountTimes?: number;
  /** Attempts a minute by somebody who tries out cards of one BIN. */
  readonly cardTests?: number;
}

export interface Traffic {
  readonly name: string;
  readonly perMinute: number;
  readonly days: number;
  readonly faults: readonly Fault[];
}

/** A Monday, at midnight. */
export const START_MINUTE = 29_400_480;
const DECLINE_CODES = {
  insufficient_funds: 0.45,
  do_not_honor: 0.3,
  suspected_fraud: 0.1,
  expired_card: 0.08,
  incorrect_cvc: 0.07,
};
const INVALID = ['expired_card', 'incorrect_cvc', 'incorrect_number'];
const ERROR_CODES = { timeout: 0.6, http_502: 0.3, rate_limited: 0.1 };
/** Latencies and amounts are drawn for so many attempts of a minute at most, and stand for all. */
const DRAWN_MAX = 40;

export function* minutesOf({ name, perMinute, days, faults }: Traffic): Generator<PaymentMinute> {
  const draw = seededDraws(name);
  let [level, loss, pace] = [0, 0, 0];
  for (let at = 0; at < days * 1_440; at++) {
    // Days, hours and spells differ from their like: slow walks back to the middle.
    level += -level / 600 + 0.007 * drawNormal(draw);
    loss += -loss / 600 + 0.007 * drawNormal(draw);
    pace += -pace / 600 + 0.005 * drawNormal(draw);
    const hour = (at / 60) % 24;
    const weekend = Math.floor(at / 1_440) % 7 >= 5 ? 0.7 : 1;
    const season = weekend * (0.15 + 0.85 * Math.sin((Math.PI * hour) / 24) ** 2);
    const on = faults.filter(({ from, to }) => at >= from && at < to);
    const times = on.reduce((product, { volumeTimes = 1 }) => product * volumeTimes, 1);
    const attempts = drawPoisson(perMinute * times * season * Math.exp(level + 0.12 * drawNormal(draw)), draw);
    yield minuteOf({ minute: START_MINUTE + at, attempts, loss, pace, hour, on }, draw);
  }
}

interface Moment {
  readonly minute: number;
  readonly attempts: number;
  readonly loss: number;
  readonly pace: number;
  readonly hour: number;
  readonly on: readonly Fault[];
}

function minuteOf({ minute, attempts, loss, pace, hour, on }: Moment, draw: () => number): PaymentMinute {
  const sum = (of: (fault: Fault) => number | undefined): number =>
    on.reduce((all, fault) => all + (of(fault) ?? 0), 0);
  const times = (of: (fault: Fault) => number | undefined): number =>
    on.reduce((all, fault) => all * (of(fault) ?? 1), 1);
  const tests = drawPoisson(
    sum(({ cardTests }) => cardTests),
    draw,
  );
  const ordinary = drawBinomial(attempts, 0.01 * Math.exp(loss), draw);
  const struck = drawBinomial(
    attempts - ordinary,
    Math.min(
      1,
      sum(({ failing }) => failing),
    ),
    draw,
  );
  const failures = ordinary + struck;
  // Nights decline more: fewer funds, other countries.
  const declining = (0.14 + 0.05 * Math.cos((Math.PI * hour) / 12)) * Math.exp(loss);
  const declines = drawBinomial(attempts - failures, Math.min(1, declining + sum(({ declined }) => declined)), draw);
  const declineCodes = divide(declines, DECLINE_CODES, draw);
  const extra = drawBinomial(
    declines,
    sum(({ declined }) => declined) / (declining + sum(({ declined }) => declined)),
    draw,
  );
  if (extra > 0) declineCodes['do_not_honor'] = (declineCodes['do_not_honor'] ?? 0) + extra;
  if (tests > 0) declineCodes['incorrect_number'] = drawBinomial(tests, 0.8, draw);
  const sketch = new LatencySketch();
  const amountBins: Record<string, number> = {};
  const drawn = Math.min(attempts, DRAWN_MAX);
  let amountMinor = 100 * tests;
  for (let i = 0; i < drawn; i++) {
    sketch.add(450 * times(({ latencyTimes }) => latencyTimes) * Math.exp(pace + 0.5 * drawNormal(draw)));
    const amount = 4_000 * times(({ amountTimes }) => amountTimes) * Math.exp(0.9 * drawNormal(draw));
    amountMinor += (amount * attempts) / drawn;
    amountBins[amountBin(amount)] = (amountBins[amountBin(amount)] ?? 0) + 1;
  }
  if (tests > 0) amountBins[amountBin(100)] = (amountBins[amountBin(100)] ?? 0) + tests;
  return {
    minute,
    attempts: attempts + tests,
    failures,
    declines: declines + (declineCodes['incorrect_number'] ?? 0),
    approvals: attempts - failures - declines + tests - (declineCodes['incorrect_number'] ?? 0),
    invalidDeclines: INVALID.reduce((all, code) => all + (declineCodes[code] ?? 0), 0),
    amountMinor,
    latency: sketch.snapshot(),
    errorCodes: { ...divide(ordinary, ERROR_CODES, draw), http_503: struck },
    declineCodes,
    amountBins,
    fingerprintsDistinct: Math.max(Math.min(1, attempts), drawBinomial(attempts, 0.96, draw)) + tests,
    busiestFingerprint: attempts + tests === 0 ? 0 : 1 + drawPoisson(0.02 * attempts, draw),
    busiestBin: Math.max(Math.min(attempts, 1 + drawPoisson(0.08 * attempts, draw)), tests),
  };
}

function divide(count: number, shares: Readonly<Record<string, number>>, draw: () => number): Record<string, number> {
  const counts: Record<string, number> = {};
  let [left, shareLeft] = [count, 1];
  for (const [name, share] of Object.entries(shares)) {
    const part = drawBinomial(left, Math.min(1, share / shareLeft), draw);
    if (part > 0) counts[name] = part;
    left -= part;
    shareLeft -= share;
  }
  return counts;
}
