import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asProcessorId, type ProcessorId } from '../../../src/domain/identity.ts';
import { CARD_BR } from '../../harness/results.ts';
import {
  afterFor,
  mergedPage,
  type ProcessorUnknowns,
  type UnknownCursor,
} from '../../../src/domain/unknowns/unknown-page.ts';
import type { UnknownAttempt } from '../../../src/domain/unknowns/unknown-attempt.ts';

const unknownOf = (sinceMs: number, transactionId: string): UnknownAttempt => ({
  transactionId,
  alias: null,
  paymentId: null,
  fingerprint: null,
  network: null,
  segment: CARD_BR,
  amountMinor: 1,
  currency: 'BRL',
  sinceMs,
  settled: null,
});

/** As an object answers. */
function partOf(
  all: readonly UnknownAttempt[],
  processorId: ProcessorId,
  cursor: UnknownCursor | null,
  limit: number,
): ProcessorUnknowns {
  const after = afterFor(processorId, cursor);
  const behind = all.filter(
    ({ sinceMs, transactionId }) =>
      after === null ||
      sinceMs > after.sinceMs ||
      (sinceMs === after.sinceMs && after.transactionId !== null && transactionId > after.transactionId),
  );
  return { unknowns: behind.slice(0, limit + 1), total: all.length, forgotten: 1 };
}

test('[UNK-10] every unknown of every processor is on one page, in order of arrival, however many came in one moment', () => {
  const shelf = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 30 })), {
    maxLength: 12,
    selector: ([, transaction]) => transaction,
  });
  fc.assert(
    fc.property(fc.array(shelf, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 7 }), (shelves, limit) => {
      const held = shelves.map((its, index) => ({
        processorId: asProcessorId(`p${index}`),
        all: its
          .map(([since, transaction]) => unknownOf(since, `t${transaction}`))
          .sort((one, other) => one.sinceMs - other.sinceMs || (one.transactionId < other.transactionId ? -1 : 1)),
      }));
      const seen: string[] = [];
      const moments: number[] = [];
      let cursor: UnknownCursor | null = null;
      do {
        const asked: UnknownCursor | null = cursor;
        const page = mergedPage(
          held.map(({ processorId, all }) => ({ processorId, held: partOf(all, processorId, asked, limit) })),
          limit,
        );
        seen.push(...page.unknowns.map(({ processorId, unknown }) => `${processorId} ${unknown.transactionId}`));
        moments.push(...page.unknowns.map(({ unknown }) => unknown.sinceMs));
        expect([page.total, page.forgotten]).toEqual([shelves.flat().length, held.length]);
        cursor = page.next;
      } while (cursor !== null);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toHaveLength(shelves.flat().length);
      expect(moments).toEqual(moments.toSorted((one, other) => one - other));
    }),
  );
});
