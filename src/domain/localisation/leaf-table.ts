// Counts of attempts by processor, method, country and BIN, before and during a change: the input of localisation, made safe to reckon with.
import type { Fault } from '../results/canonical-result.ts';

export const ATTRIBUTES = ['processor', 'method', 'country', 'bin'] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** Stands where a value is not told. It is never a cause. */
export const UNKNOWN = 'unknown';

/** Of one decline or error code; `fault` as `faultOf` says. */
export interface CodeCount {
  readonly code: string;
  readonly fault: Fault | 'unknown';
  readonly count: number;
}

/** All attempts that share these attributes within a window. Leaves with the same attributes are added up. */
export interface Leaf {
  readonly processor: string;
  readonly method: string;
  readonly country: string;
  /** Prefix of the card number, e.g. `411111`; `unknown` where there is none. */
  readonly bin: string;
  readonly attempts: number;
  /** Technical: errors and timeouts. */
  readonly failures: number;
  readonly declines: number;
  readonly approvals: number;
  /** Sum over the attempts, in minor units of one currency. */
  readonly amountMinor: number;
  readonly codes?: readonly CodeCount[];
}

export interface CountWindow {
  readonly minutes: number;
  readonly leaves: readonly Leaf[];
}

/** What is counted of what: `failure` technical failures of attempts, `decline` declines of what did not fail, `loss` attempts without approval. */
export type Measure = 'failure' | 'decline' | 'loss';

export type Combination = Readonly<Partial<Record<Attribute, string>>>;

export interface Trials {
  readonly trials: number;
  readonly hits: number;
}

/** Beyond it sums would lose their whole numbers. */
const COUNT_MAX = 1e12;

/** A count that is negative, no number or absurd counts as none, or as the most there can be. */
export function safeCount(count: number): number {
  return count > 0 ? Math.min(COUNT_MAX, count) : 0;
}

export function trialsOf(leaf: Leaf, measure: Measure): Trials {
  const attempts = safeCount(leaf.attempts);
  const failures = Math.min(attempts, safeCount(leaf.failures));
  if (measure === 'failure') return { trials: attempts, hits: failures };
  if (measure === 'loss') return { trials: attempts, hits: attempts - Math.min(attempts, safeCount(leaf.approvals)) };
  return { trials: attempts - failures, hits: Math.min(attempts - failures, safeCount(leaf.declines)) };
}

export function isWithin(leaf: Leaf, { processor, method, country, bin }: Combination): boolean {
  return (
    (processor === undefined || processor === leaf.processor) &&
    (method === undefined || method === leaf.method) &&
    (country === undefined || country === leaf.country) &&
    (bin === undefined || bin === leaf.bin)
  );
}

export function narrowed({ minutes, leaves }: CountWindow, combination: Combination): CountWindow {
  return { minutes, leaves: leaves.filter((leaf) => isWithin(leaf, combination)) };
}
