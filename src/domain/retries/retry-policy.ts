// What the merchant says about retrying, and what that may be at most: every setting can be stricter than the networks, none more lenient.
import { CEILING_IDS, type CeilingId } from './ceiling-ids.ts';
import { ceilingOf, DAY_MS, editionAt } from './network-rules.ts';
import type { BackoffOptions } from './backoff.ts';
import type { ProcessorId } from '../identity.ts';

export interface ProcessorRetryPolicy {
  /** Of the adapter, lower case; some vendors cap retries themselves. `null`: none of those we know. */
  readonly vendor: string | null;
  /** What this acquirer charges for earlier than the networks do; only counts where it is less. */
  readonly ceilings: Readonly<Partial<Record<CeilingId, number>>>;
  /** A cancel of an attempt of unknown outcome that surely takes, as its adapter declares. */
  readonly reliableCancel: boolean;
}

export interface RetryPolicy {
  /** Between nothing and the network's own maximum; left out: our default. */
  readonly ceilings: Readonly<Partial<Record<CeilingId, number>>>;
  /** By processor id; one that is not listed has no caps of its own and no reliable cancel. */
  readonly processors: Readonly<Record<string, ProcessorRetryPolicy>>;
  /** Changes of processor within one payment: 0-2. */
  readonly hopsMax: number;
  /** Technical failures of one payment that are answered by another attempt. */
  readonly technicalRetriesMax: number;
  /** Also retries an issuer's decline that came without any advice of network or processor. */
  readonly retriesWithoutAdvice: boolean;
  readonly backoff: BackoffOptions;
  /** Of a soft decline that named no time of its own, and the spread that keeps a batch of them from coming back at once. */
  readonly laterWaitMs: number;
  readonly laterSpreadMs: number;
  readonly reconcileWaitMs: number;
  /** A wait that a customer in the checkout can be asked for: up to it the advice is `retry_now`. */
  readonly checkoutWaitMaxMs: number;
  readonly useWithinMs: number;
  readonly resultWithinMs: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  ceilings: {},
  processors: {},
  hopsMax: 1,
  technicalRetriesMax: 2,
  retriesWithoutAdvice: false,
  backoff: { baseMs: 200, capMs: 20_000 },
  laterWaitMs: DAY_MS,
  laterSpreadMs: 6 * 3_600_000,
  // Mastercard Send: after a timeout or 5xx wait 40 s before the same request is sent again.
  reconcileWaitMs: 40_000,
  checkoutWaitMaxMs: 5_000,
  useWithinMs: 15 * 60_000,
  resultWithinMs: DAY_MS,
};

const HOPS_MAX = 2;

export const hopsAllowed = ({ hopsMax }: RetryPolicy): number => within(hopsMax, HOPS_MAX);

/** Stripe docs, payments/off-session-payments/smart-retries (read 2026-11): 8 tries within two weeks are what it recommends, and what it makes of its own accord. */
const VENDOR_RETRIES_MAX: Readonly<Record<string, number>> = { stripe: 8 };

/** Of several names for one processor the one whose limit is the least; a name without a limit says nothing. */
export function strictestVendor(vendors: readonly string[]): string | null {
  const limited = vendors.filter((vendor) => Object.hasOwn(VENDOR_RETRIES_MAX, vendor));
  return limited.toSorted((left, right) => VENDOR_RETRIES_MAX[left]! - VENDOR_RETRIES_MAX[right]!)[0] ?? null;
}

/** Retries of one payment that this processor's vendor takes; `null`: it names no number. */
export function vendorRetriesMax(policy: RetryPolicy, processorId: ProcessorId): number | null {
  const vendor = processorPolicy(policy, processorId)?.vendor ?? null;
  return vendor === null || !Object.hasOwn(VENDOR_RETRIES_MAX, vendor) ? null : (VENDOR_RETRIES_MAX[vendor] ?? null);
}

export function hasReliableCancel(policy: RetryPolicy, processorId: ProcessorId): boolean {
  return processorPolicy(policy, processorId)?.reliableCancel ?? false;
}

/** What an attempt through this processor is held to: the least of network, merchant and acquirer, in the editions in force. */
export function limitsAt(policy: RetryPolicy, processorId: ProcessorId, now: number): Record<CeilingId, number> {
  const acquirer = processorPolicy(policy, processorId)?.ceilings ?? {};
  const limits = CEILING_IDS.map((id) => {
    const { hardMax, defaultMax } = editionAt(ceilingOf(id), now);
    const own = within(policy.ceilings[id] ?? defaultMax, hardMax);
    return [id, within(acquirer[id] ?? own, own)] as const;
  });
  return Object.fromEntries(limits) as Record<CeilingId, number>;
}

function processorPolicy(policy: RetryPolicy, processorId: ProcessorId): ProcessorRetryPolicy | undefined {
  return Object.hasOwn(policy.processors, processorId) ? policy.processors[processorId] : undefined;
}

/** What is no number allows nothing. */
function within(value: number, max: number): number {
  return Math.min(max, Math.max(0, Math.floor(value) || 0));
}
