// When the calls that wait for a commit share one: so many, or so long.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CommitQueue } from '../../durable-objects/commit-queue.ts';
import type { Waiting } from '../../durable-objects/commit-batch.ts';

const AT = 1_795_000_000_000;
let commits: { readonly calls: number; readonly atMs: number }[];
let queue: CommitQueue;
beforeEach(() => {
  vi.useFakeTimers({ now: AT });
  commits = [];
  queue = new CommitQueue((taken, now) => commits.push({ calls: taken.length, atMs: now - AT }));
});
afterEach(() => {
  vi.useRealTimers();
});

const add = (calls: number): void => {
  for (let call = 0; call < calls; call += 1)
    queue.add({ text: '{}', results: [], told: [], state: {}, answer: () => undefined } satisfies Waiting, Date.now());
};
const pass = (ms: number): void => void vi.advanceTimersByTime(ms);

describe('[REC-4] a commit', () => {
  test('comes at once for a lone call, and 20 ms after it for those that came meanwhile', () => {
    add(1);
    pass(0);
    add(30);
    pass(19);
    expect(commits).toEqual([{ calls: 1, atMs: 0 }]);
    pass(1);
    expect(commits).toEqual([
      { calls: 1, atMs: 0 },
      { calls: 30, atMs: 20 },
    ]);
  });

  test('waits no longer once 48 calls wait, and the next comes 20 ms after it', () => {
    add(1);
    pass(5);
    add(48);
    add(2);
    pass(0);
    expect(commits).toEqual([
      { calls: 1, atMs: 0 },
      { calls: 50, atMs: 5 },
    ]);
    pass(1);
    add(3);
    // When the one that was full would have been due.
    pass(14);
    expect(commits).toHaveLength(2);
    pass(5);
    expect(commits.at(-1)).toEqual({ calls: 3, atMs: 25 });
  });

  test('is one for 48 calls, however many come', () => {
    for (let ms = 0; ms < 100; ms += 1) {
      add(10);
      pass(1);
    }
    pass(20);
    expect(commits.reduce((sum, { calls }) => sum + calls, 0)).toBe(1_000);
    expect(commits.length).toBeLessThanOrEqual(1 + Math.ceil(1_000 / 48));
  });

  test('is not put off by a clock that is set back', () => {
    add(1);
    pass(0);
    vi.setSystemTime(AT - 3_600_000);
    add(1);
    pass(20);
    expect(commits.map(({ calls }) => calls)).toEqual([1, 1]);
  });
});
