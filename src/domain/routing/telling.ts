// Puts a choice into words and numbers: the ranking, the exclusions, the reasons; it changes nothing.
import { confidenceOf, seedReason } from '../health/status.ts';
import { effectiveStatus } from '../health/effective-status.ts';
import { expectedFeeMinor, windowOf, type Candidate } from './candidate.ts';
import { expectedFees, marginMinorOf } from './net-value.ts';
import { LOCAL_PROBE_AGE_MS } from './admission.ts';
import type { Assignment } from './experiments.ts';
import type { Contest } from './contest.ts';
import type { Decision, Exclusion, PermitWanted, RankedProcessor, ReasonCode } from './route-request.ts';
import type { ProcessorId } from '../identity.ts';
import type { Ruling } from './rules.ts';
import type { SharePlan } from './segment-plan.ts';
import type { Status } from '../health/window-summary.ts';
import type { StrategyName } from '../configuration/configuration.ts';

/** How the processor was come by. */
export interface Pick {
  readonly index: number;
  readonly how: 'draw' | 'sticky' | 'probe' | 'local_probe' | 'silence_probe' | 'overflow' | 'last_resort';
  /** By candidate; sums to 1. */
  readonly probabilities: readonly number[];
}

export interface Outcome {
  readonly ruling: Ruling;
  readonly assignment: Assignment | null;
  readonly strategy: StrategyName;
  readonly plan: SharePlan;
  readonly pick: Pick | null;
  readonly permitWanted: PermitWanted | null;
}

/** `actual`: what the merchant does whatever we say; it is the arm, with the probability we would have given it. */
export function tell(contest: Contest, outcome: Outcome, actual: ProcessorId | null): Decision {
  const { ruling, assignment, strategy, pick, permitWanted } = outcome;
  const ours = pick === null ? undefined : contest.candidates[pick.index];
  const arm = actual === null ? ours : contest.candidates.find(({ id }) => id === actual);
  return {
    segment: contest.plan.segment,
    chosen: actual ?? ours?.id ?? null,
    propensity: arm === undefined ? 0 : (pick?.probabilities[arm.index] ?? 0),
    deterministic: actual !== null || pick === null || isDeterministic(contest, outcome, pick),
    strategy,
    ruleIds: ruling.ruleIds,
    experiment: assignment === null ? null : { id: assignment.experiment.id, arm: assignment.arm },
    marginMinor: marginOf(contest, outcome),
    ranked: pick === null ? [] : rank(contest, outcome, pick),
    exclusions: exclusionsOf(contest),
    notes: contest.notes,
    reasons: reasonsOf(contest, outcome, actual !== null),
    confidence: ours === undefined ? 'none' : confidenceOf(windowOf(ours, contest.moment.now).total),
    degraded: pick !== null && contest.playing === 0,
    permit: pick?.how === 'probe',
    permitWanted,
  };
}

/** Kept out, and drawn for a small or a spare part of the traffic all the same. */
type Tried = Pick & { readonly how: 'local_probe' | 'silence_probe' | 'overflow' };
const isTried = (pick: Pick): pick is Tried =>
  pick.how === 'local_probe' || pick.how === 'silence_probe' || pick.how === 'overflow';

/** Without a draw there is nothing for off-policy estimates to weigh; a sole candidate of a drawing strategy was still drawn. */
function isDeterministic(contest: Contest, { ruling, plan }: Outcome, pick: Pick): boolean {
  if (isTried(pick)) return false;
  if (pick.how !== 'draw' || contest.overridePin !== null) return true;
  const sure = pick.probabilities[pick.index] === 1;
  return sure && (plan.kind === 'ordered' || ruling.pin !== null);
}

function exclusionsOf(contest: Contest): Exclusion[] {
  const told: Exclusion[] = [];
  for (const exclusion of contest.exclusions) if (exclusion !== null) told.push(exclusion);
  return contest.moment.explainAll ? [...told, ...contest.plan.outsiders] : told;
}

/** The chosen one, the others in play, then those that were eligible but kept out: people look for them. */
function rank(contest: Contest, outcome: Outcome, pick: Pick): RankedProcessor[] {
  const { rowsMax = Infinity } = contest.moment;
  const { order } = outcome.plan;
  const chosen = contest.candidates[pick.index];
  const rows = chosen === undefined || rowsMax < 1 ? [] : [rowOf(contest, outcome, chosen, 1)];
  for (const isInPlay of [true, false]) {
    for (const candidate of order) {
      // Not all of them are looked at where few are told: each is somewhere else in memory.
      if (rows.length >= rowsMax) return rows;
      const { index } = candidate;
      if (index === pick.index || contest.inPlay(index) !== isInPlay || !contest.isEligible(index)) continue;
      rows.push(rowOf(contest, outcome, candidate, rows.length + 1));
    }
  }
  return rows;
}

