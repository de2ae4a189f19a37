import { describe, expect, test } from 'vitest';
import { A, B, CARD, houseOf, NOW, overrideOf, PIX } from './house.ts';
import { boundedShares } from '../../../src/domain/routing/shares.ts';
import { cappedShare } from '../../../src/domain/routing/admission.ts';
import { checkOverride } from '../../../src/domain/configuration/settings-check.ts';
import { compileTable } from '../../../src/domain/routing/compile-table.ts';
import type { Override } from '../../../src/domain/configuration/configuration.ts';
import { toldRow } from '../../../src/domain/configuration/overridden-row.ts';

const cap = (share: number, over: Partial<Override> = {}): Override =>
  overrideOf(A, 'cap', { share, segment: PIX, ...over });

function capsIn(overrides: readonly Override[], method: string): (readonly [string, number])[] {
  const house = houseOf({ a: {}, b: {} }, { overrides });
  const table = compileTable({
    configuration: house.configuration,
    rows: new Map(),
    silences: [],
    segmentRates: new Map(),
    asOfMs: NOW,
  });
  return table.plan(method, 'BR').candidates.map(({ id, capShare }) => [id, capShare] as const);
}

describe('[HEA-9] a cap', () => {
  test('bounds the share in its segment alone, the least of several', () => {
    expect(capsIn([cap(0.05), cap(0.25, { id: 'other' })], 'PIX')).toEqual([
      [A, 0.05],
      [B, 1],
    ]);
    expect(capsIn([cap(0.05)], 'CARD')).toEqual([
      [A, 1],
      [B, 1],
    ]);
    expect(capsIn([cap(0.05, { segment: null })], 'CARD')).toEqual([
      [A, 0.05],
      [B, 1],
    ]);
  });

  test('yields where the others cannot bear the rest', () => {
    const bounds = (caps: number[], limits: number[]) => ({ caps, limits, floors: [0, 0], collapsed: [false, false] });
    const wish = { kind: 'drawn', shares: [0.9, 0.1] } as const;
    expect(boundedShares(wish, bounds([0.05, 1], [1, 1]))).toEqual([0.05, 0.95]);
    const [capped = 0, limited = 0] = boundedShares(wish, bounds([0.05, 0.2], [1, 0.2]));
    expect(limited).toBeCloseTo(0.2, 9);
    expect(capped).toBeCloseTo(0.8, 9);
    expect(boundedShares({ ...wish, shares: [1] }, bounds([0.05], [1]))).toEqual([1]);
  });

  test('ends with its time', () => {
    expect(cappedShare([cap(0.05, { expiresAtMs: NOW + 1 })], NOW)).toBe(0.05);
    expect(cappedShare([cap(0.05, { expiresAtMs: NOW })], NOW)).toBe(1);
    expect(cappedShare([overrideOf(A, 'drain')], NOW)).toBe(1);
  });

  test('is no stop: nobody is told that the processor is down', () => {
    const row = houseOf({ a: {} }).processors.get(A)!.detail!.row;
    const told = toldRow(A, row, [cap(0.05)], NOW);
    expect(told).toMatchObject({ effectiveStatus: 'HEALTHY', breaker: { state: 'CLOSED' } });
    expect(told.segments.find(({ segment }) => segment === PIX)?.override?.kind).toBe('cap');
    expect(told.segments.find(({ segment }) => segment === CARD)?.override).toBeNull();
  });

  test.each([
    [cap(0.5), []],
    [cap(0), ['share']],
    [cap(1.1), ['share']],
    [{ ...overrideOf(A, 'cap') }, ['share']],
    [{ ...overrideOf(A, 'drain'), share: 0.5 }, ['share']],
  ])('has a share above 0 and at most 1, and nothing else has one: %#', (override, fields) => {
    const { processors } = houseOf({ a: {} }).configuration;
    expect(checkOverride(override, processors).map(({ field }) => field)).toEqual(fields);
  });
});
