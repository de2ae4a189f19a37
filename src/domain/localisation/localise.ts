// Says which processors, methods, countries and BINs explain that a rate rose, who is behind it, and what it costs a minute.
import { codeRises, type CodeRise } from './code-rises.ts';
import { findExplanations, type Found } from './explanation-search.ts';
import { indexLeaves } from './leaf-index.ts';
import {
  isWithin,
  narrowed,
  safeCount,
  trialsOf,
  type Combination,
  type CountWindow,
  type Measure,
} from './leaf-table.ts';
import { judge, type Verdict } from './verdict.ts';

export interface RateCount {
  readonly trials: number;
  readonly hits: number;
  /** 0-1; `null` without trials. */
  readonly rate: number | null;
}

export interface Explanation {
  /** Attributes it does not name are open; none at all: everything. */
  readonly combination: Combination;
  /** Other names of the very same leaves: the counts cannot tell them apart. */
  readonly sameLeaves: readonly Combination[];
  /** Of all that rose, 0-1. */
  readonly share: number;
  readonly before: RateCount;
  readonly after: RateCount;
  /** Hits beyond what was expected. */
  readonly excess: number;
  /** Log likelihood in its favour, in nats, over the cost of naming it. */
  readonly evidenceNats: number;
  readonly codes: readonly CodeRise[];
  readonly verdict: Verdict;
  readonly processorsRisen: readonly string[];
  readonly processorsFine: readonly string[];
  /** Approvals lost a minute times the mean amount, in minor units; `null` where the window's length or the amount is not known. */
  readonly minorAtRiskPerMinute: number | null;
}

export interface Localisation {
  readonly before: RateCount;
  readonly after: RateCount;
  /** The largest first; empty where nothing rose beyond chance. */
  readonly explanations: readonly Explanation[];
}

/** Compares two windows of counts: `baseline` should be several times as long. The order of leaves is of no consequence. */
export function localise(baseline: CountWindow, anomalous: CountWindow, measure: Measure): Localisation {
  const found = findExplanations(indexLeaves(baseline, anomalous, measure));
  const rose = found.reduce((sum, { excess }) => sum + excess, 0);
  return {
    before: rateIn(baseline, {}, measure),
    after: rateIn(anomalous, {}, measure),
    explanations: found.map((each) => explanationOf({ baseline, anomalous, measure }, each, rose)),
  };
}

interface Windows {
  readonly baseline: CountWindow;
  readonly anomalous: CountWindow;
  readonly measure: Measure;
}

function explanationOf(windows: Windows, found: Found, rose: number): Explanation {
  const { measure } = windows;
  const { combination, sameLeaves, excess, gain } = found;
  const baseline = narrowed(windows.baseline, combination);
  const anomalous = narrowed(windows.anomalous, combination);
  const isOtherwise = (twin: Combination): boolean =>
    (twin.processor === undefined) !== (combination.processor === undefined);
  const codes = codeRises(baseline, anomalous, combination);
  const { verdict, rose: processorsRisen, fine: processorsFine } = judge(windows, combination, codes);
  return {
    combination,
    sameLeaves,
    share: excess / rose,
    before: rateIn(baseline, combination, measure),
    after: rateIn(anomalous, combination, measure),
    excess,
    evidenceNats: gain,
    codes,
    verdict: verdict !== 'merchant' && sameLeaves.some(isOtherwise) ? 'unclear' : verdict,
    processorsRisen,
    processorsFine,
    minorAtRiskPerMinute: moneyAtRisk({ baseline, anomalous, measure }, combination, excess),
  };
}

function rateIn({ leaves }: CountWindow, combination: Combination, measure: Measure): RateCount {
  let [trials, hits] = [0, 0];
  for (const leaf of leaves) {
    if (!isWithin(leaf, combination)) continue;
    const counts = trialsOf(leaf, measure);
    trials += counts.trials;
    hits += counts.hits;
  }
  return { trials, hits, rate: trials === 0 ? null : hits / trials };
}

/** A technical failure loses only what would have been approved. */
function moneyAtRisk(
  { baseline, anomalous, measure }: Windows,
  combination: Combination,
  excess: number,
): number | null {
  let [attempts, amountMinor] = [0, 0];
  for (const leaf of anomalous.leaves) {
    if (!isWithin(leaf, combination)) continue;
    attempts += safeCount(leaf.attempts);
    amountMinor += safeCount(leaf.amountMinor);
  }
  if (!(anomalous.minutes > 0) || attempts === 0 || amountMinor === 0) return null;
  const lost = measure === 'failure' ? excess * usualApproval(baseline, combination) : excess;
  return Math.round(((lost / anomalous.minutes) * amountMinor) / attempts);
}

/** Approvals of what did not fail; all, where nothing is known. */
function usualApproval({ leaves }: CountWindow, combination: Combination): number {
  let [answered, approvals] = [0, 0];
  for (const leaf of leaves) {
    if (!isWithin(leaf, combination)) continue;
    answered += trialsOf(leaf, 'decline').trials;
    approvals += Math.min(trialsOf(leaf, 'decline').trials, safeCount(leaf.approvals));
  }
  return answered === 0 ? 1 : approvals / answered;
}
