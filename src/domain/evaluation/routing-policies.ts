// Lays the sampled decisions of an hour beside what simpler routing would have done, as sums that off-policy.ts judges. Rules: SPEC.md [ANL].
import { createOffPolicyTally, noteBeside, noteChoice, type OffPolicyTally } from './off-policy.ts';

export type Traffic = 'live' | 'shadow';
/** `static`: one processor for ever; `priority`: the first by priority that can be had; `signalbox`: what we would have done in the merchant's place. */
export type PolicyName = 'static' | 'priority' | 'signalbox';
export type Measure = 'approval' | 'value';

export interface SampledDecision {
  readonly traffic: Traffic;
  readonly paymentMethod: string;
  readonly country: string;
  readonly strategy: string;
  /** The one decided; in shadow the one that the merchant used. */
  readonly processorId: string;
  /** With which we drew it, or would have. */
  readonly propensity: number;
  /** Of all that could have been chosen. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** False: a rule, a pin or a probe decided, or the best one of a strategy that draws nothing. */
  readonly isDrawn: boolean;
  /** Share of decisions that is kept. */
  readonly sampleRate: number;
  /** Of its first attempt; `null`: none yet. */
  readonly outcome: DecisionOutcome | null;
}

export interface DecisionOutcome {
  readonly approved: boolean;
  readonly offRecommendation: boolean;
  readonly amountMinor: number;
  /** `null`: not told. */
  readonly feeMinor: number | null;
  readonly currency: string;
}

/** What is known beside the decisions; nothing in it rests on their own results. */
export interface Surroundings {
  /** Ids of those that serve the segment, by the order of priority. */
  readonly order: (paymentMethod: string, country: string) => readonly string[];
  /** Foretold approval, 0-1. */
  readonly approval: (processorId: string, paymentMethod: string, country: string) => number;
  /** Of the merchant's own choices in the segment; 0: it has never gone there. */
  readonly merchantShare: (processorId: string, paymentMethod: string, country: string) => number;
}

interface Stratum {
  readonly traffic: Traffic;
  readonly paymentMethod: string;
  readonly country: string;
  readonly strategy: string;
}

export interface PolicyTally extends Stratum {
  readonly policy: PolicyName;
  readonly measure: Measure;
  /** `*`: all. */
  readonly currency: string;
  /** For how many payments the samples stand. */
  readonly payments: number;
  readonly tally: OffPolicyTally;
}

export interface DecisionCounts {
  decisions: number;
  /** First attempts that went where they should and whose result is known. */
  judged: number;
  approved: number;
  awaiting: number;
  offRecommendation: number;
  /** Not drawn: the same under every policy. */
  undrawn: number;
  /** Where `static` would have gone was out of reach. */
  outOfReach: number;
}

export interface HourJudgement {
  readonly policies: readonly PolicyTally[];
  readonly counts: readonly (Stratum & DecisionCounts)[];
}

/** Above it nothing else could have happened. */
const SURE = 1 - 1e-9;
/** Of a column; beyond it a square has no place in a number. */
const VALUE_MAX = 1e16;

export function judgeDecisions(decisions: readonly SampledDecision[], around: Surroundings): HourJudgement {
  const sheet = new JudgementSheet();
  for (const decision of decisions) {
    const counts = sheet.countsOf(decision);
    counts.decisions += 1;
    const { outcome } = decision;
    if (outcome === null) counts.awaiting += 1;
    else if (outcome.offRecommendation) counts.offRecommendation += 1;
    else {
      counts.judged += 1;
      counts.approved += Number(outcome.approved);
      if (decision.traffic === 'shadow') noteShadow(sheet, { decision, outcome, counts, around });
      else noteLive(sheet, { decision, outcome, counts, around });
    }
  }
  return sheet.judgement();
}

interface Judged {
  readonly decision: SampledDecision;
  readonly outcome: DecisionOutcome;
  readonly counts: DecisionCounts;
  readonly around: Surroundings;
}

function noteLive(sheet: JudgementSheet, judged: Judged): void {
  const { decision, counts, around } = judged;
  const { paymentMethod, country, processorId, propensity } = decision;
  const candidates = candidatesOf(decision);
  if (!decision.isDrawn || candidates.length < 2 || !(propensity > 0) || propensity > SURE) {
    counts.undrawn += 1;
    return;
  }
  const order = around.order(paymentMethod, country);
  const foretold = (id: string): number => around.approval(id, paymentMethod, country);
  const note = (policy: PolicyName, choice: string): void =>
    sheet.note(judged, policy, {
      propensity,
      probability: processorId === choice ? 1 : 0,
      predicted: foretold(processorId),
      expected: foretold(choice),
    });
  const [fixed] = order;
  if (fixed === undefined || !candidates.includes(fixed)) counts.outOfReach += 1;
  else note('static', fixed);
  note('priority', firstOf(order, candidates));
}

