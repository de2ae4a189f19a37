// Attempts for breaker tests: a success now with nothing held against the processor, unless said otherwise.
import {
  onAttempt,
  type BreakerAttempt,
  type BreakerState,
  type BreakerStep,
} from '../../../src/domain/health/breaker.ts';
import { BREAKER_DEFAULTS, type BreakerOptions } from '../../../src/domain/processor-config.ts';

export const T0 = 1_760_000_000_000;

export function attempt(nowMs: number, fields: Partial<BreakerAttempt> = {}): BreakerAttempt {
  return {
    technicalFailure: false,
    decidedAtMs: nowMs,
    nowMs,
    permitNonce: null,
    window: { total: 0, technical: 0 },
    baseline: { rate: 0, attempts: 0 },
    detectorTrips: false,
    ...fields,
  };
}

export function step(
  state: BreakerState,
  nowMs: number,
  fields: Partial<BreakerAttempt> = {},
  options: BreakerOptions = BREAKER_DEFAULTS,
): BreakerStep {
  return onAttempt(state, attempt(nowMs, fields), options, 7);
}

export function after(
  state: BreakerState,
  nowMs: number,
  fields: Partial<BreakerAttempt> = {},
  options: BreakerOptions = BREAKER_DEFAULTS,
): BreakerState {
  return step(state, nowMs, fields, options).state;
}

export const open = (
  fields: Partial<Extract<BreakerState, { state: 'OPEN' }>> = {},
): Extract<BreakerState, { state: 'OPEN' }> => ({
  state: 'OPEN',
  openedAt: T0,
  reopensAt: T0 + 60_000,
  relapses: 0,
  reason: 'consecutive_failures',
  ...fields,
});

export const halfOpen = (
  fields: Partial<Extract<BreakerState, { state: 'HALF_OPEN' }>> = {},
): Extract<BreakerState, { state: 'HALF_OPEN' }> => ({
  state: 'HALF_OPEN',
  since: T0 + 60_000,
  permits: [],
  successes: 0,
  relapses: 0,
  ...fields,
});

export const closed = (
  fields: Partial<Extract<BreakerState, { state: 'CLOSED' }>> = {},
): Extract<BreakerState, { state: 'CLOSED' }> => ({
  state: 'CLOSED',
  since: 0,
  countsFrom: 0,
  consecutiveFailures: 0,
  relapses: 0,
  ...fields,
});
