import { describe, expect, test } from 'vitest';
import {
  allowsRetry,
  FRESH_BUDGET,
  withAnswer,
  withRequest,
  withRetry,
  type RetryBudget,
} from '../../../src/domain/retries/retry-budget.ts';
import { seeded } from '../../harness/seeded.ts';
import { tellFigures } from '../../harness/soak.ts';

const REQUESTS = 20_000;
/** Attempts of one request: the first and two retries, as the AWS SDKs have it. */
const ATTEMPTS_MAX = 3;
const RATES = [0, 0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];

type Allows = (budget: RetryBudget) => boolean;

interface Traffic {
  budget: RetryBudget;
  requests: number;
  retries: number;
  /** Requests that ended in a failure. */
  failed: number;
}

const fresh = (): Traffic => ({ budget: FRESH_BUDGET, requests: 0, retries: 0, failed: 0 });

function send(traffic: Traffic, failureRate: number, draw: () => number, allows: Allows): void {
  traffic.requests += 1;
  traffic.budget = withRequest(traffic.budget);
  let failed = draw() < failureRate;
  if (!failed) traffic.budget = withAnswer(traffic.budget, 'request');
  for (let attempt = 2; failed && attempt <= ATTEMPTS_MAX && allows(traffic.budget); attempt += 1) {
    traffic.retries += 1;
    traffic.budget = withRetry(traffic.budget);
    failed = draw() < failureRate;
    if (!failed) traffic.budget = withAnswer(traffic.budget, 'retry');
  }
  if (failed) traffic.failed += 1;
}

function amplification(failureRateAt: (request: number) => number, allows: Allows = allowsRetry, seed = 1): number {
  const traffic = fresh();
  const draw = seeded(seed);
  for (let request = 0; request < REQUESTS; request += 1) send(traffic, failureRateAt(request), draw, allows);
  return 1 + traffic.retries / traffic.requests;
}

describe('T11: amplification', () => {
  test.for(RATES)('[RTY-21] over 20,000 requests of which %d fail it is at most 1.2', (rate, { task }) => {
    for (let seed = 1; seed <= 5; seed += 1) {
      const reached = amplification(() => rate, allowsRetry, seed);
      expect(reached).toBeLessThanOrEqual(1.2);
      if (rate > 0) expect(reached).toBeGreaterThan(1);
    }
    tellFigures(task, { 'requests a rate and seed': REQUESTS, 'rates of failure': 1 });
  });

  test('[RTY-21] in a full outage over 20,000 requests it is at most 1.02', ({ task }) => {
    expect(amplification(() => 1)).toBeLessThanOrEqual(1.02);
    const traffic = fresh();
    const draw = seeded(3);
    for (let request = 0; request < REQUESTS; request += 1) send(traffic, 0, draw, allowsRetry);
    for (let request = 0; request < REQUESTS; request += 1) send(traffic, 1, draw, allowsRetry);
    // All of them in the outage, after a healthy time that has filled both limits.
    expect(1 + traffic.retries / REQUESTS).toBeLessThanOrEqual(1.02);
    tellFigures(task, { 'requests in a full outage': traffic.requests - REQUESTS });
  });

  test('[RTY-21] failures that come and go keep to it, too', () => {
    for (const period of [10, 100, 1_000, 5_000])
      for (const rate of [0.3, 0.7, 1])
        expect(amplification((request) => (Math.floor(request / period) % 2 === 0 ? 0 : rate))).toBeLessThanOrEqual(
          1.2,
        );
  });

  test('[RTY-21] neither limit suffices alone: the bucket lets 1.35 and more through at 30%, the ratio 1.15 and more in an outage', () => {
    const bucket: Allows = ({ tokens }) => tokens >= 5;
    const ratio: Allows = ({ requests, retries }) => allowsRetry({ ...FRESH_BUDGET, requests, retries });
    expect(amplification(() => 0.3, bucket)).toBeGreaterThan(1.35);
    expect(amplification(() => 1, bucket)).toBeLessThanOrEqual(1.02);
    expect(amplification(() => 1, ratio)).toBeGreaterThan(1.15);
    expect(amplification(() => 0.3, ratio)).toBeLessThanOrEqual(1.2);
  });
});

test('[RTY-21] where one request in ten fails the budget refuses none', () => {
  const traffic = fresh();
  const draw = seeded(5);
  for (let request = 0; request < REQUESTS; request += 1) send(traffic, 0.1, draw, allowsRetry);
  expect(traffic.failed / REQUESTS).toBeLessThan(0.002);
});

test('[RTY-21] a processor that has had no request yet is sent nine retries', () => {
  let budget = FRESH_BUDGET;
  let retries = 0;
  for (; allowsRetry(budget); retries += 1) budget = withRetry(budget);
  expect(retries).toBe(9);
});
