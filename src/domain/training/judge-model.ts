// Lays a model beside what holds now, on attempts later than those it was trained on: how well each foretells them, and what routing by each would have earned.
import {
  createOffPolicyTally,
  type Interval,
  judgeOffPolicy,
  noteChoice,
  type OffPolicyRefusal,
} from '../evaluation/off-policy.ts';
import { createQualityTally, notePrediction, qualityOf } from '../evaluation/predictive-quality.ts';
import { beliefOf, createLearner, type LearnerPrior } from '../learning/posterior.ts';
import { choiceProbabilities } from '../learning/choice-probabilities.ts';
import type { Belief } from '../health/status-row.ts';
import type { Context, Surrounding, TrainingCell } from './context.ts';
import type { RoutingSettings } from '../configuration/configuration.ts';
import { segmentKey } from '../segment.ts';
import type { SegmentKey } from '../identity.ts';

/** A choice that was drawn, and what became of it. */
export interface DrawnDecision extends Surrounding {
  readonly processorId: string;
  readonly propensity: number;
  /** Ids of all that could have been drawn. */
  readonly candidates: readonly string[];
  readonly approved: boolean;
}

export type PriorsHeld = (processorId: string, segment: SegmentKey) => LearnerPrior | null;

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

export const meanOf =
  (held: PriorsHeld): ((context: Context) => number) =>
  ({ processorId, paymentMethod, country }) =>
    (held(processorId, segmentKey(paymentMethod, country)) ?? UNTOLD).mean;

export interface Rivals {
  readonly model: PriorsHeld;
  readonly present: PriorsHeld;
  /** What reward is foretold by; the estimate is right whatever it says, and surer where it is good. */
  readonly foretold: (context: Context) => number;
  readonly routing: RoutingSettings;
}

/** Each as the shares that routing gives where priors are all it knows. */
export function valueOf(decisions: readonly DrawnDecision[], rivals: Rivals): ModelValueAnswer {
  const shares = { model: sharesBy(rivals.model, rivals.routing), present: sharesBy(rivals.present, rivals.routing) };
  const tallies = { model: createOffPolicyTally(), present: createOffPolicyTally() };
  let [sum, squares] = [0, 0];
  for (const decision of decisions) {
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

/** The same few candidates meet again and again: their shares are worked out once. */
function sharesBy(held: PriorsHeld, { probeFloor, probeShareMax }: RoutingSettings) {
  const known = new Map<string, readonly number[]>();
  const beliefs = new Map<string, Belief>();
  const beliefIn = (id: string, segment: SegmentKey): Belief => {
    const prior = held(id, segment) ?? UNTOLD;
    const key = `${prior.mean} ${prior.weight}`;
    const belief = beliefs.get(key) ?? beliefOf(createLearner(prior));
    beliefs.set(key, belief);
    return belief;
  };
  return ({ candidates, paymentMethod, country }: DrawnDecision): readonly number[] => {
    const segment = segmentKey(paymentMethod, country);
    const key = `${segment} ${candidates.join(' ')}`;
    const shares =
      known.get(key) ??
      choiceProbabilities(
        candidates.map((id) => beliefIn(id, segment)),
        { floor: probeFloor, explorationMax: probeShareMax },
      );
    known.set(key, shares);
    return shares;
  };
}
