import { describe, expect, test } from 'vitest';
import {
  CARD_BR,
  CLOSED,
  decideOn,
  HALF_OPEN,
  id,
  NOW,
  OPEN,
  override,
  processor,
  REOPENING,
  row,
  seedOf,
  table,
  tally,
} from './made-table.ts';
import { RESIDUAL, segmentKey } from '../../../src/domain/segment.ts';
import type { BreakerView } from '../../../src/domain/health/status-row.ts';
import type { Override } from '../../../src/domain/configuration/configuration.ts';
import type { RoutingTable } from '../../../src/domain/routing/compile-table.ts';

const PAIR = [processor('a'), processor('b')];
const RELAPSED = { ...HALF_OPEN, relapses: 1 };

/** `a` is by far the better one, so that it is chosen unless it is kept out. */
function pairWith(
  known: { whole?: BreakerView; breaker?: BreakerView },
  overrides: readonly Override[] = [],
): RoutingTable {
  return table(PAIR, [row('a', { mean: 0.9, sd: 0.001, ...known }), row('b', { mean: 0.5, sd: 0.001 })], {
    configuration: { overrides },
  });
}
const A = id('a');

describe('the effective breaker', () => {
  test.each<{
    readonly whole: BreakerView;
    readonly part: BreakerView;
    readonly shown: string;
    readonly wanted: string | null;
  }>([
    { whole: CLOSED, part: CLOSED, shown: 'CLOSED', wanted: null },
    { whole: CLOSED, part: OPEN, shown: 'OPEN', wanted: null },
    { whole: CLOSED, part: REOPENING, shown: 'OPEN', wanted: CARD_BR },
    { whole: CLOSED, part: HALF_OPEN, shown: 'HALF_OPEN', wanted: CARD_BR },
    { whole: OPEN, part: CLOSED, shown: 'OPEN', wanted: null },
    { whole: OPEN, part: HALF_OPEN, shown: 'OPEN', wanted: null },
    { whole: REOPENING, part: CLOSED, shown: 'OPEN', wanted: RESIDUAL },
    { whole: HALF_OPEN, part: CLOSED, shown: 'HALF_OPEN', wanted: RESIDUAL },
    { whole: HALF_OPEN, part: HALF_OPEN, shown: 'HALF_OPEN', wanted: CARD_BR },
    { whole: HALF_OPEN, part: OPEN, shown: 'OPEN', wanted: null },
    { whole: HALF_OPEN, part: REOPENING, shown: 'OPEN', wanted: CARD_BR },
  ])(
    '[DEC-4] processor $whole.state over segment $part.state is $shown and asks for $wanted',
    ({ whole, part, shown, wanted }) => {
      const decision = decideOn(pairWith({ whole, breaker: part }));
      expect(decision.ranked.find(({ processorId }) => processorId === 'a')?.breaker).toBe(shown);
      expect(decision.chosen).toBe(shown === 'CLOSED' ? 'a' : 'b');
      expect(decision.permitWanted).toEqual(wanted === null ? null : { processorId: 'a', scope: wanted });
      expect(decision.exclusions.map(({ reason }) => reason)).toEqual(shown === 'CLOSED' ? [] : ['breaker_open']);
    },
  );

  test.each<{
    readonly kind: Override['kind'];
    readonly breaker: BreakerView;
    readonly chosen: string;
    readonly shown: string;
    readonly reason: string | null;
  }>([
    { kind: 'force_open', breaker: CLOSED, chosen: 'b', shown: 'FORCED_OPEN', reason: 'forced_open' },
    { kind: 'drain', breaker: CLOSED, chosen: 'b', shown: 'CLOSED', reason: 'drained' },
    { kind: 'force_close', breaker: OPEN, chosen: 'a', shown: 'DISABLED', reason: null },
    { kind: 'metrics_only', breaker: OPEN, chosen: 'a', shown: 'METRICS_ONLY', reason: null },
    { kind: 'pin', breaker: OPEN, chosen: 'b', shown: 'OPEN', reason: 'breaker_open' },
  ])('[DEC-4] the override $kind over $breaker.state shows $shown', ({ kind, breaker, chosen, shown, reason }) => {
    const decision = decideOn(pairWith({ breaker }, [override(kind, A)]));
    expect(decision.chosen).toBe(chosen);
    expect(decision.ranked.find(({ processorId }) => processorId === 'a')?.breaker).toBe(shown);
    expect(decision.exclusions.map((exclusion) => exclusion.reason)).toEqual(reason === null ? [] : [reason]);
    if (reason !== null && reason !== 'breaker_open') {
      expect(decision.exclusions[0]).toMatchObject({ by: `ovr_${kind}`, detail: 'maintenance (key_1)' });
    }
  });

  test('[DEC-4] an override ends with its time and reaches only its segment, and stopping wins over letting pass', () => {
    expect(decideOn(pairWith({}, [override('drain', A, { expiresAtMs: NOW })])).chosen).toBe('a');
    expect(decideOn(pairWith({}, [override('drain', A, { expiresAtMs: NOW + 1 })])).chosen).toBe('b');
    expect(decideOn(pairWith({}, [override('drain', A, { segment: segmentKey('PIX', 'BR') })])).chosen).toBe('a');
    expect(decideOn(pairWith({}, [override('drain', A, { segment: CARD_BR })])).chosen).toBe('b');
    expect(decideOn(pairWith({}, [override('force_close', A), override('force_open', A)])).chosen).toBe('b');
    expect(decideOn(pairWith({}, [override('force_open', A), override('drain', A)])).exclusions[0]?.reason).toBe(
      'drained',
    );
  });

  test('[DEC-12] an override pins all traffic to its processor while the breaker admits it', () => {
    const pinned = pairWith({}, [override('pin', id('b'))]);
    expect(tally(pinned, 100)).toEqual(new Map([['b', 100]]));
    expect(decideOn(pinned)).toMatchObject({
      propensity: 1,
      deterministic: true,
      reasons: ['only_candidate', 'override_pin'],
      exclusions: [{ processorId: 'a', reason: 'pinned_elsewhere', by: 'ovr_pin' }],
    });
    const passedOver = decideOn(pairWith({ breaker: OPEN }, [override('pin', A)]));
    expect(passedOver).toMatchObject({ chosen: 'b', notes: [{ by: 'ovr_pin' }] });
    expect(
      decideOn(pairWith({ breaker: OPEN }, [override('pin', A), override('force_close', A, { id: 'ovr_2' })])).chosen,
    ).toBe('a');
  });
});

