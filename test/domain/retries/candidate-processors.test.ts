import { describe, expect, test } from 'vitest';
import {
  A,
  adviceOn,
  attemptOf,
  B,
  BUDGETS,
  C,
  HOUR,
  NOW,
  policyOf,
  readingOf,
  SOFT,
  TECHNICAL,
} from './sample-question.ts';
import type { LedgerAttempt } from '../../../src/domain/retries/attempt-reading.ts';

const failed = attemptOf({ reading: TECHNICAL });
const hopped: readonly LedgerAttempt[] = [
  attemptOf({ id: 'b:0', processorId: B, reading: TECHNICAL, atMs: NOW - HOUR }),
];
const noBudget = { ...BUDGETS[B]!, tokens: 0 };

describe('technical failures', () => {
  test('[RTY-15] go to another processor at once, in the order of routing, with the one that failed last', () => {
    const advice = adviceOn(failed, { question: { eligibleProcessors: [A, C, B] }, input: { draw: 0.5 } });
    expect(advice).toMatchObject({ action: 'retry_now', processorId: C, alternatives: [B, A], notBeforeMs: NOW });
  });

  test('[RTY-15] go to the same one after a backoff where it is alone', () => {
    const advice = adviceOn(failed, { question: { eligibleProcessors: [A] }, input: { draw: 0.5 } });
    expect(advice).toMatchObject({ action: 'retry_now', processorId: A, notBeforeMs: NOW + 100 });
  });

  test('[RTY-15] back off twice as far at the second', () => {
    const past = [attemptOf({ id: 'a:0', reading: TECHNICAL, atMs: NOW - HOUR })];
    const advice = adviceOn(failed, { past, question: { eligibleProcessors: [A] }, input: { draw: 0.5 } });
    expect(advice.notBeforeMs).toBe(NOW + 200);
  });

  test('[RTY-15] of one payment are answered twice', () => {
    const past = [1, 2].map((hours) => attemptOf({ id: `a:${hours}`, reading: TECHNICAL, atMs: NOW - hours * HOUR }));
    expect(adviceOn(failed, { past: past.slice(1), question: { eligibleProcessors: [A] } }).action).toBe('retry_now');
    expect(adviceOn(failed, { past })).toMatchObject({ action: 'stop', ruleId: 'technical_retries_used_up' });
  });

  test('[RTY-15] of an attempt that was never sent go on likewise', () => {
    expect(adviceOn(attemptOf({ outcome: 'not_sent' }))).toMatchObject({
      action: 'retry_now',
      ruleId: 'not_sent',
      processorId: B,
    });
  });

  test('[RTY-15] that the merchant’s own configuration caused never go back to that processor', () => {
    const attempt = attemptOf({ reading: readingOf({ class: 'technical', fault: 'merchant_config' }) });
    expect(adviceOn(attempt, { question: { eligibleProcessors: [A] } })).toMatchObject({
      action: 'stop',
      ruleId: 'merchant_config_not_mended',
      processorsExcluded: [{ processorId: A, ruleId: 'merchant_config_not_mended' }],
    });
  });
});

describe('the retry budget', () => {
  const emptyAtB = { ...BUDGETS, [B]: noBudget };

  test('[RTY-21] is of the processor that is sent to, and leaves it out when it is empty', () => {
    const advice = adviceOn(failed, { input: { budgets: emptyAtB } });
    expect(advice).toMatchObject({ processorId: C, drawsOn: C });
    expect(advice.processorsExcluded).toContainEqual({ processorId: B, ruleId: 'retry_budget_empty' });
  });

  test('[RTY-21] stops where it is empty everywhere, or not known', () => {
    expect(adviceOn(failed, { input: { budgets: {} } })).toMatchObject({
      action: 'stop',
      ruleId: 'retry_budget_empty',
    });
  });

  test('[RTY-21] is not drawn on by the retry of an issuer decline', () => {
    const soft = adviceOn(attemptOf({ reading: SOFT }), { input: { budgets: {} } });
    expect(soft).toMatchObject({ action: 'retry_later', drawsOn: null });
    const generic = adviceOn(attemptOf({ reading: readingOf({ visaCategory: 4 }) }), { input: { budgets: {} } });
    expect(generic).toMatchObject({ action: 'retry_now', drawsOn: null });
  });
});

