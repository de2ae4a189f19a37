import { describe, expect, test } from 'vitest';
import { minutesOf, MINUTE_MS, NOW, NOW_MS, outages, pastOf, type Shape } from './made-minutes.ts';
import { breakerPast } from '../../../src/domain/predictions/breaker-past.ts';
import { lookAhead } from '../../../src/domain/predictions/predict.ts';
import { PROBABILITY_MIN } from '../../../src/domain/predictions/prediction-book.ts';

const told = (shape: Shape, back = 0) =>
  lookAhead(pastOf(minutesOf((at) => shape(at - back))), NOW_MS).find(({ kind }) => kind === 'breaker_flapping');
const probability = (shape: Shape): number => told(shape)?.probability ?? 0;
const pastBy = (shape: Shape) => breakerPast({ minutes: minutesOf(shape), nowMs: NOW_MS });

describe('[PRD-43] that a breaker will flap', () => {
  test('is told of its first outage, as soon as it has opened', () => {
    const opened: Shape = (back) => ({ breakerTransitions: back === 1 ? 1 : 0, breakerOpenings: back === 1 ? 1 : 0 });
    expect(probability(opened)).toBeGreaterThan(PROBABILITY_MIN.medium.breaker_flapping);
    expect(probability(outages([4]))).toBeGreaterThan(PROBABILITY_MIN.medium.breaker_flapping);
    expect(told(() => ({}))).toBeUndefined();
  });

  test('is less probable the longer it has stayed closed, down to what high sensitivity does not tell', () => {
    const closedFor = [1, 5, 10, 20, 40, 90].map((minutes) => probability(outages([minutes + 3])));
    for (const [i, each] of closedFor.entries()) if (i > 0) expect(each).toBeLessThan(closedFor[i - 1]!);
    expect(closedFor.at(-1)).toBeLessThan(PROBABILITY_MIN.high.breaker_flapping);
    expect(told(outages([200]))).toBeUndefined();
  });

  test('is more probable after each opening again, at the same changes of the last hour', () => {
    const before = (...backs: number[]): number => probability(outages([...backs, 30]));
    expect(before(100)).toBeGreaterThan(before());
    expect(before(160, 100)).toBeGreaterThan(before(100));
  });

  test('is more probable where half-open attempts of the day have failed', () => {
    const often: Shape = (back) => {
      const [ago, now] = [outages([600, 700, 800], 3)(back), outages([12])(back)];
      return back > 100 ? ago : now;
    };
    expect(probability(often)).toBeGreaterThan(probability(outages([12, 600, 700, 800])));
    expect(told(often)!.evidence).toMatchObject({ halfOpenTried: 13, halfOpenFailed: 9, state: 'closed' });
  });

  test('is as good as certain in the second outage within the hour, and is not told any more once it is there', () => {
    const opened = minutesOf((back) =>
      back === 1 ? { breakerTransitions: 1, breakerOpenings: 1 } : outages([20])(back),
    );
    const [again] = lookAhead(pastOf(opened), NOW_MS).filter(({ kind }) => kind === 'breaker_flapping');
    expect(again).toMatchObject({ recommendedAction: 'schedule_maintenance', limit: 6 });
    expect(again!.probability).toBeGreaterThan(0.8);
    expect(told(outages([20, 4]))).toBeUndefined();
    expect(told(outages([69, 50]))).toBeUndefined();
    expect(told(outages([71, 50]))).toBeDefined();
  });
});

describe('[PRD-44] what a breaker did', () => {
  test('is told of openings, closings and changes, in whatever minutes they fell', () => {
    expect(pastBy(outages([40, 10]))).toMatchObject({
      outage: 0,
      openingsAgain: 1,
      closedMinutes: 27 + 7,
      tried: 2,
      failed: 0,
    });
    const atOnce: Shape = (back) =>
      back === 5 ? { breakerTransitions: 10, breakerOpenings: 2, breakerClosings: 2 } : {};
    expect(pastBy(atOnce)).toMatchObject({ outage: 0, openingsAgain: 1, tried: 4, failed: 2 });
    const halfOpen: Shape = (back) => ({
      breakerTransitions: back === 5 || back === 3 ? 1 : 0,
      breakerOpenings: back === 5 ? 1 : 0,
    });
    expect(pastBy(halfOpen)).toMatchObject({ outage: 2, openingsAgain: 0, closedMinutes: 0, tried: 0 });
    expect(pastBy(() => ({}))).toBeNull();
  });

  test('stands though its closing was never recorded, or its opening was a day ago', () => {
    const unclosed: Shape = (back) => ({
      breakerTransitions: [90, 10].includes(back) ? 1 : 0,
      breakerOpenings: [90, 10].includes(back) ? 1 : 0,
    });
    expect(pastBy(unclosed)).toMatchObject({ outage: 1, openingsAgain: 0 });
    const closing: Shape = (back) => (back === 9 ? { breakerTransitions: 1, breakerClosings: 1 } : {});
    expect(pastBy(closing)).toMatchObject({ outage: 0, tried: 1, failed: 0, closedMinutes: 8 });
  });

  test('[PRD-9] is finite however often it changed', () => {
    const wild: Shape = () => ({ breakerTransitions: 1e9, breakerOpenings: 1e9, breakerClosings: 3 });
    const past = breakerPast({ minutes: minutesOf(wild), nowMs: NOW * MINUTE_MS })!;
    for (const value of [past.outage, past.openingsAgain, past.closedMinutes, past.tried, past.failed])
      expect(value).toSatisfy(Number.isFinite);
  });
});
