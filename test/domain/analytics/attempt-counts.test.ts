import { expect, test } from 'vitest';
import { type AttemptCounts, ratesOf } from '../../../src/domain/analytics/attempt-counts.ts';

const NOTHING: AttemptCounts = {
  approved: 0,
  declined: 0,
  error: 0,
  timeout: 0,
  refunded: 0,
  disputed: 0,
  retries: 0,
  recommended: 0,
  offRecommendation: 0,
  latencyMs: 0,
  latencies: 0,
};

test.each([
  ['nothing', {}, { attempts: 0, authorizationRate: null, errorRate: null, latencyMeanMs: null }],
  ['refunds alone', { refunded: 3, disputed: 2 }, { attempts: 0, authorizationRate: null, errorRate: null }],
  ['errors alone', { error: 2 }, { attempts: 2, authorizationRate: null, errorRate: 1 }],
  [
    'all kinds',
    { approved: 6, declined: 2, error: 1, timeout: 1 },
    { attempts: 10, authorizationRate: 0.75, errorRate: 0.2 },
  ],
  ['a mean of what was told', { latencyMs: 300, latencies: 2 }, { latencyMeanMs: 150 }],
  ['more taken back than was counted', { approved: 1, timeout: -2 }, { attempts: -1, errorRate: null }],
  ['more errors than attempts', { approved: 3, error: 4, timeout: -5 }, { errorRate: 0 }],
] as const)('[ANL-6] %s', (_, counts, expected) => {
  expect(ratesOf({ ...NOTHING, ...counts })).toMatchObject(expected);
});
