// How many technical retries one processor may be sent: they must not multiply the load of one that is already in trouble.
// Two limits at once: a token bucket holds a full outage to its size, a ratio holds every partial failure. The bucket alone lets 1.40 times the
// requests through at 30% failures, the ratio alone 1.2 times in a full outage. (Bucket: AWS SDK "standard" retry mode; ratio: Envoy retry budget.)
import { isTechnicalFailure, type CanonicalResult } from '../results/canonical-result.ts';

/** Plain JSON. */
export interface RetryBudget {
  readonly format: 1;
  readonly tokens: number;
  /** First attempts and technical retries, both forgotten at the pace of the requests, not of the clock: a quiet processor starves nobody. */
  readonly requests: number;
  readonly retries: number;
}

const TOKENS_MAX = 500;
const RETRY_COST = 5;
/** Below the 20% that it must hold, so that the start's credit fits from 950 requests on: retries <= 0.19 (requests + 50) at every moment. */
const RATIO_MAX = 0.19;
const START_REQUESTS = 50;
const FORGETTING_REQUESTS = 1_000;

export const FRESH_BUDGET: RetryBudget = { format: 1, tokens: TOKENS_MAX, requests: START_REQUESTS, retries: 0 };

/** A first attempt goes to the processor. */
export function withRequest(budget: RetryBudget): RetryBudget {
  const kept = 1 - 1 / FORGETTING_REQUESTS;
  return { ...budget, requests: budget.requests * kept + 1, retries: budget.retries * kept };
}

export function allowsRetry({ tokens, requests, retries }: RetryBudget): boolean {
  return tokens >= RETRY_COST && retries + 1 <= RATIO_MAX * requests;
}

/** A technical retry goes to the processor; whoever calls this has asked `allowsRetry`. */
export function withRetry(budget: RetryBudget): RetryBudget {
  return { ...budget, tokens: budget.tokens - RETRY_COST, retries: budget.retries + 1 };
}

/** The processor did its work, whatever the issuer said: a retry gives back what it cost, a first attempt gives one token. */
export function withAnswer(budget: RetryBudget, of: 'request' | 'retry'): RetryBudget {
  return { ...budget, tokens: Math.min(TOKENS_MAX, budget.tokens + (of === 'retry' ? RETRY_COST : 1)) };
}

/**
 * What a result says about load and health. An unknown outcome says nothing until it is settled: it may be told twice, and to count it too often would
 * allow too many retries. A first attempt counts when its result is told, not when it is sent, which is later and so the stricter of the two.
 */
export function withResult(budget: RetryBudget, result: CanonicalResult): RetryBudget {
  if (result.result === 'timeout' || result.result === 'refunded' || result.result === 'disputed') return budget;
  const isFirst = result.attempt === 1;
  const counted = isFirst ? withRequest(budget) : budget;
  return isTechnicalFailure(result) ? counted : withAnswer(counted, isFirst ? 'request' : 'retry');
}