describe('hops', () => {
  test('[RTY-17] one change of processor within a payment is the default', () => {
    const advice = adviceOn(failed, { past: hopped });
    expect(advice).toMatchObject({ processorId: A, alternatives: [], hops: { made: 1, max: 1 } });
    expect(advice.processorsExcluded).toEqual([B, C].map((processorId) => ({ processorId, ruleId: 'hops_used_up' })));
  });

  test('[RTY-17] what the caller counts holds where the ledger knows less', () => {
    expect(adviceOn(failed, { question: { hopsMade: 1 } }).processorId).toBe(A);
  });

  test('[RTY-17] two are the most, whatever is configured', () => {
    const twice = [...hopped, attemptOf({ id: 'c:0', processorId: C, reading: SOFT, atMs: NOW - HOUR / 2 })];
    const policy = policyOf({ hopsMax: 9 });
    expect(adviceOn(failed, { past: hopped, input: { policy } })).toMatchObject({
      processorId: B,
      hops: { made: 2, max: 2 },
    });
    expect(adviceOn(failed, { past: twice, input: { policy } })).toMatchObject({
      processorId: A,
      hops: { made: 2, max: 2 },
    });
  });
});

describe('authentication and tokens', () => {
  test('[RTY-18] after 3-D Secure that is not portable the payment stays', () => {
    const stays = adviceOn(failed, { question: { auth: { portable: false } } });
    expect(stays).toMatchObject({ processorId: A, alternatives: [] });
    expect(stays.processorsExcluded).toContainEqual({ processorId: B, ruleId: 'auth_not_portable' });
    expect(adviceOn(failed, { question: { auth: { portable: true } } }).processorId).toBe(B);
  });

  test('[RTY-18] a token of one processor stays there', () => {
    const credential = { kind: 'processor_token', processorId: A } as const;
    expect(adviceOn(failed, { question: { credential } })).toMatchObject({ processorId: A, alternatives: [] });
    expect(adviceOn(failed, { question: { credential, eligibleProcessors: [B] } })).toMatchObject({
      action: 'stop',
      ruleId: 'token_of_one_processor',
    });
  });

  test.each([
    ['network_token', 'used', 'fix_data', 'cryptogram_used'],
    ['network_token', 'fresh', 'retry_now', 'technical_failure'],
    ['network_token', 'not_needed', 'retry_now', 'technical_failure'],
    ['device_token', 'used', 'customer_action', 'cryptogram_used'],
  ] as const)('[RTY-18] a %s whose cryptogram is %s: %s', (kind, cryptogram, action, ruleId) => {
    expect(adviceOn(failed, { question: { credential: { kind, cryptogram } } })).toMatchObject({ action, ruleId });
  });

  test('[RTY-18] a used cryptogram hides no end', () => {
    const credential = { kind: 'network_token', cryptogram: 'used' } as const;
    const attempt = attemptOf({ reading: readingOf({ visaCategory: 1 }) });
    expect(adviceOn(attempt, { question: { credential } })).toMatchObject({
      action: 'stop',
      ruleId: 'issuer_said_never',
    });
  });
});

test('[RTY-19] Stripe is sent at most eight retries of one payment', () => {
  const policy = policyOf({ processors: { [A]: { vendor: 'stripe', ceilings: {}, reliableCancel: false } } });
  const tried = (attempts: number): readonly LedgerAttempt[] =>
    Array.from({ length: attempts - 1 }, (_, index) => attemptOf({ id: `a:${index}`, atMs: NOW - (index + 1) * HOUR }));
  const at = (attempts: number) =>
    adviceOn(attemptOf(), { past: tried(attempts), input: { policy }, question: { eligibleProcessors: [A] } });
  expect(at(8)).toMatchObject({ action: 'retry_later', processorId: A });
  expect(at(9)).toMatchObject({ action: 'stop', ruleId: 'vendor_retries_used_up' });
});
