// When a processor's approval is so far gone, and only its own, that it keeps no more than a trickle; the share itself is set in routing.
import type { SegmentRow } from '../health/status-row.ts';

/** Of one processor in one segment. Rates of approval, 0-1. */
export interface ApprovalHealth {
  readonly baseline: number;
  readonly recent: number;
  /** Attempts that `recent` rests on. */
  readonly attempts: number;
  /** The approval detector is on. */
  readonly signalOn: boolean;
}

const COLLAPSED_RATIO = 0.35;
/** Others without a signal are no witnesses on fewer attempts. */
const WITNESS_ATTEMPTS = 30;

/**
 * Others bear witness once they have data or a signal; half of them must be calm. Without any witness an issuer's doing cannot be told
 * from the processor's own, and ranking by belief is left to do what it can.
 */
export function approvalCollapsed(own: ApprovalHealth, others: readonly ApprovalHealth[]): boolean {
  if (!own.signalOn || own.recent >= COLLAPSED_RATIO * own.baseline) return false;
  const witnesses = others.filter(({ attempts, signalOn }) => signalOn || attempts >= WITNESS_ATTEMPTS);
  const calm = witnesses.filter(({ signalOn, recent, baseline }) => !signalOn && recent >= COLLAPSED_RATIO * baseline);
  return witnesses.length > 0 && 2 * calm.length >= witnesses.length;
}

/** The same as a published row tells it. */
export function approvalHealthOf(row: Pick<SegmentRow, 'belief' | 'signals'>): ApprovalHealth {
  const signal = row.signals.find(({ kind }) => kind === 'approval');
  if (signal) return { baseline: signal.baseline, recent: signal.recent, attempts: signal.attempts, signalOn: true };
  return { baseline: row.belief.baseline, recent: row.belief.mean, attempts: row.belief.weight, signalOn: false };
}
