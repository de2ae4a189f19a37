// What the last ten minutes or so were like, older minutes weighing less: the measure of how grave an anomaly is now.
import type { PaymentMinute } from './payment-minute.ts';

const HALVED_AFTER_MINUTES = 4;

/** Plain JSON: weighted sums. */
export interface RecentMinutes {
  minute: number | null;
  minutes: number;
  attempts: number;
  failures: number;
  declines: number;
  approvals: number;
  invalid: number;
  amountMinor: number;
  slow: number;
  answered: number;
  small: number;
  distinct: number;
  busiestBin: number;
  busiestFingerprint: number;
}

export function createRecentMinutes(): RecentMinutes {
  const sums = { minutes: 0, attempts: 0, failures: 0, declines: 0, approvals: 0, invalid: 0, amountMinor: 0 };
  const more = { slow: 0, answered: 0, small: 0, distinct: 0, busiestBin: 0, busiestFingerprint: 0 };
  return { minute: null, ...sums, ...more };
}

export function addMinute(
  recent: RecentMinutes,
  minute: PaymentMinute,
  counts: { readonly slow: number; readonly answered: number; readonly small: number },
): void {
  const passed = recent.minute === null ? 1 : Math.max(1, minute.minute - recent.minute);
  const kept = 0.5 ** (passed / HALVED_AFTER_MINUTES);
  const add = (sum: number, part: number): number => sum * kept + part;
  recent.minutes = add(recent.minutes, 1);
  recent.attempts = add(recent.attempts, minute.attempts);
  recent.failures = add(recent.failures, minute.failures);
  recent.declines = add(recent.declines, minute.declines);
  recent.approvals = add(recent.approvals, minute.approvals);
  recent.invalid = add(recent.invalid, minute.invalidDeclines);
  recent.amountMinor = add(recent.amountMinor, minute.amountMinor);
  recent.slow = add(recent.slow, counts.slow);
  recent.answered = add(recent.answered, counts.answered);
  recent.small = add(recent.small, counts.small);
  recent.distinct = add(recent.distinct, minute.fingerprintsDistinct);
  recent.busiestBin = add(recent.busiestBin, minute.busiestBin);
  recent.busiestFingerprint = add(recent.busiestFingerprint, minute.busiestFingerprint);
  recent.minute = minute.minute;
}

/** 0 where there is nothing to divide by. */
export function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
