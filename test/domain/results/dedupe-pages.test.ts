// The key store against a plain model, with keys that collide on purpose.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DedupePages, NO_FINGERPRINT, type PageBlob } from '../../../src/domain/results/dedupe-pages.ts';

const LIMITS = { resultsMax: 12, horizonSeconds: 100, pageEntries: 4 };

/** Low halves around the ends of an index of 1,024 slots: probes run into each other and over the edge. */
const crowdedKey = fc.record({
  lo: fc.constantFrom(0, 1, 2, 1021, 1022, 1023, 2047),
  hi: fc.integer({ min: 0, max: 3 }),
});
const step = fc.record({
  key: crowdedKey,
  fingerprint: fc.constantFrom(NO_FINGERPRINT, 5, 9),
  wait: fc.constantFrom(0, 0, 1, 7, 40, 101),
});

interface ModelPage {
  entries: { key: string; fingerprint: number; seconds: number }[];
}

/** The rule of eviction in the plainest words. */
function evictModel(pages: ModelPage[], seconds: number): void {
  const results = (held: readonly ModelPage[]): number =>
    held.flatMap((page) => page.entries).filter((entry) => entry.fingerprint !== 0).length;
  const entries = (): number => pages.flatMap((page) => page.entries).length;
  while (
    pages.length > 0 &&
    (seconds - pages[0]!.entries.at(-1)!.seconds > LIMITS.horizonSeconds ||
      results(pages.slice(1)) >= LIMITS.resultsMax ||
      entries() > 2 * LIMITS.resultsMax + LIMITS.pageEntries)
  ) {
    pages.shift();
  }
}

describe('dedupe pages', () => {
  test('[LED-8] pages and index hold exactly what the rule of eviction keeps, whatever collides', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pages = new DedupePages(LIMITS);
        let model: ModelPage[] = [];
        let seconds = 1000;
        for (const { key, fingerprint, wait } of steps) {
          seconds += wait;
          pages.evict(seconds);
          evictModel(model, seconds);
          const name = `${key.lo}/${key.hi}`;
          const held = model.flatMap((page) => page.entries).find((entry) => entry.key === name);
          expect(pages.find(key)).toBe(held === undefined ? -1 : held.fingerprint);
          if (held !== undefined) continue;
          pages.append(key, fingerprint, seconds);
          if (model.length === 0 || model.at(-1)!.entries.length === LIMITS.pageEntries)
            model = [...model, { entries: [] }];
          model.at(-1)!.entries.push({ key: name, fingerprint, seconds });
          expect(pages.entries).toBe(model.flatMap((page) => page.entries).length);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('[LED-11] pages stored as they change, and deleted as they are dropped, load as the same set', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 200 }), (steps) => {
        const pages = new DedupePages(LIMITS);
        const stored = new Map<number, PageBlob>();
        let seconds = 1000;
        for (const [{ key, fingerprint, wait }, isStoredNow] of steps) {
          seconds += wait;
          pages.evict(seconds);
          if (pages.find(key) === -1) pages.append(key, fingerprint, seconds);
          if (isStoredNow) store(pages, stored);
        }
        store(pages, stored);
        const loaded = DedupePages.load(LIMITS, [...stored.values()].reverse());
        expect(loaded.entries).toBe(pages.entries);
        expect(loaded.newestSeconds).toBe(pages.newestSeconds);
        expect(loaded.dirtyPages()).toEqual([]);
        for (const { key } of steps.map(([one]) => one)) expect(loaded.find(key)).toBe(pages.find(key));
      }),
      { numRuns: 300 },
    );
  });

  test('[LED-11] only the pages that changed are written again', () => {
    const pages = new DedupePages(LIMITS);
    for (let id = 0; id < 6; id++) pages.append({ lo: id, hi: 0 }, 1, 1000);
    expect(pages.dirtyPages().map(({ page, bytes }) => [page, bytes.length])).toEqual([
      [0, 64],
      [1, 32],
    ]);
    pages.markClean();
    expect(pages.dirtyPages()).toEqual([]);
    pages.append({ lo: 6, hi: 0 }, 1, 1000);
    expect(pages.dirtyPages().map(({ page, bytes }) => [page, bytes.length])).toEqual([[1, 48]]);
  });

  test('an entry is written low half, high half, fingerprint and seconds, little-endian', () => {
    const pages = new DedupePages(LIMITS);
    pages.append({ lo: 0x04030201, hi: 0x08070605 }, 0x0c0b0a09, 0x100f0e0d);
    expect([...pages.dirtyPages()[0]!.bytes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
  });

  test('[LED-11] torn pages, gaps and short pages in between are a bug of the store', () => {
    const page = (number: number, entries: number): PageBlob => ({
      page: number,
      bytes: new Uint8Array(entries * 16).fill(number + 1),
    });
    expect(() => DedupePages.load(LIMITS, [{ page: 0, bytes: new Uint8Array(17) }])).toThrow(/torn/);
    expect(() => DedupePages.load(LIMITS, [{ page: 0, bytes: new Uint8Array(0) }])).toThrow(/torn/);
    expect(() => DedupePages.load(LIMITS, [page(0, 5)])).toThrow(/torn/);
    expect(() => DedupePages.load(LIMITS, [page(0, 4), page(2, 4)])).toThrow(/follow/);
    expect(() => DedupePages.load(LIMITS, [page(0, 3), page(1, 4)])).toThrow(/short/);
    expect(() => new DedupePages({ ...LIMITS, pageEntries: 3 })).toThrow(/power of two/);
  });

  test('page numbers may pass the 19 bits the index keeps of them', () => {
    const first = 2 ** 19 - 1;
    const bytes = (id: number): Uint8Array =>
      new Uint8Array(new Uint32Array([id, 0, 1, 1000, id + 1, 0, 1, 1000]).buffer);
    const limits = { resultsMax: 1000, horizonSeconds: 100, pageEntries: 4096 };
    const small = { ...limits, pageEntries: 2 };
    for (const at of [first, 2 ** 29 - 1, 2 ** 30 - 1]) {
      const loaded = DedupePages.load(small, [
        { page: at, bytes: bytes(10) },
        { page: at + 1, bytes: bytes(20) },
      ]);
      for (const lo of [10, 11, 20, 21]) expect(loaded.find({ lo, hi: 0 })).toBe(1);
      loaded.evict(1101);
      expect(loaded.entries).toBe(0);
    }
    const large = DedupePages.load(limits, [
      { page: first, bytes: new Uint8Array(4096 * 16).map((_, at) => (at % 16 === 0 ? 7 : 1)) },
    ]);
    large.append({ lo: 3, hi: 3 }, 4, 0x01010101);
    expect(large.find({ lo: 3, hi: 3 })).toBe(4);
  });

  function store(pages: DedupePages, stored: Map<number, PageBlob>): void {
    for (const blob of pages.dirtyPages()) stored.set(blob.page, blob);
    for (const page of pages.droppedPages()) stored.delete(page);
    pages.markClean();
  }
});
