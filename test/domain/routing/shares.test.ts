import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundedShares, COLLAPSED_SHARE_MAX } from '../../../src/domain/routing/shares.ts';
import { limitShareOf } from '../../../src/domain/routing/limit-share.ts';
import { processor, row, segmentRates, sharesOf, table, CARD_BR } from './made-table.ts';
import { segmentKey } from '../../../src/domain/segment.ts';

interface Case {
  readonly name: string;
  readonly kind: 'ordered' | 'drawn';
  readonly wish: readonly number[];
  readonly caps?: readonly number[];
  readonly limits?: readonly number[];
  readonly floors?: readonly number[];
  readonly collapsed?: readonly boolean[];
  readonly shares: readonly number[];
}

const CASES: readonly Case[] = [
  { name: 'without bounds a draw is as wished', kind: 'drawn', wish: [0.7, 0.2, 0.1], shares: [0.7, 0.2, 0.1] },
  {
    name: 'what is above a cap goes to the others in proportion',
    kind: 'drawn',
    wish: [0.7, 0.2, 0.1],
    caps: [0.4, 1, 1],
    shares: [0.4, 0.4, 0.2],
  },
  {
    name: 'what spills over a second cap goes on',
    kind: 'drawn',
    wish: [0.7, 0.2, 0.1],
    caps: [0.4, 0.3, 1],
    shares: [0.4, 0.3, 0.3],
  },
  {
    name: 'a floor is taken from the others in proportion',
    kind: 'drawn',
    wish: [0.8, 0.1, 0.1],
    floors: [0, 0, 0.28],
    shares: [0.64, 0.08, 0.28],
  },
  {
    name: 'a cap is stronger than a floor',
    kind: 'drawn',
    wish: [0.5, 0.5],
    caps: [0.2, 1],
    floors: [0.6, 0],
    shares: [0.2, 0.8],
  },
  { name: 'floors above 1 are scaled', kind: 'drawn', wish: [0.5, 0.5], floors: [0.9, 0.6], shares: [0.6, 0.4] },
  {
    name: 'a failover spills over several in order',
    kind: 'ordered',
    wish: [1, 0, 0],
    caps: [0.5, 0.3, 1],
    shares: [0.5, 0.3, 0.2],
  },
  {
    name: 'an order leaves each its floor',
    kind: 'ordered',
    wish: [1, 0, 0],
    floors: [0, 0, 0.1],
    shares: [0.9, 0, 0.1],
  },
  {
    name: 'where all are full all bear the rest in proportion',
    kind: 'ordered',
    wish: [1, 0],
    caps: [0.2, 0.6],
    shares: [0.25, 0.75],
  },
  {
    name: 'a collapsed one keeps a twentieth',
    kind: 'ordered',
    wish: [1, 0],
    collapsed: [true, false],
    shares: [0.05, 0.95],
  },
  {
    name: 'a collapsed one bears what the others are not able to',
    kind: 'drawn',
    wish: [0.5, 0.5],
    caps: [1, 0.5],
    limits: [1, 0.6],
    collapsed: [true, false],
    shares: [0.4, 0.6],
  },
  {
    name: 'a cap is broken before a limit',
    kind: 'ordered',
    wish: [1, 0],
    caps: [0.2, 0.6],
    limits: [1, 0.6],
    shares: [0.4, 0.6],
  },
  {
    name: 'where nobody is able to bear more all do in proportion',
    kind: 'ordered',
    wish: [1, 0],
    caps: [0.1, 0.3],
    limits: [0.2, 0.6],
    shares: [0.25, 0.75],
  },
  {
    name: 'a collapsed one does not bear what the others cannot',
    kind: 'drawn',
    wish: [0.5, 0.5],
    caps: [1, 0.6],
    collapsed: [true, false],
    shares: [0.05, 0.95],
  },
  {
    name: 'if all have collapsed none is held down',
    kind: 'drawn',
    wish: [0.6, 0.4],
    collapsed: [true, true],
    shares: [0.6, 0.4],
  },
  { name: 'the last one takes all whatever its bounds', kind: 'ordered', wish: [1], caps: [0], shares: [1] },
  { name: 'caps of 0 for all share equally', kind: 'drawn', wish: [0.9, 0.1], caps: [0, 0], shares: [0.5, 0.5] },
];

