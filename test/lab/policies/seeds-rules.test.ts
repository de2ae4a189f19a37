import { describe, expect, test } from 'vitest';
import { aegis, aegisScore } from '../../../lab/policies/aegis.ts';
import { AegisBreaker } from '../../../lab/policies/aegis-breaker.ts';
import { apos, aposScore } from '../../../lab/policies/apos.ts';
import { techcart, techcartScore } from '../../../lab/policies/techcart.ts';
import { outcomes, Trial } from './made-world.ts';

describe('techcart', () => {
  test.each([
    { results: '', score: 100 },
    { results: 'A', score: 100 },
    { results: '9E', score: 0 },
    { results: '10E', score: 0 },
    { results: '13A7D', score: 65 },
    { results: '30A', score: 100 },
    { results: '31A', score: 105 },
    { results: '45A5D', score: 95 },
    { results: '12A8D', score: 30 },
    { results: '32A18D', score: 37 },
    { results: '14A36D', score: 5 },
    { results: '24A26E', score: 5 },
  ])('scores "$results" $score', ({ results, score }) => {
    const counts = { approved: 0, declined: 0, error: 0, timeout: 0 };
    for (const outcome of outcomes(results)) counts[outcome] += 1;
    expect(techcartScore(counts)).toBeCloseTo(score, 10);
  });

  test('an untested processor outranks a proven .94 of 30 results, and not one of 50', () => {
    const trial = new Trial(techcart);
    trial.tell(0, outcomes('28A2D'));
    expect(trial.choose().arm).toBe(1);
    trial.tell(0, outcomes('20A'));
    expect(trial.choose().arm).toBe(0);
  });

  test('only the last 50 results count', () => {
    const trial = new Trial(techcart);
    trial.tell(1, outcomes('50A'));
    trial.tell(0, outcomes('D49A'));
    expect(trial.choose().arm).toBe(1);
    trial.tell(0, outcomes('A'));
    expect(trial.choose().arm).toBe(0);
  });

  test('a result counts until it is 10 minutes old', () => {
    const trial = new Trial(techcart);
    trial.tell(0, outcomes('20D'));
    trial.tell(1, outcomes('9A1D'));
    trial.now = 600_000;
    expect(trial.choose().arm).toBe(1);
    trial.now = 600_001;
    expect(trial.choose().arm).toBe(0);
  });

  test('segments keep their own windows', () => {
    const trial = new Trial(techcart);
    trial.tell(0, outcomes('20D'));
    expect(trial.choose().arm).toBe(1);
    trial.segment = 1;
    expect(trial.choose().arm).toBe(0);
  });
});

describe('aegis', () => {
  test.each([
    { attempts: 10, approved: 10, latencyMs: 0, costMinor: 0, score: 1 },
    { attempts: 10, approved: 5, latencyMs: 25_000, costMinor: 500, score: 0.25 + 0.15 + 0.1 },
    { attempts: 10, approved: 10, latencyMs: 80_000, costMinor: 2_000, score: 0.5 },
  ])('scores $approved of $attempts at $latencyMs ms and $costMinor cents in all $score', ({ score, ...sums }) => {
    expect(aegisScore(sums)).toBeCloseTo(score, 10);
  });

  test('a processor without data waits while another has some', () => {
    const trial = new Trial(aegis);
    trial.tell(1, outcomes('3A2D'), { latencyMs: 9_000, costMinor: 300 });
    expect(trial.chosen(20)).toEqual(Array.from({ length: 20 }, () => 1));
  });

  test('results leave after an hour', () => {
    const trial = new Trial(aegis);
    trial.tell(0, outcomes('3A'));
    trial.now = 3_000_000;
    trial.tell(1, outcomes('2AD'));
    expect(trial.choose().arm).toBe(0);
    trial.now = 3_600_001;
    expect(trial.choose().arm).toBe(1);
  });

  test('an open breaker moves the traffic and is announced', () => {
    const trial = new Trial(aegis);
    trial.tell(0, outcomes('20A'));
    trial.tell(1, outcomes('2AD'));
    trial.tell(0, outcomes('5E'));
    expect(trial.choose().arm).toBe(1);
    expect(trial.policy.alarms?.()).toEqual([{ atMs: 0, arm: 0, segments: [0] }]);
  });

  test('with every breaker open someone is still chosen', () => {
    const trial = new Trial(aegis);
    for (const arm of trial.arms) trial.tell(arm, outcomes('5E'));
    expect(trial.arms).toContain(trial.choose().arm);
  });
});

