import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  confidenceOf,
  nextExpiryChange,
  seedReason,
  statusOf,
  statusReason,
  summarize,
} from '../../../src/domain/health/status.ts';
import { SegmentWindow } from '../../../src/domain/health/window.ts';
import { entry, NOW, sequence } from './window-entries.ts';
import type { Status } from '../../../src/domain/health/window-summary.ts';

function statusAfter(text: string): Status {
  const window = new SegmentWindow();
  for (const one of sequence(text)) window.add(one);
  return summarize(window.entriesWithin(NOW)).status;
}

const VECTORS: readonly (readonly [string, Status])[] = [
  ['9E', 'HEALTHY'],
  ['10E', 'DOWN'],
  ['10D', 'DOWN'],
  ['13A7D', 'HEALTHY'],
  ['32A18D', 'DEGRADED'],
  ['33A17D', 'HEALTHY'],
  ['15A35D', 'DEGRADED'],
  ['14A36D', 'DOWN'],
  ['5A5E', 'DEGRADED'],
  ['4A6T', 'DOWN'],
  ['24A26E', 'DOWN'],
  ['34A16E', 'DEGRADED'],
  ['34D16E', 'DOWN'],
  ['50E24A', 'DOWN'],
  ['50E25A', 'DEGRADED'],
  ['50E36A', 'HEALTHY'],
  ['60E50A', 'HEALTHY'],
];

const BOUNDARIES: readonly (readonly [string, Status])[] = [
  ['9D', 'HEALTHY'],
  ['9T', 'HEALTHY'],
  ['7A3E', 'DEGRADED'],
  ['36A14E', 'HEALTHY'],
  ['35A15E', 'DEGRADED'],
  ['25A25E', 'DEGRADED'],
  ['6A14D', 'DEGRADED'],
  ['5A15D', 'DOWN'],
  ['3A7D', 'DEGRADED'],
  ['13A7D8E', 'HEALTHY'],
  ['13A7D9E', 'DEGRADED'],
  ['1A4D6E', 'DOWN'],
  ['10A', 'HEALTHY'],
];

describe('status table', () => {
  test.each(VECTORS)('[WIN-7] %s is %s (seed contract)', (text, status) => {
    expect(statusAfter(text)).toBe(status);
  });

  test.each(BOUNDARIES)('[WIN-7] %s is %s (boundary)', (text, status) => {
    expect(statusAfter(text)).toBe(status);
  });

  test('[WIN-7] the table in whole numbers is the table in fractions', () => {
    const count = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(count, count, count, count, (approved, declined, error, timeout) => {
        const total = approved + declined + error + timeout;
        const failing = (error + timeout) / total;
        const authorizing = approved / (approved + declined);
        const expected = (): Status => {
          if (total < 10) return 'HEALTHY';
          if (failing > 0.5 || authorizing < 0.3) return 'DOWN';
          return failing >= 0.3 || authorizing < 0.65 ? 'DEGRADED' : 'HEALTHY';
        };
        expect(statusOf({ approved, declined, error, timeout })).toBe(expected());
      }),
      { numRuns: 2_000 },
    );
  });

  test('[WIN-8] the authorization rate leaves errors out, is 0 when there are only errors and null when there is nothing', () => {
    expect(summarize(sequence('3A1D4E')).authorizationRate).toBe(0.75);
    expect(summarize(sequence('3A1D4E')).errorRate).toBe(0.5);
    expect(summarize(sequence('2E1T'))).toMatchObject({
      authorizationRate: 0,
      errorRate: 1,
      total: 3,
      error: 2,
      timeout: 1,
    });
    expect(summarize([])).toMatchObject({ authorizationRate: null, errorRate: 0, total: 0, status: 'HEALTHY' });
  });

  test.each([
    [0, 'none'],
    [1, 'low'],
    [9, 'low'],
    [10, 'medium'],
    [30, 'medium'],
    [31, 'high'],
  ] as const)('[WIN-9] %i results give confidence %s', (total, confidence) => {
    expect(confidenceOf(total)).toBe(confidence);
  });
});

describe('expiry', () => {
  test('[WIN-10] a DOWN without traffic turns HEALTHY when its tenth entry from the end expires', () => {
    const entries = Array.from({ length: 12 }, (_, serial) =>
      entry({ serial, result: 'error', timeMs: NOW - 120_000 + serial * 1_000 }),
    );
    // Twelve errors; nine are left once the third oldest has gone.
    expect(nextExpiryChange(entries.toReversed(), NOW)).toBe(NOW - 120_000 + 2_000 + 600_000);
  });

  test('[WIN-10] entries of one millisecond leave together', () => {
    const entries = [
      ...sequence('5E', NOW - 1_000),
      ...Array.from({ length: 10 }, (_, at) => entry({ serial: 50 + at, timeMs: NOW })),
    ];
    const together = entries.map((one) => (one.result === 'error' ? { ...one, timeMs: NOW - 1_000 } : one));
    expect(summarize(together).status).toBe('DEGRADED');
    expect(nextExpiryChange(together.toReversed(), NOW)).toBe(NOW - 1_000 + 600_000);
  });

  test('[WIN-10] the status is the same at every read before that moment and another one at it', () => {
    const resultArbitrary = fc.constantFrom('approved', 'declined', 'error', 'timeout');
    fc.assert(
      fc.property(
        fc.array(fc.record({ ageS: fc.integer({ min: -300, max: 599 }), result: resultArbitrary }), { maxLength: 80 }),
        (items) => {
          const window = new SegmentWindow();
          items.forEach(({ ageS, result }, serial) =>
            window.add(entry({ serial, result, timeMs: NOW - ageS * 1_000 })),
          );
          const statusAt = (now: number): Status => summarize(window.entriesWithin(now)).status;
          const changeAt = nextExpiryChange(window.entriesWithin(NOW), NOW);
          expect(Number.isFinite(changeAt)).toBe(true);
          for (let at = NOW; at < changeAt; at += 30_000) expect(statusAt(at)).toBe(statusAt(NOW));
          expect(statusAt(changeAt - 1)).toBe(statusAt(NOW));
          const emptiedAt = NOW + 900_000;
          if (changeAt !== emptiedAt) expect(statusAt(changeAt)).not.toBe(statusAt(NOW));
          else expect(window.entriesWithin(emptiedAt)).toHaveLength(0);
        },
      ),
    );
  });
});

describe('sentences', () => {
  test('[WIN-11] the sentences of the seed document are kept word for word', () => {
    expect(seedReason({ status: 'HEALTHY', recommended: true })).toBe('Best option - highest authorization rate');
    expect(seedReason({ status: 'DOWN', recommended: false })).toBe('Processor is DOWN - not recommended');
    expect(statusReason(summarize(sequence('4A6T')))).toBe('High error/timeout rate (>50%)');
  });

  test('[WIN-11] each row of the table has a sentence of its own', () => {
    const reasons = ['9E', '10E', '10D', '7A3E', '5A5D', '10A'].map((text) => statusReason(summarize(sequence(text))));
    expect(reasons).toEqual([
      'Too few transactions to judge (<10)',
      'High error/timeout rate (>50%)',
      'Low authorization rate (<30%)',
      'Elevated error/timeout rate (30-50%)',
      'Reduced authorization rate (30-65%)',
      'Authorization and error rates are normal',
    ]);
    const rows = (['HEALTHY', 'DEGRADED', 'DOWN'] as const).map((status) => seedReason({ status, recommended: false }));
    expect(new Set(rows).size).toBe(3);
    expect(seedReason({ status: 'DOWN', recommended: true })).toBe('All processors are DOWN - best recent one');
  });
});
