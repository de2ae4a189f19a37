// What a caller asks after an attempt has ended, and what it is told: the shapes `adviseNext` reads and writes.
import type { CeilingId } from './ceiling-ids.ts';
import type { CredentialLedger } from './credential-ledger.ts';
import type { LedgerAttempt } from './attempt-reading.ts';
import type { ProcessorId } from '../identity.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { RetryPolicy } from './retry-policy.ts';

/**
 * `network_token`, `device_token`: each attempt needs a cryptogram of its own, unless the merchant starts the payment; the merchant can fetch one,
 * a device makes one only with its holder. `processor_token`: known to one account at one processor. `none`: not a card (PIX, OXXO, ...).
 */
export type Credential =
  | { readonly kind: 'card' | 'none' }
  | { readonly kind: 'network_token' | 'device_token'; readonly cryptogram: 'fresh' | 'used' | 'not_needed' }
  | { readonly kind: 'processor_token'; readonly processorId: ProcessorId };

/** An operator's or the merchant's own decision, already in the audit log under this id. */
export interface AuditedOverride {
  readonly by: string;
  readonly reason: string;
  readonly auditId: string;
}

export interface RetryQuestion {
  readonly attempt: LedgerAttempt;
  /** As the caller counts them, the attempt that ended included: the ledger's own count wins where it is higher. */
  readonly attemptsMade: number;
  readonly hopsMade: number;
  readonly credential: Credential;
  /** The ledger is of this payment alone, for nobody told the card: its ceilings cannot be counted. */
  readonly isPaymentAlone?: true;
  /** `null`: no 3-D Secure was attempted. Not portable: its result is only known to the processor that ran it. */
  readonly auth: { readonly portable: boolean } | null;
  /** Best first, as routing ranks them now; the processor of the attempt is among them if it may be used again. */
  readonly eligibleProcessors: readonly ProcessorId[];
  /** Since the attempt ended. */
  readonly remedied: { readonly data: boolean; readonly customer: boolean };
  /** For an unknown outcome alone. */
  readonly override: AuditedOverride | null;
}

export interface AdviceInput {
  readonly question: RetryQuestion;
  /** `null`: the credential has no fingerprint, and nothing is known of its other attempts. */
  readonly ledger: CredentialLedger | null;
  /** By processor id; one that is missing allows no technical retry: what cannot be counted cannot be limited. */
  readonly budgets: Readonly<Record<string, RetryBudget>>;
  readonly policy: RetryPolicy;
  readonly now: number;
  /** Uniform in [0, 1). */
  readonly draw: number;
}

export type NextAction =
  | 'retry_now'
  | 'retry_later'
  | 'reconcile'
  | 'void_then_retry'
  | 'fix_data'
  | 'customer_action'
  | 'stop';

export interface ExcludedProcessor {
  readonly processorId: ProcessorId;
  readonly ruleId: RetryRuleId;
}

/** The ceiling that leaves the least room. */
export interface CeilingView {
  readonly ruleId: CeilingId;
  readonly edition: string;
  readonly windowMs: number;
  readonly max: number;
  readonly used: number;
  readonly left: number;
}

export interface RetryAdvice {
  readonly action: NextAction;
  /** Where the next attempt goes, or whom to ask; `null`: nowhere. */
  readonly processorId: ProcessorId | null;
  /** The attempt to ask about or to cancel, which need not be the one told; `null`: none. */
  readonly transactionId: string | null;
  /** The others that would do as well, best first. */
  readonly alternatives: readonly ProcessorId[];
  readonly processorsExcluded: readonly ExcludedProcessor[];
  readonly notBeforeMs: number | null;
  readonly ruleId: RetryRuleId;
  /** `null`: none holds, or the credential has no ledger. */
  readonly ceiling: CeilingView | null;
  readonly hops: { readonly made: number; readonly max: number };
  /** Whose retry budget this takes one from; only technical retries do. */
  readonly drawsOn: ProcessorId | null;
  /** An override sends a second attempt while the first may still be approved. */
  readonly doubleChargeRisk: boolean;
  readonly explanation: string;
}

export type RetryRuleId =
  | CeilingId
  // why nothing more is sent
  | 'already_approved'
  | 'issuer_said_never'
  | 'processor_said_never'
  | 'credential_blocked'
  | 'no_advice'
  | 'attempt_too_old'
  | 'retry_already_given'
  | 'ledger_incomplete'
  | 'no_credential_ledger'
  | 'no_processor_left'
  | 'technical_retries_used_up'
  // who has to do something first
  | 'outcome_unknown'
  | 'other_attempt_unknown'
  | 'duplicate_of_other'
  | 'correct_data_first'
  | 'customer_first'
  | 'cryptogram_used'
  | 'card_will_not_do'
  // why a processor is left out
  | 'auth_not_portable'
  | 'token_of_one_processor'
  | 'hops_used_up'
  | 'merchant_config_not_mended'
  | 'retry_budget_empty'
  | 'vendor_retries_used_up'
  // why it is tried again
  | 'not_sent'
  | 'technical_failure'
  | 'voided'
  | 'remedied'
  | 'generic_decline'
  | 'issuer_said_wait'
  | 'soft_decline'
  | 'unknown_overridden';
