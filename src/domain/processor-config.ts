// What a merchant tells us about one processor: where it may be used, what it costs, how its breaker behaves.
import type { ContextEffects } from './learning/context-effects.ts';
import type { ProcessorId } from './identity.ts';
import type { SegmentPrior } from './learning/segment-prior.ts';

/** AegisPay's option names; every duration in milliseconds, every rate 0-1. Defaults: BREAKER_DEFAULTS. */
export interface BreakerOptions {
  /** Consecutive technical failures that open the breaker, >= 1. */
  readonly failureThreshold: number;
  /** Technical failure rate over the window that opens it, (0, 1]. */
  readonly failureRateThreshold: number;
  /** Attempts in the window before the rate is looked at, >= 1. */
  readonly minimumVolume: number;
  /** Successes in HALF_OPEN that close it, >= 1. */
  readonly successThreshold: number;
  /** Time in OPEN before probes are admitted, >= 100 ms. Doubles on each relapse up to `openTimeoutMax`, with jitter. */
  readonly openTimeout: number;
  readonly openTimeoutMax: number;
  /** Accepted for AegisPay's sake: without a failure HALF_OPEN is kept however long it lasts. */
  readonly halfOpenTimeout: number;
  /** Permits out at once in HALF_OPEN, >= 1. */
  readonly halfOpenMaxAttempts: number;
  /** Accepted and superseded by the change detector, which adapts to the processor's own baseline. */
  readonly adaptiveThresholds: boolean;
  /** Health score below which a processor is reported as unhealthy, 0-1. */
  readonly minHealthScore: number;
}

export const BREAKER_DEFAULTS: BreakerOptions = {
  failureThreshold: 5,
  failureRateThreshold: 0.5,
  minimumVolume: 10,
  successThreshold: 3,
  openTimeout: 60_000,
  openTimeoutMax: 300_000,
  halfOpenTimeout: 30_000,
  halfOpenMaxAttempts: 5,
  adaptiveThresholds: true,
  minHealthScore: 0.5,
};

export interface AmountLimit {
  readonly currency: string;
  readonly minMinor: number;
  /** `null`: no upper limit. */
  readonly maxMinor: number | null;
}

/** What the processor takes for one attempt: `feeFixedMinor` in minor units plus `feeBps` of the amount. */
export interface Fees {
  readonly feeFixedMinor: number;
  readonly feeBps: number;
  /** Whether that is owed for every attempt or only for an approved one; left out: for every attempt. */
  readonly feeOn?: 'attempt' | 'approval';
  /** What a decline costs beside it; left out: 0. */
  readonly declineFeeMinor?: number;
}

/** Fees of their own for one payment method, in one country or (`null`) in all. */
export interface SegmentFees extends Fees {
  readonly paymentMethod: string;
  readonly country: string | null;
}

export interface ProcessorConfig extends Fees {
  readonly id: ProcessorId;
  readonly name: string;
  readonly enabled: boolean;
  /** Upper case, e.g. `PIX`; methods x countries is at most 256 segments. */
  readonly paymentMethods: readonly string[];
  /** ISO 3166-1 alpha-2, upper case. */
  readonly countries: readonly string[];
  /** ISO 4217, upper case; `null`: any. */
  readonly currencies: readonly string[] | null;
  readonly amountLimits: readonly AmountLimit[];
  /** e.g. `pan`, `network_token`, `processor_token`; `null`: any. */
  readonly credentialKinds: readonly string[] | null;
  /** Where a segment's fees differ from the processor's own; of several that fit, one that names the country wins. Left out: nowhere. */
  readonly segmentFees?: readonly SegmentFees[];
  /** Attempts a second it may be given, `null`: no limit. */
  readonly maxTps: number | null;
  /** Bounds of its share of a segment's traffic, 0-1. */
  readonly maxShare: number | null;
  readonly minShare: number | null;
  /** Order under the `priority` strategy, lower first. */
  readonly priority: number;
  /** Relative weight under the `split` strategy, >= 0. */
  readonly weight: number;
  /** Who takes its place while it is out, in this order; left out: whoever is best. */
  readonly backups?: readonly ProcessorId[];
  readonly breaker: BreakerOptions;
}

/** A registered processor: the epoch is handed out at registration and never reused, so rows of a deleted namesake are dropped. */
export interface RegisteredProcessor extends ProcessorConfig {
  readonly epoch: number;
  /** Configuration version of its last change: an object takes options only from a newer one. */
  readonly revision: number;
  /** What its posteriors begin with: set by change of their own, no part of what is exported. Left out: the default everywhere. */
  readonly priors?: readonly SegmentPrior[];
  /** What a payment's circumstances add to its odds, as a model found it: set with the priors. Left out: nothing. */
  readonly context?: ContextEffects;
}