function rowOf(contest: Contest, outcome: Outcome, candidate: Candidate, place: number): RankedProcessor {
  const { index, id } = candidate;
  const { now } = contest.moment;
  const { plan, pick } = outcome;
  const window = windowOf(candidate, now);
  const breaker = contest.standings[index]?.breaker ?? 'CLOSED';
  const effective = effectiveStatusOf(candidate, breaker, window.status, now);
  const belief = plan.beliefs[index] ?? candidate.belief;
  return {
    processorId: id,
    rank: place,
    status: window.status,
    effectiveStatus: effective,
    breaker,
    authorizationRate: window.authorizationRate,
    recommended: place === 1,
    reason: place === 1 ? bestSentence(contest, outcome) : otherSentence(contest, outcome, candidate, effective),
    score: plan.scores[index] ?? 0,
    probability: pick?.probabilities[index] ?? 0,
    approval: { mean: belief.mean, sd: belief.sd },
    expectedFeeMinor: expectedFeeMinor(candidate, contest.request.amountMinor, belief.mean),
    netValueMinor: netValueOf(contest, outcome, index, belief.mean),
  };
}

function marginOf({ request: { amountMinor } }: Contest, { plan: { marginBps } }: Outcome): number | null {
  return marginBps === null || amountMinor === null ? null : marginMinorOf(amountMinor, marginBps);
}

/** At the payment's own amount; shares are those of the nearest step. */
function netValueOf(contest: Contest, outcome: Outcome, index: number, approval: number): number | null {
  const margin = marginOf(contest, outcome);
  const tariff = contest.plan.valuation?.tariffs[index];
  const { amountMinor } = contest.request;
  if (margin === null || tariff === undefined || amountMinor === null) return null;
  return Math.round(approval * margin - expectedFees(tariff, amountMinor, approval));
}

function effectiveStatusOf(
  candidate: Candidate,
  breaker: RankedProcessor['breaker'],
  status: Status,
  now: number,
): Status {
  const isFresh = candidate.row !== null && now <= candidate.row.validUntilMs;
  const signalled = isFresh && (candidate.segmentRow?.signals.length ?? 0) > 0;
  switch (breaker) {
    case 'FORCED_OPEN':
      return 'DOWN';
    case 'DISABLED':
    case 'METRICS_ONLY':
      return effectiveStatus(status, 'CLOSED', signalled);
    case 'CLOSED':
    case 'OPEN':
    case 'HALF_OPEN':
      return effectiveStatus(status, breaker, signalled);
  }
}

const BEST_SENTENCES: Readonly<Record<StrategyName, string>> = {
  learned: 'Best option - highest expected approval',
  techcart: 'Best option - highest score',
  balanced: 'Best option - best balance of success, latency and cost',
  apos: 'Best option - best balance of success and latency',
  priority: 'Best option - first by priority',
  split: 'Chosen by its share of the traffic',
};

function bestSentence(contest: Contest, { ruling, strategy, plan, pick }: Outcome): string {
  if (pick?.how === 'probe') return 'Probe - a recovering processor is given this payment';
  if (pick?.how === 'local_probe') return 'Probe - let through by a table that has gone without news';
  if (pick?.how === 'silence_probe')
    return 'Probe - its results stopped coming, and this payment asks whether it answers';
  if (pick?.how === 'overflow') return 'Overflow - the others are at their limits, and this one may be well by now';
  if (pick?.how === 'last_resort') return seedReason({ status: 'DOWN', recommended: true });
  if (contest.overridePin !== null) return 'Pinned by an override';
  if (ruling.chooser !== null) return `Chosen by rule ${ruling.chooser.rule.name}`;
  if (contest.playing === 1 && ruling.pin !== null) return `Pinned by rule ${ruling.pin.rule.name}`;
  if (contest.playing === 1) return 'Best option - the only one available';
  if (isBackup(plan, pick)) return `Backup of ${plan.standsInFor}, which is out`;
  if (pick !== null && plan.spilled[pick.index]) return 'Chosen because a better one has all it may take';
  if (strategy === 'learned' && !isBest(contest, plan, pick))
    return 'Exploration - a small share keeps its record fresh';
  if (plan.marginBps !== null) return 'Best option - highest expected net value';
  const ranksByRate = strategy === 'learned' || strategy === 'techcart';
  if (ranksByRate && hasHighestRate(contest, pick)) return seedReason({ status: 'HEALTHY', recommended: true });
  return BEST_SENTENCES[strategy];
}

