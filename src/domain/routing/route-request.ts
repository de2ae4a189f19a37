// What a checkout asks, and what it is told: the shapes `decide` reads and writes.
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { Confidence, Status } from '../health/window-summary.ts';
import type { StrategyName } from '../configuration/configuration.ts';

export interface RouteRequest {
  /** Upper case. */
  readonly paymentMethod: string;
  readonly country: string;
  readonly amountMinor: number | null;
  readonly currency: string | null;
  /** What an approval of this payment earns, in basis points of its amount; left out: as the routing settings say. */
  readonly marginBps?: number;
  readonly bin: string | null;
  readonly network: string | null;
  readonly threeDs: boolean | null;
  readonly customerRef: string | null;
  readonly paymentId: string | null;
  readonly credentialKind: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  /** Only these may be used; `null`: any. */
  readonly eligibleProcessors: readonly ProcessorId[] | null;
  /** Named by the request; a rule's strategy wins over it. */
  readonly strategy: StrategyName | null;
  /** Shadow: what the merchant is going to do whatever we answer; recorded as the arm. */
  readonly actualProcessor: ProcessorId | null;
}

export type ExclusionReason =
  | 'disabled'
  | 'payment_method'
  | 'country'
  | 'currency'
  | 'amount'
  | 'credential_kind'
  | 'not_offered'
  | 'breaker_open'
  | 'forced_open'
  | 'drained'
  | 'pinned_elsewhere'
  | 'rule'
  | 'max_tps'
  | 'silent';

export interface Exclusion {
  readonly processorId: ProcessorId;
  readonly reason: ExclusionReason;
  /** The rule or override that did it. */
  readonly by: string | null;
  readonly detail: string;
}

export interface RankedProcessor {
  readonly processorId: ProcessorId;
  readonly rank: number;
  readonly status: Status;
  readonly effectiveStatus: Status;
  readonly breaker: 'CLOSED' | 'OPEN' | 'HALF_OPEN' | 'FORCED_OPEN' | 'DISABLED' | 'METRICS_ONLY';
  readonly authorizationRate: number | null;
  readonly recommended: boolean;
  /** The seed's sentences where they fit, so that clients that read them keep working. */
  readonly reason: string;
  readonly score: number;
  /** Probability with which this one was drawn, 0-1. */
  readonly probability: number;
  readonly approval: { readonly mean: number; readonly sd: number };
  readonly expectedFeeMinor: number | null;
  /** approval x margin - fees at this amount, in minor units; `null`: the ranking is not by net value. */
  readonly netValueMinor: number | null;
}

export type ReasonCode =
  | 'best_approval'
  | 'net_value'
  | 'exploration'
  | 'probe'
  | 'local_probe'
  | 'silence_probe'
  | 'overflow'
  | 'rule_pin'
  | 'rule_prefer'
  | 'rule_split'
  | 'rule_strategy'
  | 'rule_exclude'
  | 'backup'
  | 'override_pin'
  | 'experiment'
  | 'spillover'
  | 'only_candidate'
  | 'all_down'
  | 'stale_table'
  | 'approval_collapse'
  | 'shadow';

/** A request for one of a half-open breaker's permits; the flow asks the object and decides again. */
export interface PermitWanted {
  readonly processorId: ProcessorId;
  /** The breaker's scope: a segment or RESIDUAL. */
  readonly scope: SegmentKey;
}

/** A rule or override that met the payment and did nothing, and why: a missing field, nobody left to choose. */
export interface RuleNote {
  readonly by: string;
  readonly detail: string;
}

export interface Decision {
  readonly segment: SegmentKey;
  /** The processor drawn; `null` only when nothing is eligible. */
  readonly chosen: ProcessorId | null;
  readonly propensity: number;
  /** Chosen by a rule, probe or override, not by a draw: of no use to off-policy estimates. */
  readonly deterministic: boolean;
  readonly strategy: StrategyName;
  readonly ruleIds: readonly string[];
  readonly experiment: { readonly id: string; readonly arm: 0 | 1 } | null;
  /** What an approval earns before fees, in minor units; `null`: the ranking is not by net value. */
  readonly marginMinor: number | null;
  readonly ranked: readonly RankedProcessor[];
  readonly exclusions: readonly Exclusion[];
  readonly notes: readonly RuleNote[];
  readonly reasons: readonly ReasonCode[];
  readonly confidence: Confidence;
  /** Every admitted candidate was down: the best recent one is given all the same. */
  readonly degraded: boolean;
  readonly permit: boolean;
  readonly permitWanted: PermitWanted | null;
}
