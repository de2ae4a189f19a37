// What reaches the boards of several regions while some of them are away.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RowPublisher } from '../../durable-objects/row-publisher.ts';
import type { ProcessorState } from '../../src/domain/health/processor-state.ts';
import type { StatusRow } from '../../src/domain/health/status-row.ts';

type Mood = 'takes' | 'refuses' | 'hangs';

class Board {
  mood: Mood = 'takes';
  readonly asked: number[] = [];
  readonly taken: { readonly version: number; readonly isKept: boolean; readonly atMs: number }[] = [];

  async push(row: StatusRow, isKept: boolean): Promise<void> {
    this.asked.push(Date.now());
    if (this.mood === 'hangs') await new Promise(() => undefined);
    if (this.mood === 'refuses') throw new Error('away');
    this.taken.push({ version: row.version, isKept, atMs: Date.now() });
  }
}

/** What it publishes is numbered as it is made. */
function house() {
  const boards: Record<string, Board> = { east: new Board(), west: new Board() };
  let version = 0;
  const state = { publishRow: () => ({ version: (version += 1) }) } as unknown as ProcessorState;
  const seen: number[] = [];
  const env = {
    BOARD_REGIONS: 'east, west',
    ROUTING_BOARD: { idFromName: (name: string) => name, get: (name: string) => boards[name] },
    HEALING_BOOK: { idFromName: () => 'book', get: () => ({ stir: async () => undefined }) },
  } as unknown as ConstructorParameters<typeof RowPublisher>[0];
  const publisher = new RowPublisher(
    env,
    (work) => void work.catch(() => undefined),
    (row) => seen.push(row.version),
  );
  const publish = (isTransition: boolean): void => publisher.publish(state, isTransition);
  return { east: boards['east']!, west: boards['west']!, publish, seen };
}

const pass = async (ms: number): Promise<unknown> => await vi.advanceTimersByTimeAsync(ms);

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => void vi.useRealTimers());

describe('rows to several boards', () => {
  test('[BRD-14] 50 commits a second are a row a second, to every board, and the last is of the last state', async () => {
    const { east, west, publish, seen } = house();
    for (let index = 0; index < 500; index += 1, await pass(20)) publish(false);
    await pass(2_000);
    expect(east.taken.length).toBeLessThanOrEqual(12);
    expect(east.taken.length).toBeGreaterThanOrEqual(10);
    expect(west.taken).toEqual(east.taken);
    expect(seen).toEqual(east.taken.map(({ version }) => version));
  });

  test('[BRD-14] a transition goes at once, in the middle of a quiet second', async () => {
    const { east, publish } = house();
    publish(false);
    await pass(100);
    publish(true);
    await pass(0);
    expect(east.taken).toMatchObject([{ isKept: false }, { isKept: true, atMs: 1_000_100 }]);
  });

  test.each(['refuses', 'hangs'] as const)(
    '[BRD-15] a board that %s while a processor trips has it soon after it is back, and the other at once',
    async (mood) => {
      const { east, west, publish } = house();
      west.mood = mood;
      publish(true);
      await pass(0);
      expect(east.taken).toHaveLength(1);
      await pass(2_000);
      west.mood = 'takes';
      await pass(2_500);
      expect(west.taken).toEqual([expect.objectContaining({ version: 1, isKept: true })]);
      expect(east.taken).toHaveLength(1);
    },
  );

  test('[BRD-15] it is sent the newest row only, kept in the place of the transition that it missed', async () => {
    const { west, publish } = house();
    west.mood = 'refuses';
    publish(true);
    await pass(1_100);
    publish(false);
    await pass(0);
    west.mood = 'takes';
    await pass(10_000);
    expect(west.taken).toEqual([expect.objectContaining({ version: 2, isKept: true })]);
    publish(false);
    await pass(1_500);
    expect(west.taken.at(-1)).toMatchObject({ version: 3, isKept: false });
  });

  test('[BRD-15] one that stays away is asked seven times', async () => {
    const { west, publish } = house();
    west.mood = 'refuses';
    publish(true);
    await pass(120_000);
    expect(west.asked).toHaveLength(7);
    expect(west.asked.at(-1)! - west.asked[0]!).toBe(250 + 500 + 1_000 + 2_000 + 4_000 + 8_000);
  });
});