const isBackup = ({ standsInFor, order }: SharePlan, pick: Pick | null): boolean =>
  standsInFor !== undefined && order[0]?.index === pick?.index;

/** Of those in play, as far as they have a rate. */
function hasHighestRate(contest: Contest, pick: Pick | null): boolean {
  const rateOf = (candidate: Candidate): number => windowOf(candidate, contest.moment.now).authorizationRate ?? -1;
  const first = pick === null ? undefined : contest.candidates[pick.index];
  if (first === undefined || rateOf(first) < 0) return false;
  return contest.candidates.every(
    (candidate) => !contest.inPlay(candidate.index) || rateOf(candidate) <= rateOf(first),
  );
}

function otherSentence(contest: Contest, { pick }: Outcome, candidate: Candidate, effective: Status): string {
  const exclusion = contest.exclusions[candidate.index] ?? null;
  if (exclusion !== null && effective !== 'DOWN') return `${exclusion.detail} - not recommended`;
  if (effective !== 'HEALTHY') return seedReason({ status: effective, recommended: false });
  const first = pick === null ? undefined : contest.candidates[pick.index];
  const { now } = contest.moment;
  return alternativeSentence(
    windowOf(candidate, now).authorizationRate,
    first && windowOf(first, now).authorizationRate,
  );
}

/** The seed calls every alternative lower, though a draw, a rule or a belief of longer memory can put it behind a lower one. */
function alternativeSentence(own: number | null, firsts: number | null | undefined): string {
  if (own === null) return 'Alternative - no authorization rate yet';
  if (typeof firsts !== 'number') return 'Alternative - the first has no authorization rate yet';
  if (own < firsts) return seedReason({ status: 'HEALTHY', recommended: false });
  return own === firsts
    ? 'Alternative - same authorization rate'
    : 'Alternative - higher authorization rate just now, but not the choice this time';
}

/** First by score among those in play. */
function isBest(contest: Contest, { order }: SharePlan, pick: Pick | null): boolean {
  return order.find(({ index }) => contest.inPlay(index))?.index === pick?.index;
}

function reasonsOf(contest: Contest, outcome: Outcome, isShadow: boolean): ReasonCode[] {
  const { ruling, assignment, pick } = outcome;
  if (pick === null) return [];
  const reasons: ReasonCode[] = [];
  if (isShadow) reasons.push('shadow');
  if (pick.how === 'probe') reasons.push('probe');
  else if (isTried(pick)) reasons.push(pick.how);
  if (contest.playing === 0) reasons.push('all_down');
  if (pick.how === 'draw') reasons.push(...drawReasons(contest, outcome, pick));
  if (contest.overridePin !== null) reasons.push('override_pin');
  if (ruling.pin !== null) reasons.push('rule_pin');
  if (ruling.chooser !== null) reasons.push(ruling.chooser.rule.action.kind === 'split' ? 'rule_split' : 'rule_prefer');
  if (ruling.strategy !== null) reasons.push('rule_strategy');
  if (ruling.excluded) reasons.push('rule_exclude');
  if (assignment !== null) reasons.push('experiment');
  if (contest.moment.tableAgeMs > LOCAL_PROBE_AGE_MS) reasons.push('stale_table');
  if (
    contest.plan.hasCollapsed &&
    contest.candidates.some(({ index, collapsed }) => collapsed && contest.inPlay(index))
  ) {
    reasons.push('approval_collapse');
  }
  return reasons;
}

function drawReasons(contest: Contest, { plan, ruling, strategy }: Outcome, pick: Pick): ReasonCode[] {
  if (contest.playing === 1) return ['only_candidate'];
  if (isBackup(plan, pick)) return ['backup'];
  if (plan.spilled[pick.index]) return ['spillover'];
  if (ruling.chooser !== null || strategy === 'split' || strategy === 'priority') return [];
  if (isBest(contest, plan, pick)) return [plan.marginBps === null ? 'best_approval' : 'net_value'];
  return strategy === 'learned' ? ['exploration'] : [];
}
