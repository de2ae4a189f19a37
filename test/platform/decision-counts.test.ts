import { describe, expect, test } from 'vitest';
import { asProcessorId } from '../../src/domain/identity.ts';
import { DecisionCounts } from '../../src/platform/decision-counts.ts';
import { PIX_BR } from '../harness/results.ts';
import { segmentKey } from '../../src/domain/segment.ts';

const [A, B] = [asProcessorId('a'), asProcessorId('b')];
const CARD_BR = segmentKey('CARD', 'BR');

describe('decisions that no board has heard of', () => {
  test('are counted by processor and segment, with the first and the last moment', () => {
    const counts = new DecisionCounts();
    counts.note(A, PIX_BR, 1);
    counts.note(B, PIX_BR, 2);
    counts.note(A, CARD_BR, 3);
    counts.note(A, PIX_BR, 4);
    expect(counts.takeAll()).toEqual([
      { processorId: A, segment: PIX_BR, count: 2, firstAtMs: 1, lastAtMs: 4 },
      { processorId: B, segment: PIX_BR, count: 1, firstAtMs: 2, lastAtMs: 2 },
      { processorId: A, segment: CARD_BR, count: 1, firstAtMs: 3, lastAtMs: 3 },
    ]);
    expect(counts.takeAll()).toEqual([]);
  });

  test('come back where they did not arrive, and what was taken changes no more', () => {
    const counts = new DecisionCounts();
    counts.note(A, PIX_BR, 1);
    const lost = counts.takeAll();
    counts.note(A, PIX_BR, 5);
    counts.giveBack(lost[0]!);
    counts.giveBack({ processorId: B, segment: PIX_BR, count: 3, firstAtMs: 2, lastAtMs: 3 });
    counts.note(B, PIX_BR, 6);
    expect(lost).toEqual([{ processorId: A, segment: PIX_BR, count: 1, firstAtMs: 1, lastAtMs: 1 }]);
    expect(counts.takeAll()).toEqual([
      { processorId: A, segment: PIX_BR, count: 2, firstAtMs: 1, lastAtMs: 5 },
      { processorId: B, segment: PIX_BR, count: 4, firstAtMs: 2, lastAtMs: 6 },
    ]);
  });
});
