// When a board writes its copy, on a clock that the test moves; and that a store which hangs holds up nothing and is not pestered.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CopyPublisher } from '../../durable-objects/copy-publisher.ts';
import type { CopyStanding } from '../../src/ports/copy-port.ts';
import { knownTable } from '../harness/known-tables.ts';

function publisher() {
  const state = {
    mood: 'answers' as 'answers' | 'refuses' | 'hangs',
    isThere: true,
    knowsNothing: false,
    /** When each write began. */
    writes: [] as number[],
    writing: 0,
    writingMost: 0,
    kept: [] as CopyStanding[],
  };
  const replica = {
    read: () => Promise.resolve(null),
    publish: async (): Promise<void> => {
      state.writes.push(Date.now());
      state.writing += 1;
      state.writingMost = Math.max(state.writingMost, state.writing);
      if (state.mood === 'hangs') await new Promise(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 30));
      state.writing -= 1;
      if (state.mood === 'refuses') throw new Error('the store is away');
    },
  };
  const copies = new CopyPublisher({
    replica: () => (state.isThere ? replica : null),
    take: () => Promise.resolve(state.knowsNothing ? null : knownTable({ asOfMs: Date.now() })),
    later: (work) => void work,
    keep: (standing) => void state.kept.push(standing),
  });
  return { state, copies };
}

const START = Date.UTC(2026, 10, 21);

describe('the copies of a board', () => {
  beforeEach(() => vi.useFakeTimers({ now: START }));
  afterEach(() => vi.useRealTimers());
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  test('[BRD-6] what stops traffic or opens doors is written at once, and at most once a second', async () => {
    const { state, copies } = publisher();
    for (let times = 0; times < 50; times += 1) {
      copies.note('soon');
      await pass(100);
    }
    await pass(5_000);
    expect(state.writes.map((at) => at - START)).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  });

  test('[BRD-6] numbers that moved are written every 10 s, and what is urgent does not wait for them', async () => {
    const { state, copies } = publisher();
    for (let times = 0; times < 250; times += 1) {
      copies.note('in_time');
      if (times === 145) copies.note('soon');
      await pass(100);
    }
    expect(state.writes.map((at) => at - START)).toEqual([0, 10_000, 14_500, 24_500]);
  });

  test('[BRD-6] a change that comes while a copy is written is in the next one', async () => {
    const { state, copies } = publisher();
    copies.note('soon');
    await pass(10);
    copies.note('soon');
    await pass(2_000);
    expect(state.writes).toHaveLength(2);
  });

  test('[BRD-6] a board that knows nothing writes nothing', async () => {
    const { state, copies } = publisher();
    state.knowsNothing = true;
    copies.note('soon');
    await pass(2_000);
    expect(state.writes).toEqual([]);
  });

  test('[BRD-7] while the store hangs one write is under way, however many changes come', async () => {
    const { state, copies } = publisher();
    state.mood = 'hangs';
    for (let times = 0; times < 590; times += 1) {
      copies.note('soon');
      await pass(100);
    }
    // Each is given up after 10 s, and 5 s pass before the next: those under way to nobody's knowledge do not pile up.
    expect(state.writes.map((at) => at - START)).toEqual([0, 15_000, 30_000, 45_000]);
  });

  test('[BRD-7] a store that refuses is left alone for 5 s, and by a board at rest until something changes', async () => {
    const { state, copies } = publisher();
    state.mood = 'refuses';
    copies.note('soon');
    await pass(100);
    copies.note('in_time');
    await pass(4_800);
    expect(state.writes).toHaveLength(1);
    await pass(60_000);
    expect(state.writes.map((at) => at - START)).toEqual([0, 5_030]);
    state.mood = 'answers';
    copies.note('in_time');
    await pass(0);
    expect(state.writes).toHaveLength(3);
    await pass(60_000);
    expect(state).toMatchObject({ writing: 0, writingMost: 1 });
    expect(state.writes).toHaveLength(3);
  });

  test('[BRD-6] set back by an hour, its clock does not silence it', async () => {
    const { state, copies } = publisher();
    copies.note('soon');
    await pass(100);
    vi.setSystemTime(START - 3_600_000);
    copies.note('in_time');
    await pass(100);
    expect(state.writes).toHaveLength(2);
  });

  test('[BRD-11] copies that the store refuses or hangs on are counted, and kept each time', async () => {
    const { state, copies } = publisher();
    copies.note('soon');
    await pass(100);
    expect(copies.standing).toEqual({ takenAtMs: START + 30, failures: 0 });
    for (const mood of ['refuses', 'hangs'] as const) {
      state.mood = mood;
      await pass(20_000);
      copies.note('soon');
      await pass(10_000);
    }
    expect(copies.standing).toEqual({ takenAtMs: START + 30, failures: 2 });
    expect(state.kept.map(({ failures }) => failures)).toEqual([0, 1, 2]);
  });

  test('[BRD-11] while all goes well the time is kept once a minute, and another life goes on from it', async () => {
    const { state, copies } = publisher();
    copies.restore({ takenAtMs: START - 5_000, failures: 7 });
    state.knowsNothing = true;
    copies.note('soon');
    await pass(1_000);
    expect(copies.standing).toEqual({ takenAtMs: START - 5_000, failures: 7 });
    state.knowsNothing = false;
    for (let times = 0; times < 120; times += 1) {
      copies.note('soon');
      await pass(1_000);
    }
    expect(copies.standing).toMatchObject({ failures: 7 });
    expect(copies.standing.takenAtMs).toBeGreaterThan(START + 115_000);
    expect(state.kept.length).toBe(2);
  });

  test('[BRD-9] without a store nothing is noted', async () => {
    const { state, copies } = publisher();
    state.isThere = false;
    copies.note('soon');
    await pass(20_000);
    expect(state.writes).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