describe('permits', () => {
  const key = `a ${CARD_BR}`;
  const half = pairWith({ breaker: HALF_OPEN });

  test('[DEC-5] a probing breaker is asked, and the decision is whole as if it had refused', () => {
    expect(decideOn(half)).toMatchObject({
      permitWanted: { processorId: 'a', scope: CARD_BR },
      chosen: 'b',
      permit: false,
    });
    const refused = decideOn(half, {}, { permits: new Map([[key, 'refused']]) });
    expect(refused).toEqual({ ...decideOn(half), permitWanted: null });
  });

  test('[DEC-5] a granted permit is used', () => {
    const granted = decideOn(half, {}, { permits: new Map([[key, 'granted']]) });
    expect(granted).toMatchObject({
      chosen: 'a',
      permit: true,
      deterministic: true,
      propensity: 1,
      permitWanted: null,
      degraded: false,
    });
    expect(granted.reasons).toContain('probe');
    expect(granted.ranked.map(({ processorId, probability }) => [processorId, probability])).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });

  test('[DEC-5] after a relapse about one decision in a hundred asks', () => {
    const asked = [...Array(20_000).keys()].filter(
      (index) => decideOn(pairWith({ breaker: RELAPSED }), {}, { seed: seedOf(index) }).permitWanted !== null,
    ).length;
    // 4 sigma of 200 of 20,000.
    expect(Math.abs(asked - 200)).toBeLessThanOrEqual(56);
  });

  test('[DEC-5] with a short open time everybody asks again sooner', () => {
    const short = { breaker: { ...processor('a').breaker, openTimeout: 2_000 } };
    const old: BreakerView = { ...RELAPSED, since: NOW - 2_500 };
    const asks = (changes: Partial<typeof short>): number =>
      [...Array(50).keys()].filter((index) => {
        const on = table([processor('a', changes), processor('b')], [row('a', { breaker: old }), row('b')]);
        return decideOn(on, {}, { seed: seedOf(index) }).permitWanted !== null;
      }).length;
    expect(asks(short)).toBe(50);
    expect(asks({})).toBeLessThan(10);
  });

  test('[DEC-5] of several probing breakers each is asked', () => {
    const on = table(
      [...PAIR, processor('c')],
      [row('a', { breaker: HALF_OPEN }), row('b', { breaker: HALF_OPEN }), row('c')],
    );
    const wanted = [...Array(200).keys()].map(
      (index) => decideOn(on, {}, { seed: seedOf(index) }).permitWanted?.processorId,
    );
    expect(wanted.filter((name) => name === 'a').length).toBeGreaterThan(60);
    expect(wanted.filter((name) => name === 'b').length).toBeGreaterThan(60);
  });

  test('[DEC-5] an ineligible, drained or forced processor is asked for no permit', () => {
    expect(decideOn(half, { eligibleProcessors: [id('b')] }).permitWanted).toBeNull();
    for (const kind of ['drain', 'force_open'] as const) {
      expect(decideOn(pairWith({ breaker: HALF_OPEN }, [override(kind, A)])).permitWanted).toBeNull();
    }
  });
});