describe("aegis' breaker", () => {
  const record = (breaker: AegisBreaker, text: string, now = 0): boolean[] =>
    outcomes(text).map((outcome) => breaker.record(outcome === 'approved', now));

  test.each([
    { results: '20A4E', state: 'CLOSED' },
    { results: '20A5E', state: 'OPEN' },
    { results: '20A4EA4E', state: 'CLOSED' },
    { results: '2AEAE', state: 'CLOSED' },
    { results: 'AEAEE', state: 'OPEN' },
    { results: '4E', state: 'CLOSED' },
    { results: 'AEAEA', state: 'CLOSED' },
    { results: 'AEAEAE', state: 'OPEN' },
    { results: '7AEAEAEAE', state: 'CLOSED' },
  ])('after $results it is $state', ({ results, state }) => {
    const breaker = new AegisBreaker();
    record(breaker, results);
    expect(breaker.state).toBe(state);
  });

  test('it is open for 60 s, then admits five attempts', () => {
    const breaker = new AegisBreaker();
    record(breaker, '5E');
    expect(breaker.admits(59_999)).toBe(false);
    const admitted = Array.from({ length: 7 }, () => breaker.admits(60_000) && breaker.begin());
    expect(admitted).toEqual([true, true, true, true, true, false, false]);
  });

  test('three successes close it, one failure opens it again, 30 s without either begin a new round', () => {
    const halfOpen = (): AegisBreaker => {
      const breaker = new AegisBreaker();
      record(breaker, '5E');
      breaker.admits(60_000);
      return breaker;
    };
    const closing = halfOpen();
    record(closing, '2A', 60_100);
    expect(closing.state).toBe('HALF_OPEN');
    record(closing, 'A', 60_100);
    expect(closing.state).toBe('CLOSED');
    const relapsing = halfOpen();
    expect(record(relapsing, '2AE', 60_100)).toEqual([false, false, true]);
    expect(relapsing.admits(120_099)).toBe(false);
    const silent = halfOpen();
    for (let attempt = 0; attempt < 5; attempt++) silent.begin();
    expect(silent.admits(89_999)).toBe(false);
    expect(silent.admits(90_000)).toBe(true);
  });

  test('what failed before it closed does not count afterwards', () => {
    const breaker = new AegisBreaker();
    record(breaker, '5E');
    breaker.admits(60_000);
    record(breaker, '3A', 60_100);
    record(breaker, '4E', 60_200);
    expect(breaker.state).toBe('CLOSED');
  });
});

describe('apos', () => {
  test.each([
    { name: 'untested', attempts: 0, approved: 0, latencySumMs: 0, score: 0.7 * 0.8 + 0.3 },
    { name: 'one success at 500 ms', attempts: 1, approved: 1, latencySumMs: 500, score: 0.7 + 0.15 },
    { name: 'one failure at 2 s', attempts: 1, approved: 0, latencySumMs: 2_000, score: 0 },
    { name: '9 of 10 at 200 ms', attempts: 10, approved: 9, latencySumMs: 2_000, score: 0.63 + 0.24 },
  ])('$name scores $score', ({ score, attempts, approved, latencySumMs }) => {
    expect(aposScore({ attempts, approved, latencySumMs, failuresInARow: 0 })).toBeCloseTo(score, 10);
  });

  test('the first sample replaces the prior', () => {
    const trial = new Trial(apos);
    trial.tell(0, outcomes('A'), { latencyMs: 600 });
    expect(trial.choose().arm).toBe(1);
    trial.tell(1, outcomes('D'), { latencyMs: 600 });
    expect(trial.choose().arm).toBe(0);
  });

  test('five failures in a row switch away until the other has failed as often', () => {
    const trial = new Trial(apos);
    trial.tell(0, outcomes('100A4D'));
    trial.tell(1, outcomes('A3D'));
    expect(trial.choose().arm).toBe(0);
    trial.tell(0, outcomes('D'));
    expect(trial.choose().arm).toBe(1);
    trial.tell(1, outcomes('2D'));
    expect(trial.choose().arm).toBe(0);
  });
});
