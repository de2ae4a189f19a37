import { describe, expect, test } from 'vitest';
import { A, B, CARD, type Given, houseOf, MINUTE, NOW, open, overrideOf, PIX, plansIn, results } from './house.ts';
import { actionOf } from './house.ts';
import { measureAction } from '../../../src/domain/healing/measure-action.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';
import { failingOf } from '../../../src/domain/healing/failing-segment.ts';
import type { HouseSnapshot } from '../../../src/domain/healing/snapshot.ts';
import { NOTHING_STOPS } from '../../../src/domain/healing/standing-now.ts';
import { RESIDUAL, segmentKey } from '../../../src/domain/segment.ts';
import { SimulatedProcessor } from '../../harness/simulated-traffic.ts';
import { withStanding } from '../../../src/domain/healing/healing-action.ts';

const of = (total: number, failed: number): Given => ({ totals: { [PIX]: total }, failed: { [PIX]: failed } });
const how = (house: HouseSnapshot) => {
  const [processor] = house.configuration.processors;
  return failingOf(house, processor!, PIX, NOTHING_STOPS);
};

describe('[HEA-6] a segment fails', () => {
  test.each([
    ['more than half of 20', of(20, 11), of(40, 40), 'half_fail'],
    ['half of 20', of(20, 10), of(40, 0), null],
    ['more than half of 19', of(19, 18), of(40, 0), null],
    ['all of 5', of(5, 5), {}, 'rare'],
    ['all of 9', of(9, 9), {}, 'rare'],
    ['all but one of 9', of(9, 8), {}, null],
    ['all of 4', of(4, 4), {}, null],
    ['all of 10, which has a breaker of its own', of(10, 10), {}, null],
    ['30% of 40, the others a third of that', of(40, 12), of(40, 4), 'brown_out'],
    ['30% of 40, the others more than a third', of(40, 12), of(40, 5), null],
    ['30% of 40, the others too few to say', of(40, 12), of(19, 0), null],
    ['less than 30%', of(40, 11), of(40, 0), null],
    ['30% of 39', of(39, 12), of(40, 0), null],
  ] as const)('%s', (_, own, others, expected) => {
    expect(how(houseOf({ a: own, b: others }))).toBe(expected);
  });

  test.each([
    ['a breaker stops it', houseOf({ a: { ...of(40, 12), breakers: { [PIX]: open(NOW - 1) } }, b: {} })],
    ['an override is on it', houseOf({ a: of(40, 12), b: {} }, { overrides: [overrideOf(A, 'metrics_only')] })],
    ['only one who is able is asked', houseOf({ a: of(40, 12), b: { breaker: open(NOW - 1) } })],
  ])('not where %s', (_, house) => {
    expect(how(house)).toBeNull();
  });

  test.each([PIX, RESIDUAL])('[HEA-26] not by what failed before the breaker of %s closed', (scope) => {
    const closed = { scope, from: 'HALF_OPEN', to: 'CLOSED', reason: 'recovered', atMs: NOW - MINUTE } as const;
    const failedSince = (count: number): Given => ({
      ...of(40, 30),
      transitions: [closed],
      recent: [...results(20, 'error', NOW - 5 * MINUTE), ...results(count, 'error', NOW - MINUTE / 2)],
    });
    expect(how(houseOf({ a: of(40, 30), b: of(40, 0) }))).toBe('half_fail');
    expect(how(houseOf({ a: failedSince(0), b: of(40, 0) }))).toBeNull();
    expect(how(houseOf({ a: failedSince(20), b: of(40, 0) }))).toBe('half_fail');
  });

  test('two rare ones do not drain a processor that goes well elsewhere', () => {
    const methods = ['PIX', 'CARD', 'BOLETO'];
    const boleto = segmentKey('BOLETO', 'BR');
    const given = (total: number): Given => ({
      methods,
      totals: { [PIX]: 5, [boleto]: 5, [CARD]: total },
      failed: { [PIX]: 5, [boleto]: 5 },
    });
    const told = (total: number) => plansIn(houseOf({ a: given(total), b: { methods } })).map(({ kind }) => kind);
    expect(told(11)).toEqual(['fail_over_segment', 'fail_over_segment']);
    expect(told(10)).toEqual(['drain']);
  });
});

