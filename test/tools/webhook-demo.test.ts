import { describe, expect, test } from 'vitest';
import { attemptsAt, DEMO_VENDORS, inBadWeather, inOrder } from '../../tools/demo/webhooks/deliveries.ts';

const ATTEMPTS = attemptsAt(Date.UTC(2026, 10, 21, 12));

describe.each([1, 2, 3])('the bad weather of the webhook demo, seed %i', (seed) => {
  const sent = inBadWeather(ATTEMPTS, seed);
  const placesOf = (vendor: string, name: string, telling: string): number[] =>
    sent.flatMap((each, place) =>
      each.attempt.vendor === vendor &&
      each.attempt.transaction === `ord_${name}-1` &&
      each.telling === telling &&
      each.as === 'genuine'
        ? [place]
        : [],
    );

  test('brings everything at least twice, and nothing that did not happen', () => {
    for (const { attempt, telling } of inOrder(ATTEMPTS)) {
      const name = attempt.transaction.slice('ord_'.length, -'-1'.length);
      expect(placesOf(attempt.vendor, name, telling).length).toBeGreaterThanOrEqual(2);
    }
    expect(sent.filter(({ attempt, telling, as }) => as === 'genuine' && !attempt.tellings.includes(telling))).toEqual(
      [],
    );
  });

  test('brings some end before its beginning', () => {
    const early = DEMO_VENDORS.filter(
      (vendor) =>
        Math.min(...placesOf(vendor, 'disputed', 'authorised')) < Math.min(...placesOf(vendor, 'disputed', 'pending')),
    );
    const refundFirst = DEMO_VENDORS.filter(
      (vendor) =>
        Math.min(...placesOf(vendor, 'refunded', 'refunded')) < Math.min(...placesOf(vendor, 'refunded', 'authorised')),
    );
    expect(early.length + refundFirst.length).toBeGreaterThan(0);
  });

  test('holds forgeries of every vendor, old signatures of those that sign a time, and what is not understood', () => {
    const of = (as: string): string[] => sent.flatMap((each) => (each.as === as ? [each.attempt.vendor] : [])).sort();
    expect(of('forged')).toEqual([...DEMO_VENDORS].sort());
    expect(of('foreign')).toEqual([...DEMO_VENDORS].sort());
    expect(of('stale')).toEqual(['standard-webhooks', 'stripe']);
  });
});
