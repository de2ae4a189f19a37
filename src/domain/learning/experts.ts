// Four memories of different length over one stream of outcomes, believed as well as each has lately foretold it.

/** Outcomes after which an expert's evidence counts half: short ones see an outage, long ones tell .93 from .90. */
const HALF_LIVES = [20, 100, 500, 3_000];
/** What the long-run baseline is worth in every expert, in outcomes. */
export const BASELINE_WORTH = 30;
/** Part of the trust that is dealt out anew at each outcome, so that no expert is ever beyond recall. */
const FIXED_SHARE = 1e-3;

const DECAYS = HALF_LIVES.map((halfLife) => 2 ** (-1 / halfLife));

export interface Expert {
  /** Approvals and outcomes after forgetting. */
  approved: number;
  weight: number;
  /** How far it is believed; all experts together 1. */
  trust: number;
}

export function createExperts(): Expert[] {
  return HALF_LIVES.map(() => ({ approved: 0, weight: 0, trust: 1 / HALF_LIVES.length }));
}

/** Mean of the expert's Beta, whose prior is the baseline. */
export function meanOf(expert: Expert, baseline: number): number {
  return (expert.approved + BASELINE_WORTH * baseline) / (expert.weight + BASELINE_WORTH);
}

/** `weight` in (0, 1]: an outcome that counts half is foretold, remembered and forgotten by half. */
export function learnOutcome(experts: readonly Expert[], approved: boolean, weight: number, baseline: number): void {
  let sum = 0;
  for (const expert of experts) {
    const mean = meanOf(expert, baseline);
    const foretold = approved ? mean : 1 - mean;
    expert.trust *= weight === 1 ? foretold : foretold ** weight;
    sum += expert.trust;
  }
  for (let i = 0; i < experts.length; i++) {
    const expert = experts[i]!;
    expert.trust = ((1 - FIXED_SHARE) * expert.trust) / sum + FIXED_SHARE / experts.length;
    const decay = weight === 1 ? DECAYS[i]! : DECAYS[i]! ** weight;
    expert.approved = expert.approved * decay + (approved ? weight : 0);
    expert.weight = expert.weight * decay + weight;
  }
}

/** An outcome learned as not approved `age` outcomes ago was approved after all: adds what it still weighs. */
export function approveAfterwards(experts: readonly Expert[], age: number, weight: number): void {
  for (let i = 0; i < experts.length; i++) {
    const expert = experts[i]!;
    // Never more approvals than outcomes, whatever idleness has taken from the outcome since.
    expert.approved = Math.min(expert.weight, expert.approved + weight * DECAYS[i]! ** age);
  }
}

/** An outcome learned as not approved `age` outcomes ago belongs elsewhere: takes away what it still weighs. */
export function forgetAfterwards(experts: readonly Expert[], age: number, weight: number): void {
  for (let i = 0; i < experts.length; i++) {
    const expert = experts[i]!;
    expert.weight = Math.max(expert.approved, expert.weight - weight * DECAYS[i]! ** age);
  }
}

/** Lets evidence and trust fade to `kept` of themselves: 0 is a fresh start. */
export function fade(experts: readonly Expert[], kept: number): void {
  for (const expert of experts) {
    expert.approved *= kept;
    expert.weight *= kept;
    expert.trust = kept * expert.trust + (1 - kept) / experts.length;
  }
}
