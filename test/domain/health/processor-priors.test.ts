import { describe, expect, test } from 'vitest';
import { addressOf, CARD_BR, PIX_BR, resultOf } from '../../harness/results.ts';
import { beliefOf, createLearner, type LearnerState } from '../../../src/domain/learning/posterior.ts';
import { decideOn, id, processor, row, table } from '../routing/made-table.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import type { ProcessorAddress } from '../../../src/domain/health/processor-address.ts';

const SALT = '0123456789abcdef';
const AT = Date.UTC(2026, 10, 21);
const PRIOR = { mean: 0.3, weight: 200 };
const seededBy = (revision: number, ...segments: ProcessorAddress['priors'] & object): ProcessorAddress => ({
  ...addressOf('a', {}, 1, revision),
  priors: segments,
});
const learnerOf = (state: ProcessorState, segment = PIX_BR): LearnerState => state.segments.get(segment)!.learner;

function record(state: ProcessorState, count: number, segment = PIX_BR): void {
  const results = Array.from({ length: count }, (_, index) => resultOf('a', { eventTimeMs: AT + index, segment }));
  state.apply({ kind: 'results', at: AT + count, results });
}

function configured(state: ProcessorState, address: ProcessorAddress): ProcessorState {
  state.apply({ kind: 'configure', at: AT, address });
  return state;
}

describe('a prior', () => {
  test('[PRI-4] is what a segment without results begins with, and no other segment', () => {
    const state = ProcessorState.create(seededBy(1, { segment: PIX_BR, ...PRIOR }), SALT);
    const plain = ProcessorState.create(addressOf('a'), SALT);
    for (const each of [state, plain]) for (const segment of [PIX_BR, CARD_BR]) record(each, 1, segment);
    expect(learnerOf(state).prior).toEqual(PRIOR);
    expect(beliefOf(learnerOf(state)).baseline).toBeCloseTo(0.3, 1);
    expect(learnerOf(state, CARD_BR)).toEqual(learnerOf(plain, CARD_BR));
    expect(state.segments.get(PIX_BR)!.retryLearner).toEqual(createLearner());
  });

  test('[PRI-5] that comes to a segment with results changes nothing there', () => {
    const state = ProcessorState.create(addressOf('a'), SALT);
    record(state, 300);
    const before = structuredClone(learnerOf(state));
    configured(state, seededBy(2, { segment: PIX_BR, ...PRIOR }));
    expect(learnerOf(state)).toEqual(before);
  });

  test('[PRI-5] is kept with the state, for segments that come after it was restored too', () => {
    const state = ProcessorState.create(seededBy(1, { segment: PIX_BR, ...PRIOR }), SALT);
    const { text } = state.checkpoint();
    const restored = ProcessorState.restore(text, [], []);
    record(restored, 1);
    expect(learnerOf(restored).prior).toEqual(PRIOR);
  });

  test('[PRI-6] ranks one that has had nothing but retries and customers’ errors there', () => {
    const state = ProcessorState.create(seededBy(1, { segment: PIX_BR, ...PRIOR }), SALT);
    const results = [
      resultOf('c', { eventTimeMs: AT, attempt: 2 }),
      resultOf('c', { eventTimeMs: AT, result: 'declined', fault: 'user' }),
    ];
    state.apply({ kind: 'results', at: AT, results: results.map((result) => ({ ...result, segment: CARD_BR })) });
    const three = [processor('a'), processor('c', { priors: [{ segment: CARD_BR, mean: 0.31, weight: 50 }] })];
    const decision = decideOn(table(three, [row('a'), { ...state.publishRow(AT), processorId: id('c') }]));
    expect(decision.ranked.find(({ processorId }) => processorId === id('c'))!.approval.mean).toBeCloseTo(0.31, 6);
  });

  test('[PRI-6] ranks a processor that was never tried; without one it counts as the average of the others', () => {
    const tried = [row('a'), row('b', { mean: 0.9 })];
    const beliefIn = (priors: ProcessorAddress['priors']): number => {
      const three = [processor('a'), processor('b'), processor('c', priors === undefined ? {} : { priors })];
      const decision = decideOn(table(three, tried));
      return decision.ranked.find(({ processorId }) => processorId === id('c'))!.approval.mean;
    };
    const average = beliefIn(undefined);
    expect(average).toBeCloseTo(0.85, 6);
    expect(beliefIn([{ segment: CARD_BR, mean: 0.31, weight: 50 }])).toBeCloseTo(0.31, 6);
    expect(beliefIn([{ segment: PIX_BR, mean: 0.31, weight: 50 }])).toBe(average);
  });
});
