// What the simulator and a policy say to each other: a payment, a choice, and later (or never) what became of it.

/** One payment to be routed, as a policy may see it. */
export interface Payment {
  /** 0-based, in the order of arrival. */
  readonly index: number;
  /** Simulated time, ms. */
  readonly atMs: number;
  readonly segment: number;
  readonly amountMinor: number;
  /** 1 for the first attempt, more for a retry elsewhere. */
  readonly attempt: number;
}

export interface Choice {
  readonly arm: number;
  /** Probability with which it was drawn, (0, 1]; 1 for a policy without a draw. */
  readonly propensity: number;
  /** A half-open trial or an exploration beyond the policy's own ranking: counted, not judged. */
  readonly probe: boolean;
}

/** A result as it is reported: possibly late, twice, out of order; a lost one never comes. */
export interface Feedback {
  readonly payment: Payment;
  readonly arm: number;
  readonly propensity: number;
  readonly outcome: 'approved' | 'declined' | 'error' | 'timeout';
  readonly reportedAtMs: number;
  readonly latencyMs: number;
  /** What the attempt cost, fee included, in minor units. */
  readonly costMinor: number;
  /** Who is to blame, as a decline code tells it; left out: nothing is known beyond the outcome. */
  readonly fault?: 'none' | 'processor' | 'issuer' | 'user';
}

/** What a policy is told before the first payment. Names are those of the scenario; order is shuffled by the seed. */
export interface World {
  readonly arms: readonly {
    readonly id: string;
    readonly feeFixedMinor: number;
    readonly feeBps: number;
    readonly maxTps: number | null;
    /** Left out: on each attempt. */
    readonly feeOn?: 'attempt' | 'approval';
    /** Left out: 0. */
    readonly declineFeeMinor?: number;
    /** By segment: where its fee is another than the processor's, else `null`; left out: nowhere. */
    readonly segmentFees?: readonly ({ readonly feeFixedMinor: number; readonly feeBps: number } | null)[];
  }[];
  readonly segments: readonly {
    readonly paymentMethod: string;
    readonly country: string;
    readonly currency: string;
    /** What an approval earns of the amount; left out: all of it. */
    readonly marginBps?: number;
  }[];
  /** Per segment the arms that serve it at all, ascending. */
  readonly eligible: readonly (readonly number[])[];
  readonly transactions: number;
  readonly seed: number;
  /** How old the table may be that decisions are taken on, ms; left out: 0. */
  readonly tableAgeMs?: number;
}

/** An alarm that a policy raised: a breaker that tripped or a detector that went on. */
export interface Alarm {
  readonly atMs: number;
  readonly arm: number;
  /** `null`: the whole processor. */
  readonly segments: readonly number[] | null;
}

export interface Policy {
  /** `eligible`: ascending, never empty. `draw`: uniform in [0, 1), the policy's own stream. */
  choose(payment: Payment, eligible: readonly number[], draw: () => number): Choice;
  learn(feedback: Feedback): void;
  /** All of the run, for policies that raise any. */
  alarms?(): readonly Alarm[];
}

export interface PolicyEntry {
  /** One of the league's fixed ids. */
  readonly id: string;
  /** Where its rules are published. */
  readonly source: string;
  /** It keeps tables of the scenario's age itself; to all others the simulator tells results when such a table would show them. */
  readonly keepsTable?: true;
  create(world: World): Policy;
}
