import { describe, expect, test } from 'vitest';
import { BoardState } from '../../../src/domain/routing/board-state.ts';
import { EMPTY_CONFIGURATION } from '../../../src/domain/configuration/configuration.ts';
import { CARD_BR, id, NOW, processor } from './made-table.ts';

const limited = processor('a', { maxTps: 5 });

function board(): BoardState {
  const state = new BoardState('board');
  const configuration = { ...EMPTY_CONFIGURATION, version: 1, processors: [limited, processor('b')] };
  state.acceptUpdate({ configuration, keys: [], keysVersion: 1, bootstrapVoid: true }, NOW);
  return state;
}

/** One isolate reports every `everyMs` what it decided evenly in between. */
function decided(state: BoardState, perSecond: Readonly<Record<string, number>>, everyMs: number): number {
  let now = NOW;
  for (let report = 0; report < 120; report++) {
    const [firstAtMs, lastAtMs] = [now, now + everyMs];
    now = lastAtMs;
    const counts = Object.entries(perSecond).map(([name, rate]) => ({
      processorId: id(name),
      segment: CARD_BR,
      count: (rate * everyMs) / 1_000,
      firstAtMs,
      lastAtMs,
    }));
    state.noteDecisions(counts, now);
  }
  return now;
}

describe('the rates that a board tells', () => {
  test.each([200, 1_000, 2_000])('[DEC-7] are those of the decisions, reported every %d ms', (everyMs) => {
    const state = board();
    const now = decided(state, { a: 4, b: 16 }, everyMs);
    const [rate] = state.delta(null, now)!.segmentRates;
    expect(Math.abs(rate!.perSecond / 20 - 1)).toBeLessThan(0.03);
    expect(rate!.toLimited.map(({ processorId }) => processorId)).toEqual([limited.id]);
    expect(Math.abs(rate!.toLimited[0]!.perSecond / 4 - 1)).toBeLessThan(0.03);
  });

  test('[DEC-7] fade when nothing is decided any more', () => {
    const state = board();
    const now = decided(state, { a: 4 }, 1_000);
    expect(state.delta(null, now + 30_000)!.segmentRates[0]!.perSecond).toBeLessThan(0.01);
  });

  test('[DEC-7] count decisions that an isolate dates ahead as made now', () => {
    const state = board();
    state.noteDecisions(
      [{ processorId: id('b'), segment: CARD_BR, count: 6, firstAtMs: NOW + 90_000, lastAtMs: NOW + 90_000 }],
      NOW,
    );
    expect(state.delta(null, NOW)!.segmentRates[0]!.perSecond).toBeCloseTo(2, 9);
  });
});