describe('[HEA-20] under default breakers', () => {
  const T0 = 1_770_000_000_000;
  const seenIn = (processor: SimulatedProcessor, now: number): HouseSnapshot => {
    const house = houseOf({ a: {}, b: {} }, { now });
    const detail = processor.state.detail(now);
    return { ...house, processors: new Map([...house.processors, [A, { ...house.processors.get(A)!, detail }]]) };
  };

  test('a brown-out of 35% from the first payment on is failed over in a third of cases or more before a breaker opens, and one of 2% never', () => {
    expect(BREAKER_DEFAULTS).toMatchObject({ failureRateThreshold: 0.5, failureThreshold: 5 });
    const share = (error: number, seeds: number): number => {
      let found = 0;
      for (let seed = 1; seed <= seeds; seed += 1) {
        const processor = new SimulatedProcessor('a', seed);
        for (let minute = 0; minute < 8 && processor.trips === 0; minute += 1) {
          const at = T0 + minute * MINUTE;
          for (let step = 0; step < 6; step += 1) processor.run(10, { error, decline: 0.1 }, at + step * 10_000);
          if (processor.trips > 0 || how(seenIn(processor, at + 50_000)) !== 'brown_out') continue;
          found += 1;
          break;
        }
      }
      return found / seeds;
    };
    expect(share(0.35, 24)).toBeGreaterThanOrEqual(1 / 3);
    expect(share(0.02, 6)).toBe(0);
  });

  test('a segment with few payments that fails wholly among others that go well is seen before their breaker opens', () => {
    const methods = Array.from({ length: 12 }, (_, index) => `M${index}`);
    const keys = methods.map((method) => segmentKey(method, 'BR'));
    for (const seed of [1, 2, 3]) {
      const processor = new SimulatedProcessor('a', seed);
      let seenAfter: number | null = null;
      for (let minute = 0; minute < 180 && seenAfter === null && processor.trips === 0; minute += 1) {
        const at = T0 + minute * MINUTE;
        keys.forEach((segment, index) => {
          const error = minute >= 120 && index === 0 ? 1 : 0.02;
          if ((minute * 7 + index * 3) % 10 < 6)
            processor.run(1, { error, decline: 0.1 }, at + index * 4_000, { segment });
        });
        if (minute < 120) continue;
        const house = houseOf({ a: { methods }, b: { methods } }, { now: at + 50_000 });
        const detail = processor.state.detail(at + 50_000);
        const seen = {
          ...house,
          processors: new Map([...house.processors, [A, { ...house.processors.get(A)!, detail }]]),
        };
        const [first] = plansIn(seen).filter(({ kind }) => kind === 'fail_over_segment');
        if (first !== undefined) {
          expect(first.subject).toBe(keys[0]);
          seenAfter = minute - 120;
        }
      }
      expect(processor.trips).toBe(0);
      expect(seenAfter).toBeLessThanOrEqual(15);
    }
  });
});

describe('[HEA-17] a segment with few payments', () => {
  const rare = { ...of(5, 5), recent: results(50, 'approved', NOW - 5 * MINUTE, CARD), lastResultAtMs: NOW - MINUTE };
  const [plan] = plansIn(houseOf({ a: rare, b: {} }));
  const drained = withStanding(actionOf(plan!, NOW), { state: 'done', atMs: NOW, step: 0 });
  const held = { ...overrideOf(A, 'drain'), id: plan!.id, segment: PIX };
  const at = (ageMs: number, other: Given) =>
    measureAction(
      drained,
      houseOf(
        { a: rare, b: { recent: [], ...other }, c: { recent: [], ...of(1, 0) } },
        { now: NOW + ageMs, overrides: [held] },
      ),
    );

  test('is drained for 20 minutes, and began to fail by its newest result at the latest', () => {
    expect(plan).toMatchObject({ remedy: { override: { ttlMs: 1_200_000 } }, symptomAtMs: NOW - MINUTE });
  });

  test('is measured two minutes before the end, by the windows of the others where their newest results hold none of it', () => {
    expect(at(17.9 * MINUTE, of(6, 0))).toEqual({ verdict: 'wait' });
    expect(at(18 * MINUTE, of(6, 0))).toMatchObject({ outcome: 'recovered' });
    expect(at(18 * MINUTE, of(6, 4))).toMatchObject({ outcome: 'not_recovered' });
    expect(at(18 * MINUTE, of(3, 0))).toMatchObject({
      outcome: 'not_recovered',
      measured: expect.stringContaining('Too few'),
    });
    expect(asProcessorId('b')).toBe(B);
  });
});
