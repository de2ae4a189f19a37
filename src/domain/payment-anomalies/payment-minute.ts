// One minute of one scope (a processor, a segment, everything) in sums: all that the anomalies of payments are seen by.
import type { SketchSnapshot } from '../health/latency-sketch.ts';

/** Sums of different parts of a scope add up, but for `busiest`, which is the largest. */
export interface PaymentMinute {
  /** Whole minutes since 1970. */
  readonly minute: number;
  readonly attempts: number;
  /** Technical: errors and timeouts. */
  readonly failures: number;
  readonly declines: number;
  readonly approvals: number;
  /** Declines for data that cannot be right: card number, security code, expiry. */
  readonly invalidDeclines: number;
  /** Sum over the attempts, in minor units of one currency. */
  readonly amountMinor: number;
  readonly latency: SketchSnapshot | null;
  readonly errorCodes: Readonly<Record<string, number>>;
  readonly declineCodes: Readonly<Record<string, number>>;
  /** Attempts by `amountBin`. */
  readonly amountBins: Readonly<Record<string, number>>;
  readonly fingerprintsDistinct: number;
  /** Attempts of the one fingerprint, and of the one BIN, that had most. */
  readonly busiestFingerprint: number;
  readonly busiestBin: number;
}

const COUNT_MAX = 1e9;
const AMOUNT_MAX = 1e18;

/** Two bins to each doubling, of the minor units; what is no amount counts as 0. */
export function amountBin(amountMinor: number): string {
  return String(Math.round(2 * Math.log2(1 + (amountMinor > 0 ? Math.min(amountMinor, 1e15) : 0))));
}

/** Negative counts and what is no number count as none, absurd ones as the most there can be; parts are no more than the whole. */
export function cleanMinute(raw: PaymentMinute): PaymentMinute {
  const attempts = cleanCount(raw.attempts);
  const part = (count: number): number => Math.min(attempts, cleanCount(count));
  return {
    minute: raw.minute,
    attempts,
    failures: part(raw.failures),
    declines: part(raw.declines),
    approvals: part(raw.approvals),
    invalidDeclines: part(raw.invalidDeclines),
    amountMinor: raw.amountMinor > 0 ? Math.min(raw.amountMinor, AMOUNT_MAX) : 0,
    latency: raw.latency,
    errorCodes: raw.errorCodes,
    declineCodes: raw.declineCodes,
    amountBins: raw.amountBins,
    fingerprintsDistinct: part(raw.fingerprintsDistinct),
    busiestFingerprint: part(raw.busiestFingerprint),
    busiestBin: part(raw.busiestBin),
  };
}

export function cleanCount(count: number): number {
  return count > 0 ? Math.min(COUNT_MAX, Math.round(count)) : 0;
}
