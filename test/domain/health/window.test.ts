import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mergeWindows,
  SegmentWindow,
  technicalTally,
  windowShares,
  type WindowEntry,
} from '../../../src/domain/health/window.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import { entry, NOW, sequence } from './window-entries.ts';

const MINUTE_MS = 60_000;

function windowOf(entries: readonly WindowEntry[]): SegmentWindow {
  const window = new SegmentWindow();
  for (const one of entries) window.add(one);
  return window;
}

/** The definition, without any of the window's cleverness. */
function newest50(entries: readonly WindowEntry[], now: number): WindowEntry[] {
  return entries
    .filter(({ timeMs }) => now - timeMs < 10 * MINUTE_MS)
    .sort((left, right) => right.timeMs - left.timeMs || (left.idHash < right.idHash ? 1 : -1))
    .slice(0, 50);
}

/** Times in coarse steps, so that ties are common. */
const entriesArbitrary = fc
  .array(
    fc.record({
      step: fc.integer({ min: -60, max: 12 }),
      result: fc.constantFrom('approved', 'declined', 'error', 'timeout'),
    }),
    {
      maxLength: 150,
    },
  )
  .map((items) => items.map(({ step, result }, serial) => entry({ serial, result, timeMs: NOW + step * 15_000 })));

describe('window', () => {
  test('[WIN-12] after the clock is set back, what it had stamped ahead is not counted, and keeps nothing out', () => {
    const window = windowOf(
      Array.from({ length: 70 }, (_, serial) =>
        entry({ serial, result: 'declined', timeMs: NOW + 86_400_000 + serial }),
      ),
    );
    expect(window.entriesWithin(NOW)).toEqual([]);
    window.dropFuture(NOW);
    window.add(entry({ serial: 99, result: 'approved', timeMs: NOW }));
    expect(window.entriesWithin(NOW)).toHaveLength(1);
  });

  test('[WIN-1] the window is the newest 50 of those newer than 10 minutes, whatever order they came in', () => {
    fc.assert(
      fc.property(
        entriesArbitrary.chain((entries) =>
          fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
        ),
        fc.integer({ min: 0, max: 700_000 }),
        ([entries, shuffled], laterMs) => {
          expect(windowOf(shuffled).entriesWithin(NOW + laterMs)).toEqual(newest50(entries, NOW + laterMs));
        },
      ),
    );
  });

  test('[WIN-1] an entry of exactly 10 minutes is gone and one a millisecond younger is there', () => {
    const window = windowOf([
      entry({ serial: 1, timeMs: NOW - 10 * MINUTE_MS }),
      entry({ serial: 2, timeMs: NOW - 10 * MINUTE_MS + 1 }),
    ]);
    expect(window.entriesWithin(NOW).map(({ idHash }) => idHash)).toEqual([entry({ serial: 2 }).idHash]);
  });

  test('[WIN-2] a timestamp 5 minutes ahead is the newest, and expires 15 minutes from now', () => {
    const window = windowOf([entry({ serial: 2, timeMs: NOW }), entry({ serial: 1, timeMs: NOW + 5 * MINUTE_MS })]);
    expect(window.entriesWithin(NOW)[0]?.timeMs).toBe(NOW + 5 * MINUTE_MS);
    expect(window.entriesWithin(NOW + 15 * MINUTE_MS - 1)).toHaveLength(1);
    expect(window.entriesWithin(NOW + 15 * MINUTE_MS)).toHaveLength(0);
  });

  test('[WIN-3] a settlement replaces what its attempt contributed, result and time', () => {
    const window = windowOf(sequence('3T'));
    const settled = entry({ serial: 0, result: 'approved', timeMs: NOW + 5 });
    expect(window.replace(settled)).toBe(true);
    const entries = window.entriesWithin(NOW);
    expect(entries).toHaveLength(3);
    expect(entries[0]).toEqual(settled);
    expect(technicalTally(entries, 0)).toEqual({ total: 3, technical: 2 });
  });

  test('[WIN-3] after 14 settlements that move entries back in time the newest 50 are still exact', () => {
    const entries = sequence('64A');
    const window = windowOf(entries);
    const moved = entries.slice(-14).map((one) => ({ ...one, timeMs: NOW - 9 * MINUTE_MS }));
    for (const one of moved) window.replace(one);
    expect(window.entriesWithin(NOW)).toEqual(newest50([...entries.slice(0, 50), ...moved], NOW));
  });

  test('[WIN-3] the settlement of an attempt no longer held enters as a new entry', () => {
    const window = windowOf(sequence('64A'));
    expect(window.add(entry({ serial: 900, timeMs: NOW - MINUTE_MS }))).toBe(false);
    expect(window.replace(entry({ serial: 900, timeMs: NOW + 1 }))).toBe(true);
    expect(window.entriesWithin(NOW)[0]?.idHash).toBe(entry({ serial: 900 }).idHash);
  });

  test('[WIN-4] at most 64 entries are kept whatever arrives', () => {
    const window = windowOf(sequence('500A'));
    expect(window.snapshot().entries).toHaveLength(64);
  });

  test('[WIN-4] a window survives JSON', () => {
    fc.assert(
      fc.property(entriesArbitrary, (entries) => {
        const window = windowOf(entries);
        const restored = SegmentWindow.restore(JSON.parse(JSON.stringify(window.snapshot())));
        expect(restored.snapshot()).toEqual(window.snapshot());
      }),
    );
  });

  test("[WIN-5] the processor's window is the newest 50 over all its segments", () => {
    fc.assert(
      fc.property(entriesArbitrary, fc.integer({ min: 1, max: 5 }), (entries, segments) => {
        const windows = Array.from({ length: segments }, (_, index) =>
          windowOf(entries.filter((_one, at) => at % segments === index)),
        );
        expect(mergeWindows(windows, NOW)).toEqual(newest50(entries, NOW));
      }),
    );
  });

  test('[WIN-5] shares are counted over the merged window, so a full small window is not half of the traffic', () => {
    const pix = segmentKey('PIX', 'BR');
    const card = segmentKey('CARD', 'BR');
    const mixed = sequence('500A');
    const windows = new Map([
      [pix, windowOf(mixed.filter((_one, index) => index % 10 !== 0))],
      [card, windowOf(mixed.filter((_one, index) => index % 10 === 0))],
    ]);
    const shares = windowShares(windows, NOW);
    expect(shares.get(pix)).toBeCloseTo(0.9, 9);
    expect(shares.get(card)).toBeCloseTo(0.1, 9);
    expect(windowShares(windows, NOW + 10 * MINUTE_MS).size).toBe(0);
  });

  test('[WIN-6] the technical tally counts faults, not issuer declines, from a given moment on', () => {
    const entries = [
      entry({ serial: 1, result: 'declined', timeMs: NOW }),
      entry({ serial: 2, result: 'declined', technical: true, timeMs: NOW }),
      entry({ serial: 3, result: 'timeout', timeMs: NOW - 1 }),
      entry({ serial: 4, result: 'error', timeMs: NOW - 5 }),
    ];
    expect(technicalTally(entries, NOW - 1)).toEqual({ total: 3, technical: 2 });
  });
});
