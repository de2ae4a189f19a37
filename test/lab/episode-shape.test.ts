import { describe, expect, test } from 'vitest';
import { severity } from '../../lab/simulator/episode-shape.ts';
import { Market } from '../../lab/simulator/market.ts';
import { scenarioOf } from './sample-scenario.ts';
import type { ScenarioEpisode } from '../../lab/scenario-file.ts';

const MONDAY = Date.parse('2026-01-05T00:00:00Z');
const HOUR = 3_600_000;
const BASE = { processor: 'a', fromFraction: 0.2, toFraction: 0.6, set: { approvalRate: 0.1 } };
const at = (episode: object, fraction: number, atMs = MONDAY): number =>
  severity({ ...BASE, ...episode } as ScenarioEpisode, { fraction, atMs });

describe('an episode', () => {
  test.each([
    ['step', {}, 0.1999, 0],
    ['step', {}, 0.2, 1],
    ['step', {}, 0.5999, 1],
    ['step', {}, 0.6, 0],
    ['ramp', {}, 0.2, 0],
    ['ramp', {}, 0.4, 0.5],
    ['ramp', {}, 0.6, 0],
    ['sine', {}, 0.3, 1],
    ['sine', {}, 0.5, -1],
    ['sine', { periodFraction: 0.2 }, 0.25, 1],
    ['sine', { periodFraction: 0.2, phaseRadians: Math.PI }, 0.25, -1],
    ['flapping', {}, 0.21, 1],
    ['flapping', {}, 0.23, 0],
    ['flapping', { periodFraction: 0.2 }, 0.29, 1],
    ['flapping', { periodFraction: 0.2 }, 0.31, 0],
    ['flapping', { periodFraction: 0.2 }, 0.41, 1],
    ['calendar', { toFraction: 0.25, periodFraction: 0.3 }, 0.19, 0],
    ['calendar', { toFraction: 0.25, periodFraction: 0.3 }, 0.24, 1],
    ['calendar', { toFraction: 0.25, periodFraction: 0.3 }, 0.26, 0],
    ['calendar', { toFraction: 0.25, periodFraction: 0.3 }, 0.54, 1],
    ['calendar', { toFraction: 0.25, periodFraction: 0.3 }, 0.81, 1],
  ])('of shape %s with %o stands at %f by %f', (shape, given, fraction, expected) => {
    expect(at({ shape, ...given }, fraction)).toBeCloseTo(expected, 9);
  });

  test.each([
    [{ from: 9, to: 17 }, 12, 1],
    [{ from: 9, to: 17 }, 17, 0],
    [{ from: 22, to: 5 }, 23, 1],
    [{ from: 22, to: 5 }, 4, 1],
    [{ from: 22, to: 5 }, 12, 0],
    [{ from: 9, to: 17, weekdays: [1] }, 12, 1],
    [{ from: 9, to: 17, weekdays: [2] }, 12, 0],
    [{ from: 22, to: 5, weekdays: [1] }, 24 + 3, 1],
    [{ from: 22, to: 5, weekdays: [1] }, 3, 0],
    [{ from: 22, to: 5, weekdays: [0] }, 3, 1],
  ])('of shape calendar with hours %o stands %d hours into Monday at %f', (hours, hour, expected) => {
    expect(at({ shape: 'calendar', hours }, 0.3, MONDAY + hour * HOUR)).toBe(expected);
  });
});

describe('a market', () => {
  const rates = (episodes: readonly object[], fraction: number, processor = 0) => {
    const market = new Market(scenarioOf({ episodes }));
    return { ...market.conduct(processor, 0, { fraction, atMs: MONDAY }) };
  };

  test('moves a rate from its base to the target by the severity', () => {
    expect(rates([{ ...BASE, shape: 'ramp' }], 0.4).approvalRate).toBeCloseTo(0.93 + (0.1 - 0.93) / 2);
  });

  test('swings to both sides of the base in a sine', () => {
    const drift = [{ ...BASE, fromFraction: 0, toFraction: 1, set: { approvalRate: 0.98 }, shape: 'sine' }];
    expect(rates(drift, 0.25).approvalRate).toBeCloseTo(0.98);
    expect(rates(drift, 0.75).approvalRate).toBeCloseTo(0.88);
  });

  test('drops all processors at once for "*", by a factor if so told', () => {
    const drop = [{ processor: '*', fromFraction: 0, toFraction: 1, scale: { approvalRate: 0.5 } }];
    expect([0, 1, 2].map((processor) => rates(drop, 0.5, processor).approvalRate)).toEqual([0.465, 0.45, 0.43]);
  });

  test('lets a later episode act on what an earlier one left', () => {
    const both = [
      { ...BASE, set: { approvalRate: 0.8 } },
      { ...BASE, set: undefined, scale: { approvalRate: 0.5 } },
    ];
    expect(rates(both, 0.3).approvalRate).toBeCloseTo(0.4);
  });

  test('leaves timeouts what errors leave of one', () => {
    const market = rates(
      [
        { ...BASE, set: { timeoutRate: 0.3 } },
        { ...BASE, set: { errorRate: 0.9 } },
      ],
      0.3,
    );
    expect(market.timeoutRate).toBeCloseTo(0.1);
  });

  test.each([
    ['pix/br', ['0.10', '0.93', '0.93']],
    ['CARD', ['0.93', '0.10', '0.10']],
    [{ paymentMethod: 'CARD', country: 'MX' }, ['0.93', '0.93', '0.10']],
    [{ paymentMethod: 'card' }, ['0.93', '0.10', '0.10']],
  ])('touches only the segments that an episode names: %o', (segment, expected) => {
    const scenario = scenarioOf({
      segments: [
        { paymentMethod: 'PIX', country: 'BR', share: 0.5 },
        { paymentMethod: 'CARD', country: 'BR', share: 0.3 },
        { paymentMethod: 'CARD', country: 'MX', share: 0.2 },
      ],
      episodes: [{ ...BASE, segment }],
    });
    const market = new Market(scenario);
    const moment = { fraction: 0.3, atMs: MONDAY };
    const rates = [0, 1, 2].map((index) => market.conduct(0, index, moment).approvalRate.toFixed(2));
    expect(rates).toEqual(expected);
  });

  test('has a processor’s own numbers where a segment has some', () => {
    const scenario = scenarioOf({
      segments: [
        { paymentMethod: 'PIX', country: 'BR', share: 0.5 },
        { paymentMethod: 'CARD', country: 'BR', share: 0.5 },
      ],
      processors: [
        {
          id: 'a',
          approvalRate: 0.9,
          errorRate: 0.02,
          feeMinor: 7,
          segments: ['PIX|BR', { paymentMethod: 'CARD', country: 'BR', approvalRate: 0.6, feeBps: 100 }],
        },
      ],
    });
    const market = new Market(scenario);
    const moment = { fraction: 0.3, atMs: MONDAY };
    expect(market.conduct(0, 0, moment)).toMatchObject({ approvalRate: 0.9, errorRate: 0.02 });
    expect(market.conduct(0, 1, moment)).toMatchObject({ approvalRate: 0.6, errorRate: 0.02 });
    expect([0, 1].map((segment) => market.tariff(0, segment).feeMinor)).toEqual([7, 107]);
  });
});
