import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DecisionMemory } from '../../src/platform/decision-memory.ts';
import type { DecisionRow } from '../../src/domain/history/kept-rows.ts';

const rowOf = (nonce: number): DecisionRow => ({ nonce: String(nonce) }) as DecisionRow;
const AT = 1_795_000_000_000;

let memory: DecisionMemory;
let kept: string[][];
let away: boolean;
const desk = {
  keepDecisions: async (rows: readonly DecisionRow[]) => {
    if (away) throw new Error('the desk is away');
    await Promise.resolve(kept.push(rows.map(({ nonce }) => nonce)));
  },
};
beforeEach(() => {
  vi.useFakeTimers();
  memory = new DecisionMemory();
  kept = [];
  away = false;
});
afterEach(() => {
  vi.useRealTimers();
});

/** As many as make a call of their own, and what adding the last of them began. */
function addMany(from: number, count: number, now: number): Promise<void> | null {
  let handingOn: Promise<void> | null = null;
  for (let nonce = from; nonce < from + count; nonce += 1) handingOn = memory.add(rowOf(nonce), desk, now);
  return handingOn;
}

describe('[HIS-22] what an isolate has decided', () => {
  test('is handed on in one call by the first of many requests, behind its answer', async () => {
    const first = memory.add(rowOf(1), desk, AT);
    expect(first).not.toBeNull();
    for (let nonce = 2; nonce <= 50; nonce += 1) expect(memory.add(rowOf(nonce), desk, AT + nonce)).toBeNull();
    expect(kept).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    await first;
    expect(kept.map((rows) => rows.length)).toEqual([50]);
  });

  test('is handed on every 5 s while there is more', async () => {
    void memory.add(rowOf(1), desk, AT);
    await vi.advanceTimersByTimeAsync(600);
    expect(memory.add(rowOf(2), desk, AT + 600)).not.toBeNull();
    await vi.advanceTimersByTimeAsync(4_899);
    expect(kept).toEqual([['1']]);
    expect(memory.add(rowOf(3), desk, AT + 5_499)).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(kept).toEqual([['1'], ['2', '3']]);
  });

  test('is handed on at once where it fills a row of the desk, and not twice', async () => {
    void memory.add(rowOf(1), desk, AT);
    const full = addMany(2, 99, AT + 100);
    expect(full).not.toBeNull();
    expect(memory.add(rowOf(101), desk, AT + 100)).toBeNull();
    await vi.advanceTimersByTimeAsync(0);
    await full;
    expect(kept.map((rows) => rows.length)).toEqual([101]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(kept.length).toBe(1);
  });

  test('goes with the next ones while the desk is away, which is asked twice a second at most, and beyond 2,000 the oldest are let go', async () => {
    away = true;
    const keepDecisions = vi.spyOn(desk, 'keepDecisions');
    const failed = addMany(1, 100, AT);
    await vi.advanceTimersByTimeAsync(0);
    await expect(failed).resolves.toBeUndefined();
    const next = memory.add(rowOf(101), desk, AT + 100);
    void addMany(102, 1_904, AT + 100);
    await vi.advanceTimersByTimeAsync(399);
    expect(keepDecisions).toHaveBeenCalledTimes(1);
    away = false;
    await vi.advanceTimersByTimeAsync(1);
    await next;
    expect(keepDecisions).toHaveBeenCalledTimes(2);
    expect(kept.map((rows) => [rows[0], rows.length])).toEqual([['6', 2_000]]);
  });

  test('does not wait for ever for a request that ended before it handed anything on', async () => {
    const dead = memory.add(rowOf(1), desk, AT);
    expect(memory.add(rowOf(2), desk, AT + 9_000)).toBeNull();
    const other = memory.add(rowOf(3), desk, AT + 10_501);
    expect(other).not.toBeNull();
    await vi.advanceTimersByTimeAsync(600);
    await Promise.all([dead, other]);
    expect(kept.flat()).toEqual(['1', '2', '3']);
  });

  test('waits no longer where the clock is set back', async () => {
    void memory.add(rowOf(1), desk, AT);
    await vi.advanceTimersByTimeAsync(500);
    const back = memory.add(rowOf(2), desk, AT - 3_600_000);
    await vi.advanceTimersByTimeAsync(5_000);
    await back;
    expect(kept.flat()).toEqual(['1', '2']);
  });
});
