import { expect, test } from 'vitest';
import { addressOf, CARD_BR, PIX_BR, resultOf } from '../../harness/results.ts';
import { asTransactionId, type SegmentKey } from '../../../src/domain/identity.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { seeded } from '../../harness/seeded.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 5);
const PER_HOUR = 40;

interface Told {
  readonly segment: SegmentKey;
  readonly approved: boolean;
  readonly hoursLate?: number;
}

function record(state: ProcessorState, at: number, { segment, approved, hoursLate = 0 }: Told): void {
  const result = resultOf('p', {
    transactionId: asTransactionId(`txn_${segment}_${at}_${hoursLate}`),
    eventTimeMs: at - hoursLate * HOUR_MS,
    result: approved ? 'approved' : 'declined',
    fault: approved ? 'none' : 'issuer',
    segment,
  });
  state.apply({ kind: 'results', at, results: [result] });
}

function twoDaysWeakAtNight(): ProcessorState {
  const state = ProcessorState.create(addressOf('p'), '0123456789abcdef');
  for (let hour = 0; hour < 70; hour++) {
    const random = seeded(hour + 1);
    const rate = hour % 24 >= 22 || hour % 24 < 5 ? 0.7 : 0.93;
    for (let i = 0; i < PER_HOUR; i++) {
      const told = { segment: CARD_BR, approved: random() < rate };
      record(state, START + hour * HOUR_MS + i * 60_000, told);
    }
  }
  return state;
}

const meanAt = (state: ProcessorState, now: number): number =>
  state.row(now).segments.find(({ segment }) => segment === CARD_BR)!.belief.mean;

test('[LRN-18] a row tells what the hour is like on former days: read by the clock, or when another segment has news', () => {
  const state = twoDaysWeakAtNight();
  const before = state.checkpoint().text;
  const afternoon = meanAt(state, START + 70 * HOUR_MS - 1);
  const evening = meanAt(state, START + 70 * HOUR_MS);
  expect(afternoon - evening).toBeGreaterThan(0.05);
  expect(state.checkpoint().text).toBe(before);
  record(state, START + 70 * HOUR_MS, { segment: PIX_BR, approved: true });
  expect(meanAt(state, START + 70 * HOUR_MS)).toBe(evening);
  expect(state.checkpoint().text).not.toBe(before);
});

test('[LRN-19] results that come when the hour of their payment is over leave no former day', () => {
  const state = ProcessorState.create(addressOf('p'), '0123456789abcdef');
  const random = seeded(7);
  for (let hour = 0; hour < 60; hour++) {
    for (let i = 0; i < 20; i++) {
      const approved = random() < (hour % 24 < 12 ? 0.5 : 0.95);
      record(state, START + hour * HOUR_MS + i * 60_000, { segment: CARD_BR, approved, hoursLate: 1 });
    }
  }
  expect(state.segments.get(CARD_BR)!.learner.clock).toBeGreaterThan(500);
  expect([...state.segments.get(CARD_BR)!.learner.hours.past.outcomes].every((count) => count === 0)).toBe(true);
});
