// Lays a model beside what holds now, on attempts later than those it was trained on: how well each foretells them, and what routing by each and by live results would have earned.
import {
  createOffPolicyTally,
  type Interval,
  judgeOffPolicy,
  noteChoice,
  type OffPolicyRefusal,
} from '../evaluation/off-policy.ts';
import { createQualityTally, notePrediction, qualityOf } from '../evaluation/predictive-quality.ts';
import { type Evidence, type Learned, LiveBeliefs, type OrderedEvidence, orderedEvidence } from './live-evidence.ts';
import { offsetAt, offsetsIn, shiftedBelief, shiftedRate } from '../learning/context-effects.ts';
import { choiceProbabilities } from '../learning/choice-probabilities.ts';
import type { Context, Surrounding, TrainingCell } from './context.ts';
import { createLearner } from '../learning/posterior.ts';
import type { RoutingSettings } from '../configuration/configuration.ts';
import { segmentKey } from '../segment.ts';

/** A choice that was drawn, and what became of it. */
export interface DrawnDecision extends Surrounding {
  readonly decidedAtMs: number;
  readonly processorId: string;
  readonly propensity: number;
  /** Ids of all that could have been drawn. */
  readonly candidates: readonly string[];
  readonly approved: boolean;
}

export interface Quality {
  /** Nats per attempt. */
  readonly logLoss: number;
  readonly brier: number;
  /** `null` where only one outcome occurred. */
  readonly auc: number | null;
}

export interface ModelValue {
  readonly decisions: number;
  /** The fewer of both. */
  readonly effectiveSamples: number;
  /** Approvals, 0-1, each with its 95% interval, doubly robust. */
  readonly model: Interval;
  readonly present: Interval;
  /** The model's less the present one's, on the same payments. */
  readonly lift: Interval;
}

export type ModelValueAnswer =
  | ({ readonly ok: true } & ModelValue)
  | { readonly ok: false; readonly refusal: OffPolicyRefusal };

/** Where no prior was set. */
const UNTOLD = createLearner().prior;
const Z_95 = 1.959964;

/** `null` without attempts. */
export function foretellingOf(later: readonly TrainingCell[], rateOf: (context: Context) => number): Quality | null {
  const tally = createQualityTally();
  for (const cell of later) {
    const rate = rateOf(cell);
    notePrediction(tally, rate, true, cell.approved);
    notePrediction(tally, rate, false, cell.attempts - cell.approved);
  }
  const quality = qualityOf(tally);
  return quality && { logLoss: quality.logLoss, brier: quality.brier, auc: quality.auc };
}

/** Without any result. */
export function begunRate({ prior, context }: Learned): (circumstances: Context) => number {
  return ({ processorId, paymentMethod, country, amountBand, hourBand }) => {
    const segment = segmentKey(paymentMethod, country);
    const offset = offsetAt(offsetsIn(context(processorId), segment), amountBand, hourBand);
    return shiftedRate((prior(processorId, segment) ?? UNTOLD).mean, offset);
  };
}

export interface Rivals {
  readonly model: Learned;
  readonly present: Learned;
  /** What objects had learned by themselves, whichever of both was set. */
  readonly evidence: Evidence;
  /** What reward is foretold by; the estimate is right whatever it says, and surer where it is good. */
  readonly foretold: (context: Context) => number;
  readonly routing: RoutingSettings;
}

/** Each as the shares that routing would have given at that moment, live results among what it knows. */
export function valueOf(decisions: readonly DrawnDecision[], rivals: Rivals): ModelValueAnswer {
  if (decisions.length === 0) return { ok: false, refusal: { reason: 'no_decisions' } };
  const evidence = orderedEvidence(rivals.evidence);
  const shares = { model: sharesBy('model', evidence, rivals), present: sharesBy('present', evidence, rivals) };
  const tallies = { model: createOffPolicyTally(), present: createOffPolicyTally() };
  let [sum, squares] = [0, 0];
  for (const decision of decisions.toSorted((one, other) => one.decidedAtMs - other.decidedAtMs)) {
    const { processorId, candidates, propensity } = decision;
    const chosen = candidates.indexOf(processorId);
    if (chosen === -1 || !(propensity > 0 && propensity <= 1)) continue;
    const foretold = candidates.map((id) => rivals.foretold({ ...decision, processorId: id }));
    const reward = Number(decision.approved);
    const terms = (['model', 'present'] as const).map((rival) => {
      const chances = shares[rival](decision);
      const expected = chances.reduce((total, chance, place) => total + chance * foretold[place]!, 0);
      const sample = { reward, propensity, probability: chances[chosen]!, predicted: foretold[chosen]!, expected };
      noteChoice(tallies[rival], sample);
      return expected + (sample.probability / propensity) * (reward - sample.predicted);
    });
    const difference = terms[0]! - terms[1]!;
    sum += difference;
    squares += difference * difference;
  }
  const [model, present] = [judgeOffPolicy(tallies.model), judgeOffPolicy(tallies.present)];
  if (!model.ok) return { ok: false, refusal: model };
  if (!present.ok) return { ok: false, refusal: present };
  const count = model.samples;
  const error = Math.sqrt(Math.max(0, squares - (sum * sum) / count) / (count - 1) / count);
  const value = sum / count;
  return {
    ok: true,
    decisions: count,
    effectiveSamples: Math.min(model.effectiveSamples, present.effectiveSamples),
    model: model.doublyRobust,
    present: present.doublyRobust,
    lift: { value, low: value - Z_95 * error, high: value + Z_95 * error },
  };
}

/** The same few candidates meet again and again: their shares are worked out once for each circumstance that tells something. */
function sharesBy(rival: 'model' | 'present', evidence: OrderedEvidence, { routing, ...rivals }: Rivals) {
  const learned = rivals[rival];
  const live = new LiveBeliefs(evidence, learned, rivals.present);
  const known = new Map<string, readonly number[]>();
  const bounds = { floor: routing.probeFloor, explorationMax: routing.probeShareMax };
  return ({ candidates, paymentMethod, country, amountBand, hourBand, decidedAtMs }: DrawnDecision) => {
    const segment = segmentKey(paymentMethod, country);
    const offsets = candidates.map((id) => offsetAt(offsetsIn(learned.context(id), segment), amountBand, hourBand));
    const key = `${live.passTo(decidedAtMs)} ${segment} ${candidates.join(' ')} ${offsets.join(' ')}`;
    const shares =
      known.get(key) ??
      choiceProbabilities(
        live.beliefsIn(candidates, segment).map((belief, place) => shiftedBelief(belief, offsets[place]!)),
        bounds,
      );
    known.set(key, shares);
    return shares;
  };
}
