import { describe, expect, test } from 'vitest';
import type { Override } from '../../../src/domain/configuration/configuration.ts';
import { toldRow } from '../../../src/domain/configuration/overridden-row.ts';
import { asProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import { CARD_BR, CLOSED, HALF_OPEN, id, NOW, OPEN, row, windowOf } from '../routing/made-table.ts';

const PIX_BR = 'PIX|BR' as SegmentKey;
const GOOD = row('a', { window: windowOf({ A: 40 }) });
const override = (changes: Partial<Override> = {}): Override => ({
  id: 'ovr',
  processorId: asProcessorId('a'),
  segment: null,
  kind: 'force_open',
  who: 'key_ops',
  why: 'maintenance',
  createdAtMs: NOW - 1_000,
  expiresAtMs: NOW + 1_000,
  ...changes,
});
const told = (overrides: readonly Override[], of = GOOD) => toldRow(id('a'), of, overrides, NOW);

describe('a processor under an override', () => {
  test.each([
    ['force_open', 'FORCED_OPEN', 'DOWN'],
    ['drain', 'CLOSED', 'DOWN'],
    ['force_close', 'DISABLED', 'HEALTHY'],
    ['metrics_only', 'METRICS_ONLY', 'HEALTHY'],
    ['pin', 'CLOSED', 'HEALTHY'],
  ] as const)(
    '[CFG-28] %s reads %s and %s, its segments too, and the table says what it said',
    (kind, state, status) => {
      const held = override({ kind });
      const expected = { breaker: { state }, effectiveStatus: status, override: held, window: { status: 'HEALTHY' } };
      const found = told([held]);
      expect(found).toMatchObject(expected);
      expect(found.segments).toMatchObject([{ segment: CARD_BR, ...expected }]);
    },
  );

  test.each([
    ['whose time is over', override({ expiresAtMs: NOW })],
    ['of another processor', override({ processorId: asProcessorId('b') })],
  ])('[CFG-28] one %s counts for nothing', (_, other) => {
    expect(told([other])).toEqual(told([]));
    expect(told([])).toMatchObject({ breaker: CLOSED, effectiveStatus: 'HEALTHY', override: null });
  });

  test('[CFG-28] of several the one that stops traffic is told', () => {
    const overrides = [override({ id: 'close', kind: 'force_close' }), override({ id: 'drain', kind: 'drain' })];
    for (const order of [overrides, overrides.toReversed()])
      expect(told(order)).toMatchObject({ effectiveStatus: 'DOWN', override: { id: 'drain' } });
  });

  test('[CFG-28] a breaker that is ignored no longer colours the status', () => {
    for (const breaker of [OPEN, HALF_OPEN] as const) {
      const of = { ...GOOD, breaker, effectiveStatus: 'DOWN' as const };
      expect(told([override({ kind: 'force_close' })], of)).toMatchObject({
        breaker: { state: 'DISABLED' },
        effectiveStatus: 'HEALTHY',
      });
    }
  });

  test('[CFG-28] the score is that of an open breaker while no payment is let through', () => {
    expect(told([], { ...GOOD, healthScore: 1 }).healthScore).toBe(1);
    for (const kind of ['force_open', 'drain'] as const)
      expect(told([override({ kind })], { ...GOOD, healthScore: 1 }).healthScore).toBeCloseTo(0.4 / 0.9, 12);
    const open = { ...GOOD, breaker: OPEN, healthScore: 0.3 };
    expect(told([override()], open).healthScore).toBeCloseTo(0.3, 12);
    expect(told([override({ kind: 'force_close' })], { ...GOOD, healthScore: 0.7 }).healthScore).toBe(0.7);
  });

  test('[CFG-28] one that has never reported is told as well', () => {
    expect(toldRow(id('a'), null, [override()], NOW)).toMatchObject({
      publishedAtMs: null,
      breaker: { state: 'FORCED_OPEN' },
      effectiveStatus: 'DOWN',
      segments: [],
    });
  });
});

describe('a segment under an override', () => {
  test('[CFG-28] reads so itself, and its processor, whose breaker stays, is not well', () => {
    const held = override({ segment: CARD_BR });
    const found = told([held]);
    expect(found).toMatchObject({ breaker: CLOSED, effectiveStatus: 'DEGRADED', override: null });
    expect(found.segments).toMatchObject([
      { breaker: { state: 'FORCED_OPEN' }, effectiveStatus: 'DOWN', override: held },
    ]);
  });

  test('[CFG-28] that has never reported is told beside the others', () => {
    const { segments } = told([override({ segment: PIX_BR })]);
    expect(segments.map(({ segment, breaker }) => [segment, breaker.state])).toEqual([
      [CARD_BR, 'CLOSED'],
      [PIX_BR, 'FORCED_OPEN'],
    ]);
  });
});
