// What explains an anomaly: root causes by whichever measure tells most, whose fault it is, and what it costs an hour.
import { localise, type Explanation, type RateCount } from '../localisation/localise.ts';
import type { AnomalyKind } from './detection-limits.ts';
import type { CodeRise } from '../localisation/code-rises.ts';
import type { Combination, CountWindow, Leaf, Measure } from '../localisation/leaf-table.ts';
import type { Verdict } from '../localisation/verdict.ts';

/** A leaf, and how many of its answers were slower than nine in ten are. */
export interface SlowLeaf extends Leaf {
  readonly answered: number;
  readonly slow: number;
}

export interface CauseWindow {
  readonly minutes: number;
  readonly leaves: readonly SlowLeaf[];
}

export interface Cause {
  readonly combination: Combination;
  readonly alsoNamed: readonly Combination[];
  /** What rose there. */
  readonly measure: CauseMeasure;
  /** `attack`: somebody tries out cards. */
  readonly verdict: Verdict | 'attack';
  /** Of all that rose, 0-1. */
  readonly share: number;
  readonly before: RateCount;
  readonly after: RateCount;
  readonly excess: number;
  readonly evidenceNats: number;
  readonly codes: readonly CodeRise[];
  readonly processorsRisen: readonly string[];
  readonly processorsFine: readonly string[];
  readonly minorAtRiskPerHour: number | null;
}

export type CauseMeasure = Measure | 'slow';

const MEASURES: Readonly<Record<AnomalyKind, readonly CauseMeasure[]>> = {
  success_drop: ['failure', 'decline'],
  error_mix: ['failure'],
  decline_mix: ['decline'],
  card_testing: ['decline'],
  velocity: ['decline'],
  latency_shift: ['slow'],
  metric_shift: ['failure', 'decline', 'slow'],
  // No rate that localisation could compare.
  volume_spike: [],
  volume_drop: [],
  amount_shift: [],
};
const CAUSES_MAX = 5;
const NAMES_MAX = 20;

export const isExplainable = (kind: AnomalyKind): boolean => MEASURES[kind].length > 0;

/** `usual` should be several times as long as `during`. */
export function explainAnomaly(kind: AnomalyKind, usual: CauseWindow, during: CauseWindow): Cause[] {
  let best: { readonly measure: CauseMeasure; readonly explanations: readonly Explanation[] } | null = null;
  for (const measure of MEASURES[kind]) {
    const { explanations } =
      measure === 'slow'
        ? localise(slownessOf(usual), slownessOf(during), 'failure')
        : localise(usual, during, measure);
    if (best === null || evidenceIn(explanations) > evidenceIn(best.explanations)) best = { measure, explanations };
  }
  return (best?.explanations ?? []).slice(0, CAUSES_MAX).map((each) => causeOf(each, kind, best!.measure));
}

function evidenceIn(explanations: readonly Explanation[]): number {
  return explanations.reduce((sum, { evidenceNats }) => sum + evidenceNats, 0);
}

/** Slow answers in the place of failures: codes and amounts say nothing of them. */
function slownessOf({ minutes, leaves }: CauseWindow): CountWindow {
  return {
    minutes,
    leaves: leaves.map(({ processor, method, country, bin, answered, slow }) => ({
      ...{ processor, method, country, bin },
      ...{ attempts: answered, failures: slow, declines: 0, approvals: Math.max(0, answered - slow), amountMinor: 0 },
    })),
  };
}

function causeOf(explanation: Explanation, kind: AnomalyKind, measure: CauseMeasure): Cause {
  const { combination, sameLeaves, share, before, after, excess, evidenceNats, minorAtRiskPerMinute } = explanation;
  const isAttack = kind === 'card_testing' || kind === 'velocity';
  return {
    combination,
    alsoNamed: sameLeaves.slice(0, CAUSES_MAX),
    measure,
    verdict: isAttack ? 'attack' : explanation.verdict,
    share,
    before,
    after,
    excess,
    evidenceNats,
    codes: explanation.codes,
    processorsRisen: explanation.processorsRisen.slice(0, NAMES_MAX),
    processorsFine: explanation.processorsFine.slice(0, NAMES_MAX),
    minorAtRiskPerHour: minorAtRiskPerMinute === null ? null : Math.round(60 * minorAtRiskPerMinute),
  };
}

/** `processor_b, CARD in BR, BIN 411111` */
export function causeText({ processor, method, country, bin }: Combination): string {
  const where = [method, country === undefined ? undefined : `in ${country}`].filter((part) => part !== undefined);
  const parts = [
    ...(processor === undefined ? [] : [processor]),
    ...(where.length === 0 ? [] : [where.join(' ')]),
    ...(bin === undefined ? [] : [`BIN ${bin}`]),
  ];
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

/** Whether another look says the same in what people go by. */
export function areAlike(left: readonly Cause[], right: readonly Cause[]): boolean {
  const namesOf = (causes: readonly Cause[]): string =>
    causes.map(({ combination, verdict }) => `${causeText(combination)} ${verdict}`).join('; ');
  return namesOf(left) === namesOf(right);
}
