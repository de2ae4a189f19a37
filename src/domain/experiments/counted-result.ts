// Which results count for an arm of an experiment, and what each adds to what was counted. Rules: SPEC.md [EXP].
import type { ArmTally } from './arm-tally.ts';
import type { CanonicalResult } from '../results/canonical-result.ts';

export interface CountedArm {
  readonly run: string;
  readonly arm: 1 | 2;
}

/** First attempts alone, at the processor that was decided: one payment counts once. Sources that tell successes only tell no rate. */
export function countedArm({ decision, attempt, teachesApproval }: CanonicalResult): CountedArm | null {
  if (decision?.run === undefined || decision.arm === 0 || decision.offRecommendation) return null;
  if (attempt !== 1 || teachesApproval === false) return null;
  return { run: decision.run, arm: decision.arm === 1 ? 1 : 2 };
}

/** A timeout counts as no success until it is settled: left out, an arm would gain by every attempt that it loses sight of. `null`: counts nothing. */
export function countOf(result: CanonicalResult, settles: boolean): ArmTally | null {
  const successes = result.result === 'approved' ? 1 : 0;
  switch (result.result) {
    case 'timeout':
      return { count: 1, successes, open: 1, values: [] };
    case 'approved':
    case 'declined':
    case 'error':
      return { count: settles ? 0 : 1, successes, open: settles ? -1 : 0, values: valuesOf(result) };
    case 'refunded':
    case 'disputed':
      return null;
  }
}

function valuesOf({ result, amountMinor, feeMinor, currency }: CanonicalResult): ArmTally['values'] {
  if (feeMinor === null) return [];
  const value = (result === 'approved' ? amountMinor : 0) - feeMinor;
  return [{ currency, count: 1, sum: value, squares: value * value }];
}
