// Reads whatever a sender may send: bytes and JSON of any kind, and a vendor's own bodies with any value in the place of one of theirs.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Reading } from '../../src/ports/webhook-adapter.ts';

const RUNS = 600;
const SEED = 20_261_121;

export async function expectNeverThrows(
  read: (bytes: Uint8Array) => Promise<Reading>,
  samples: readonly object[],
): Promise<void> {
  const anyBytes = fc.uint8Array({ maxLength: 200 });
  const anyJson = fc.json({ maxDepth: 4 }).map(bytesOf);
  const oddSample = fc
    .tuple(fc.constantFrom(...samples), fc.nat(), fc.jsonValue({ maxDepth: 2 }))
    .map(([sample, place, value]) => bytesOf(JSON.stringify(withValueAt(sample, place, value))));
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyBytes, anyJson, oddSample), async (bytes) => {
      const { events, ignored, unreadable } = await read(bytes);
      for (const { attemptKey } of events) {
        expect(attemptKey.length).toBeGreaterThan(0);
        expect(attemptKey.length).toBeLessThanOrEqual(128);
      }
      expect(events.length + ignored.length + unreadable.length).toBeGreaterThan(0);
    }),
    { numRuns: RUNS, seed: SEED },
  );
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** `place` counts the values of the sample, depth first; it wraps around. */
function withValueAt(sample: object, place: number, value: unknown): unknown {
  let left = place % countOf(sample);
  const replaced = (item: unknown): unknown => {
    if (left-- === 0) return value;
    if (Array.isArray(item)) return item.map(replaced);
    if (typeof item !== 'object' || item === null) return item;
    return Object.fromEntries(Object.entries(item).map(([key, inner]) => [key, replaced(inner)]));
  };
  return replaced(sample);
}

function countOf(item: unknown): number {
  if (typeof item !== 'object' || item === null) return 1;
  return Object.values(item).reduce<number>((count, inner) => count + countOf(inner), 1);
}
