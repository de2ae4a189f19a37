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

describe('[HIS-22] what an isolate has decided', () => {
  test('is handed on in one call by the first of many requests, behind its answer', async () => {
    const first = memory.add(rowOf(1), desk, AT);
    expect(first).not.toBeNull();
    for (let nonce = 2; nonce <= 50; nonce += 1) expect(memory.add(rowOf(nonce), desk, AT + nonce)).toBeNull();
    expect(kept).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    await first;
    expect(kept.map((rows) => rows.length)).toEqual([50]);
    expect(memory.add(rowOf(51), desk, AT + 600)).not.toBeNull();
  });

  test('goes with the next ones while the desk is away, and beyond 2,000 the oldest are let go', async () => {
    away = true;
    const failed = memory.add(rowOf(1), desk, AT);
    await vi.advanceTimersByTimeAsync(500);
    await expect(failed).resolves.toBeUndefined();
    away = false;
    const next = memory.add(rowOf(2), desk, AT + 500);
    for (let nonce = 3; nonce <= 2_005; nonce += 1) void memory.add(rowOf(nonce), desk, AT + 501);
    await vi.advanceTimersByTimeAsync(500);
    await next;
    expect(kept.map((rows) => [rows[0], rows.length])).toEqual([['6', 2_000]]);
  });

  test('does not wait for ever for a request that ended before it handed anything on', async () => {
    const dead = memory.add(rowOf(1), desk, AT);
    expect(memory.add(rowOf(2), desk, AT + 9_000)).toBeNull();
    const other = memory.add(rowOf(3), desk, AT + 10_001);
    expect(other).not.toBeNull();
    await vi.advanceTimersByTimeAsync(600);
    await Promise.all([dead, other]);
    expect(kept.flat()).toEqual(['1', '2', '3']);
  });
});
