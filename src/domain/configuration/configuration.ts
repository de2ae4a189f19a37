// Everything an operator can set, as one versioned value; the Registry object keeps it, boards and isolates read it.
import type { RegisteredProcessor } from '../processor-config.ts';
import type { Judging } from '../experiments/judgement.ts';
import type { HealingSettings } from '../healing/healing-settings.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RetrySettings } from './retry-settings.ts';
import type { Status } from '../health/window-summary.ts';

export const STRATEGIES = ['learned', 'techcart', 'balanced', 'apos', 'priority', 'split'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

/** A typed predicate over a candidate's state; every given field must hold. */
export interface StatePredicate {
  readonly processorId?: ProcessorId;
  readonly statusIn?: readonly Status[];
  readonly breakerIn?: readonly ('CLOSED' | 'OPEN' | 'HALF_OPEN')[];
  readonly approvalBelow?: number;
  readonly approvalAtLeast?: number;
  readonly latencyP95MsAbove?: number;
  readonly costMinorAbove?: number;
}

export type RuleAction =
  /** Only these, while at least one of them is eligible and admitted; else the rule is passed over and says so. */
  | { readonly kind: 'pin'; readonly processors: readonly ProcessorId[] }
  /** These first, in this order, where eligible and admitted. */
  | { readonly kind: 'prefer'; readonly processors: readonly ProcessorId[] }
  /** Not these, unless nothing else is left. */
  | { readonly kind: 'exclude'; readonly processors: readonly ProcessorId[] }
  /** Shares by weight, sticky by the named request key. */
  | {
      readonly kind: 'split';
      readonly weights: readonly { readonly processor: ProcessorId; readonly weight: number }[];
      readonly stickyBy: string | null;
    }
  | { readonly kind: 'strategy'; readonly strategy: StrategyName };

export interface Rule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Higher first; equal ones by id. */
  readonly priority: number;
  /** Index: empty means any. Upper case. */
  readonly paymentMethods: readonly string[];
  readonly countries: readonly string[];
  readonly currencies: readonly string[];
  /** CEL over the request; `null`: always. At most 1,000 bytes, depth 16. */
  readonly condition: string | null;
  /** Over the state of candidates: the rule acts on those only for which it holds (exclude), or applies if it holds for any candidate (else). */
  readonly when: StatePredicate | null;
  readonly action: RuleAction;
}

export interface Experiment {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Request field whose hash assigns the arm: `customer_ref`, `payment_id` or `metadata.<name>`. */
  readonly stickyBy: string;
  readonly paymentMethods: readonly string[];
  readonly countries: readonly string[];
  /** Exactly two arms; share of the first is `shareA`, 0-1. */
  readonly shareA: number;
  readonly arms: readonly [ExperimentArm, ExperimentArm];
  /** Left out: our own figures. */
  readonly judging?: Judging;
}
/** As the Registry keeps it. */
export interface RegisteredExperiment extends Experiment {
  /** Left out until the first change of a configuration that was stored before runs were. */
  readonly run?: ExperimentRun;
}
/** From its beginning until its definition changes, it is re-opened, or a processor is removed. */
export interface ExperimentRun {
  /** 0-126; by which a decision's token names the experiment. */
  readonly slot: number;
  /** Decisions of this configuration version and later ones are of this run. */
  readonly sinceVersion: number;
  readonly sinceMs: number;
  readonly stopped: StoppedArm | null;
}
/** Its payments get the other arm. */
export interface StoppedArm {
  readonly arm: 0 | 1;
  readonly atMs: number;
  readonly why: string;
}
export interface ExperimentArm {
  readonly name: string;
  readonly strategy: StrategyName;
}

/** An operator's hand on the points: applied over the published row, carries who, why and a time to live. */
export interface Override {
  readonly id: string;
  readonly processorId: ProcessorId;
  /** `null`: the whole processor. */
  readonly segment: SegmentKey | null;
  /** force_open = FORCED_OPEN, force_close = DISABLED (breaker ignored), metrics_only = METRICS_ONLY, pin = all its segments' traffic, drain = none of it, cap = at most `share` of it. */
  readonly kind: 'force_open' | 'force_close' | 'metrics_only' | 'pin' | 'drain' | 'cap';
  /** Of a cap, above 0 and at most 1; it yields where the others cannot bear the rest. */
  readonly share?: number;
  readonly who: string;
  readonly why: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface RoutingSettings {
  readonly strategy: StrategyName;
  /** Smallest share that an eligible, admitted arm keeps under `learned` if it might be the best, 0-0.05; others keep less. Default 0.002. */
  readonly probeFloor: number;
  /** Largest share of exploration (all but the best) under `learned`, 0-1. */
  readonly probeShareMax: number;
  /** What an approval earns of its amount, in basis points; left out: all of it (10,000). */
  readonly marginBps?: number;
}
export const ROUTING_SETTINGS_DEFAULT: RoutingSettings = {
  strategy: 'learned',
  probeFloor: 0.002,
  probeShareMax: 0.05,
};

export interface Configuration {
  readonly format: 1;
  readonly version: number;
  readonly processors: readonly RegisteredProcessor[];
  /** Deleted processors: rows up to this epoch are dropped. */
  readonly tombstones: readonly { readonly processorId: ProcessorId; readonly epoch: number }[];
  readonly rules: readonly Rule[];
  readonly experiments: readonly RegisteredExperiment[];
  readonly overrides: readonly Override[];
  readonly routing: RoutingSettings;
  /** Left out: our own figures. */
  readonly retries?: RetrySettings;
  /** Left out: HEALING_DEFAULT. Set by change of its own, no part of what is exported. */
  readonly healing?: HealingSettings;
}

export const EMPTY_CONFIGURATION: Configuration = {
  format: 1,
  version: 0,
  processors: [],
  tombstones: [],
  rules: [],
  experiments: [],
  overrides: [],
  routing: ROUTING_SETTINGS_DEFAULT,
};

export const SCOPES = ['route', 'ingest', 'read', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** An API key as it travels with the table: only its SHA-256. */
export interface ApiKeyRecord {
  readonly id: string;
  readonly name: string;
  /** Hex SHA-256 of the whole key text. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly createdAtMs: number;
  /** A rotated key works until here; `null`: for good. */
  readonly expiresAtMs: number | null;
}
