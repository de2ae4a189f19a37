// What a change costs an hour if nobody acts: the number beside an alert.
import type { Alert } from './alert-book.ts';
import type { DetectorSignal } from './status-row.ts';

/** Approvals lost per attempt. A technical failure loses only what would have been approved: `approval` is that rate, 0-1. */
export function lostApprovalRate(
  signal: Pick<DetectorSignal, 'kind' | 'baseline' | 'recent'>,
  approval: number,
): number {
  const lost =
    signal.kind === 'technical' ? (signal.recent - signal.baseline) * approval : signal.baseline - signal.recent;
  return Math.min(1, Math.max(0, lost));
}

/** `attemptsPerHour` is the volume before anything was shed; `null` where no volume, amount or currency is known. */
export function moneyAtRisk(
  lostRate: number,
  volume: {
    readonly attemptsPerHour: number;
    readonly meanAmountMinor: number | null;
    readonly currency: string | null;
  },
): Alert['moneyAtRisk'] {
  const { attemptsPerHour, meanAmountMinor, currency } = volume;
  if (currency === null || meanAmountMinor === null || !(attemptsPerHour > 0)) return null;
  return { minorPerHour: Math.round(lostRate * attemptsPerHour * meanAmountMinor), currency };
}