/** The merchant draws nothing: its own shares of the segment stand for its chances. */
function noteShadow(sheet: JudgementSheet, judged: Judged): void {
  const { decision, counts, around } = judged;
  const { paymentMethod, country, processorId, probabilities } = decision;
  const propensity = around.merchantShare(processorId, paymentMethod, country);
  const candidates = candidatesOf(decision);
  if (!(propensity > 0 && propensity <= 1) || candidates.length === 0) {
    counts.undrawn += 1;
    return;
  }
  const foretold = (id: string): number => around.approval(id, paymentMethod, country);
  const total = candidates.reduce((sum, id) => sum + (probabilities[id] ?? 0), 0);
  const chanceOf = (id: string): number => (candidates.includes(id) ? (probabilities[id] ?? 0) / total : 0);
  const predicted = foretold(processorId);
  const expected = candidates.reduce((sum, id) => sum + chanceOf(id) * foretold(id), 0);
  const ours = { propensity, probability: chanceOf(processorId), predicted, expected };
  sheet.note(judged, 'signalbox', ours);
  const theirs = (choice: string): Chance => ({
    propensity,
    probability: processorId === choice ? 1 : 0,
    predicted,
    expected: foretold(choice),
  });
  const order = around.order(paymentMethod, country);
  const [fixed] = order;
  if (fixed === undefined || !candidates.includes(fixed)) counts.outOfReach += 1;
  else sheet.note(judged, 'static', ours, theirs(fixed));
  sheet.note(judged, 'priority', ours, theirs(firstOf(order, candidates)));
}

const firstOf = (order: readonly string[], candidates: readonly string[]): string =>
  order.find((id) => candidates.includes(id)) ?? candidates.toSorted()[0]!;

const candidatesOf = ({ probabilities }: SampledDecision): string[] =>
  Object.keys(probabilities).filter((id) => (probabilities[id] ?? 0) > 0);

interface Chance {
  readonly propensity: number;
  readonly probability: number;
  /** Approvals, 0-1. */
  readonly predicted: number;
  readonly expected: number;
}

interface Noted extends Pick<PolicyTally, 'policy' | 'measure' | 'currency'> {
  readonly decision: SampledDecision;
}

interface Compared {
  readonly chance: Chance;
  readonly beside: Chance | null;
  readonly reward: number;
}

class JudgementSheet {
  readonly #policies = new Map<string, PolicyTally & { payments: number }>();
  readonly #counts = new Map<string, Stratum & DecisionCounts>();

  countsOf(decision: SampledDecision): DecisionCounts {
    return entryOf(this.#counts, stratumKey(decision), () => ({
      ...stratumOf(decision),
      decisions: 0,
      judged: 0,
      approved: 0,
      awaiting: 0,
      offRecommendation: 0,
      undrawn: 0,
      outOfReach: 0,
    }));
  }

  /** `beside`: what the log followed as little as `chance`, and is compared with it; left out: the log itself is. */
  note({ decision, outcome }: Judged, policy: PolicyName, chance: Chance, beside: Chance | null = null): void {
    const { amountMinor, feeMinor, currency, approved } = outcome;
    const approval = { decision, policy, measure: 'approval', currency: '*' } as const;
    this.#add(approval, { chance, beside, reward: Number(approved) });
    const reward = (approved ? amountMinor : 0) - (feeMinor ?? 0);
    if (!(Math.abs(reward) <= VALUE_MAX && Math.abs(amountMinor) <= VALUE_MAX)) return;
    const inMoney = (one: Chance): Chance => ({
      ...one,
      predicted: one.predicted * amountMinor,
      expected: one.expected * amountMinor,
    });
    const value = { chance: inMoney(chance), beside: beside && inMoney(beside), reward };
    this.#add({ decision, policy, measure: 'value', currency }, value);
  }

  #add({ decision, policy, measure, currency }: Noted, { chance, beside, reward }: Compared): void {
    const key = `${stratumKey(decision)}\n${policy}\n${measure}\n${currency}`;
    const entry = entryOf(this.#policies, key, () => ({
      ...stratumOf(decision),
      policy,
      measure,
      currency,
      payments: 0,
      tally: createOffPolicyTally(),
    }));
    entry.payments += decision.sampleRate > 0 ? 1 / decision.sampleRate : 1;
    if (beside === null) noteChoice(entry.tally, { ...chance, reward });
    else noteBeside(entry.tally, { ...chance, reward }, { ...beside, reward });
  }

  judgement(): HourJudgement {
    return { policies: [...this.#policies.values()], counts: [...this.#counts.values()] };
  }
}

const stratumOf = ({ traffic, paymentMethod, country, strategy }: SampledDecision): Stratum => ({
  traffic,
  paymentMethod,
  country,
  strategy,
});

const stratumKey = ({ traffic, paymentMethod, country, strategy }: SampledDecision): string =>
  `${traffic}\n${paymentMethod}\n${country}\n${strategy}`;

function entryOf<Entry>(entries: Map<string, Entry>, key: string, make: () => Entry): Entry {
  const held = entries.get(key);
  if (held !== undefined) return held;
  const made = make();
  entries.set(key, made);
  return made;
}