describe('bounded shares', () => {
  test.each(CASES)('[DEC-7] $name', ({ kind, wish, caps, limits, floors, collapsed, shares }) => {
    const bounded = boundedShares(
      { kind, shares: wish },
      {
        caps: caps ?? wish.map(() => 1),
        limits: limits ?? wish.map(() => 1),
        floors: floors ?? wish.map(() => 0),
        collapsed: collapsed ?? wish.map(() => false),
      },
    );
    expect(bounded).toHaveLength(shares.length);
    for (const [index, share] of shares.entries()) expect(bounded[index]).toBeCloseTo(share, 9);
  });

  test('[DEC-7] whatever the bounds the shares sum to 1, and every bound that leaves room holds', () => {
    const arm = fc.record({
      weight: fc.double({ min: 0.001, max: 1, noNaN: true }),
      cap: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      limit: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      floor: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
      collapsed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(arm, { minLength: 2, maxLength: 8 }), fc.constantFrom('ordered', 'drawn'), (arms, kind) => {
        const sum = arms.reduce((total, { weight }) => total + weight, 0);
        const wish = arms.map(({ weight }, index) => (kind === 'drawn' ? weight / sum : index === 0 ? 1 : 0));
        const bounds = {
          caps: arms.map(({ cap, limit }) => Math.min(cap, limit)),
          limits: arms.map(({ limit }) => limit),
          floors: arms.map(({ floor }) => floor),
          collapsed: arms.map(({ collapsed }) => collapsed),
        };
        const shares = boundedShares({ kind, shares: wish }, bounds);
        expect(shares.reduce((total, share) => total + share, 0)).toBeCloseTo(1, 9);
        const allCollapsed = arms.every(({ collapsed }) => collapsed);
        const caps = bounds.caps.map((cap, index) =>
          bounds.collapsed[index] && !allCollapsed ? Math.min(cap, COLLAPSED_SHARE_MAX) : cap,
        );
        const bearable = arms.reduce((total, { limit }) => total + limit, 0) >= 1;
        const roomy = caps.reduce((total, cap) => total + cap, 0) >= 1;
        const floors = arms.map(({ floor }, index) => Math.min(floor, caps[index] ?? 0));
        const modest = floors.reduce((total, floor) => total + floor, 0) <= 1;
        for (const [index, share] of shares.entries()) {
          expect(share).toBeGreaterThanOrEqual(0);
          if (roomy) expect(share).toBeLessThanOrEqual((caps[index] ?? 0) + 1e-9);
          if (bearable) expect(share).toBeLessThanOrEqual((bounds.limits[index] ?? 0) + 1e-9);
          if (roomy && modest) expect(share).toBeGreaterThanOrEqual((floors[index] ?? 0) - 1e-9);
          if (arms[index]?.collapsed && !allCollapsed && roomy)
            expect(share).toBeLessThanOrEqual(COLLAPSED_SHARE_MAX + 1e-9);
        }
      }),
    );
  });

  test.each([
    ['below its limit', 10, 9, [1, 0]],
    ['at twice its limit', 10, 20, [0.45, 0.55]],
    ['at ten times its limit', 10, 100, [0.09, 0.91]],
  ])('[DEC-7] maxTps is held against all the traffic of the processor %s', (_, maxTps, perSecond, expected) => {
    const on = table(
      [processor('a', { maxTps, countries: ['BR', 'MX'] }), processor('b')],
      [row('a', { mean: 0.9 }), row('b', { mean: 0.5 })],
      {
        data: { segmentRates: segmentRates({ [CARD_BR]: perSecond / 3, 'CARD|MX': (perSecond * 2) / 3 }) },
      },
    );
    const shares = sharesOf(on, 'priority');
    for (const [index, share] of expected.entries()) expect(shares[index]).toBeCloseTo(share, 9);
  });

  test('[DEC-7] the segment that needs a limited processor gets nearly all of its 90%, and gives way when others need it too', () => {
    const card = (country: string) => segmentKey('CARD', country);
    const config = processor('a', { maxTps: 8, countries: ['BR', 'MX'] });
    const given = { BR: 0, MX: 0 };
    const refill = (wanted: Readonly<typeof given>): void => {
      const data = {
        segmentRates: segmentRates(
          { [card('BR')]: 10, [card('MX')]: 10 },
          { [card('BR')]: { a: given.BR }, [card('MX')]: { a: given.MX } },
        ),
      };
      given.BR = 10 * Math.min(wanted.BR, limitShareOf(data, config, card('BR')));
      given.MX = 10 * Math.min(wanted.MX, limitShareOf(data, config, card('MX')));
      expect(given.BR + given.MX).toBeLessThanOrEqual(7.2 + 1e-9);
    };
    for (let round = 0; round < 8; round++) refill({ BR: 1, MX: 0 });
    expect(given.BR).toBeGreaterThan(6.6);
    refill({ BR: 1, MX: 1 });
    expect(given.MX).toBeGreaterThan(0.1);
    for (let round = 0; round < 60; round++) refill({ BR: 1, MX: 1 });
    expect(given.MX).toBeGreaterThan(2.5);
  });
});
