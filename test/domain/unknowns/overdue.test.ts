import { expect, test } from 'vitest';
import { NEVER_TOLD, overdueSignal, type OverdueTold } from '../../../src/domain/unknowns/overdue.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const AT = { id: asProcessorId('processor_a'), epoch: 3 };
const oldest = { transactionId: 'txn_1', sinceMs: NOW - 25 * HOUR };
const on: OverdueTold = { state: 'on', count: 2, atMs: NOW - HOUR };

test('[UNK-11] the first overdue one is told with count, age and name, and the last one gone with it', () => {
  const first = overdueSignal(AT, { count: 2, oldest }, NEVER_TOLD, NOW);
  expect(first).toMatchObject({
    processorId: 'processor_a',
    epoch: 3,
    kind: 'unknown_overdue',
    state: 'on',
    evidence: { count: 2, oldest_age_hours: 25, oldest_transaction: 'txn_1' },
  });
  expect(overdueSignal(AT, { count: 0, oldest: null }, on, NOW)).toMatchObject({ state: 'off' });
});

test.each([
  ['nothing was and nothing is', { count: 0, oldest: null }, NEVER_TOLD],
  ['as many as before', { count: 2, oldest }, on],
  ['more, but told a moment ago', { count: 3, oldest }, { ...on, atMs: NOW - HOUR + 1 }],
])('[UNK-11] no word is lost on it: %s', (_, overdue, told) => {
  expect(overdueSignal(AT, overdue, told, NOW)).toBeNull();
});

test('[UNK-11] more than an hour ago is told again, and two words in one moment are told apart', () => {
  expect(overdueSignal(AT, { count: 3, oldest }, on, NOW)).toMatchObject({ state: 'on', atMs: NOW });
  expect(overdueSignal(AT, { count: 0, oldest: null }, { ...on, atMs: NOW }, NOW)?.atMs).toBe(NOW + 1);
});
