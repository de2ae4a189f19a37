// What a merchant tells us about one processor: where it may be used, what it costs, how its breaker behaves.
import type { ProcessorId } from './identity.ts';

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

export interface ProcessorConfig {
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
  /** Expected fee of one attempt: fixed in minor units plus basis points of the amount. */
  readonly feeFixedMinor: number;
  readonly feeBps: number;
  /** Attempts a second it may be given, `null`: no limit. */
  readonly maxTps: number | null;
  /** Bounds of its share of a segment's traffic, 0-1. */
  readonly maxShare: number | null;
  readonly minShare: number | null;
  /** Order under the `priority` strategy, lower first. */
  readonly priority: number;
  /** Relative weight under the `split` strategy, >= 0. */
  readonly weight: number;
  readonly breaker: BreakerOptions;
}

/** A registered processor: the epoch is handed out at registration and never reused, so rows of a deleted namesake are dropped. */
export interface RegisteredProcessor extends ProcessorConfig {
  readonly epoch: number;
  /** Configuration version of its last change: an object takes options only from a newer one. */
  readonly revision: number;
}
