// The listing that callers read: all of it, a family's, or what is in force.
import { describe, expect, test } from 'vitest';
import { DECLINE_RECORDS } from '../../../../src/domain/results/declines/decline-tables.ts';
import { listDeclines } from '../../../../src/domain/results/declines/list-declines.ts';

const JULY_24 = Date.parse('2026-07-24T12:00:00Z');
const JULY_25 = Date.parse('2026-07-25T12:00:00Z');

describe('the listing', () => {
  test('[DCL-15] it is plain JSON with every record once, sorted by id, each with source and edition', () => {
    const listing = listDeclines({ family: null, at: null });
    expect(JSON.parse(JSON.stringify(listing))).toEqual(listing);
    const ids = listing.records.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toHaveLength(DECLINE_RECORDS.length);
    for (const { source, edition } of [...listing.records, ...listing.advice, ...listing.defaults])
      expect(source.length > 8 && edition.length >= 7).toBe(true);
    expect(listing.classes).toHaveLength(6);
    expect(listing.faults).toHaveLength(5);
    expect(listing.defaults.map(({ id }) => id)).toContain('default:card');
  });

  test('[DCL-15] with a moment it holds what is in force then, the newest edition of each', () => {
    const idsAt = (at: number) => new Set(listDeclines({ family: 'visa', at }).records.map(({ id }) => id));
    expect(idsAt(JULY_24).has('visa:83@2026-07-25')).toBe(false);
    expect(idsAt(JULY_25).has('visa:83@2026-07-25')).toBe(true);
    expect(idsAt(JULY_25).has('visa:62@2021-04-17')).toBe(true);
    expect(idsAt(JULY_25).has('visa:62')).toBe(false);
    expect(idsAt(Date.parse('2021-01-01')).has('visa:62')).toBe(true);
    expect(idsAt(JULY_25).has('visa:70')).toBe(true);
    expect(idsAt(JULY_25).has('visa:70@cemea')).toBe(true);
    expect(idsAt(JULY_25).size).toBe(idsAt(JULY_24).size + 1);
  });

  test('[DCL-15] of a family it tells that family’s alone; of none nothing', () => {
    const { families, records, advice } = listDeclines({ family: 'Mastercard', at: null });
    expect(families).toEqual([{ id: 'mastercard', name: 'Mastercard', kind: 'card_network' }]);
    expect(new Set([...records, ...advice].map(({ family }) => family))).toEqual(new Set(['mastercard']));
    expect(advice.map(({ id }) => id)).toContain('mastercard:advice:03');
    expect(listDeclines({ family: 'no such', at: null }).records).toEqual([]);
  });
});
