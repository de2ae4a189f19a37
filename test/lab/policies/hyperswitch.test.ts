import { describe, expect, test } from 'vitest';
import { BlockScore, FailureBucket, hsBlocks } from '../../../lab/policies/hs-blocks.ts';
import { scoreAfter, srv3Elimination } from '../../../lab/policies/srv3-elimination.ts';
import { PrefilledWindow } from '../../../lab/policies/srv3.ts';
import { srv3Explore5 } from '../../../lab/policies/srv3-explore-5.ts';
import { srv3Greedy125 } from '../../../lab/policies/srv3-greedy-125.ts';
import { srv3Greedy200 } from '../../../lab/policies/srv3-greedy-200.ts';
import { srv3Random5 } from '../../../lab/policies/srv3-random-5.ts';
import { outcomes, sharesOf, Trial } from './made-world.ts';

describe('srv3', () => {
  test.each([
    { size: 125, failures: 0, score: 1 },
    { size: 125, failures: 1, score: 124 / 125 },
    { size: 200, failures: 50, score: 150 / 200 },
    { size: 125, failures: 125, score: 0 },
  ])('a window of $size ones scores $score after $failures failures', ({ size, failures, score }) => {
    const window = new PrefilledWindow(size);
    for (let i = 0; i < failures; i++) window.add(false, 0);
    expect(window.scoreAt(0)).toBeCloseTo(score, 12);
  });

  test('the oldest outcome leaves for the newest', () => {
    const window = new PrefilledWindow(125);
    for (let i = 0; i < 125; i++) window.add(false, 0);
    for (let i = 0; i < 25; i++) window.add(true, 0);
    expect(window.scoreAt(0)).toBeCloseTo(25 / 125, 12);
  });

  test('outcomes older than 10 minutes are dropped; with none left the ones are back', () => {
    const window = new PrefilledWindow(125);
    for (let i = 0; i < 100; i++) window.add(false, 0);
    for (let i = 0; i < 25; i++) window.add(true, 1_000);
    expect(window.scoreAt(600_000)).toBeCloseTo(25 / 125, 12);
    expect(window.scoreAt(600_001)).toBe(1);
    for (let i = 0; i < 25; i++) window.add(false, 601_000);
    expect(window.scoreAt(601_001)).toBe(0);
    expect(window.scoreAt(1_300_000)).toBe(1);
  });

  test.each([
    { name: 'B = 125', entry: srv3Greedy125, size: 125 },
    { name: 'B = 200', entry: srv3Greedy200, size: 200 },
  ])('greedy with $name never leaves the leader and forgets one failure after as many outcomes', ({ entry, size }) => {
    const trial = new Trial(entry);
    trial.tell(0, outcomes('2D'));
    trial.tell(1, outcomes('D'));
    expect(trial.chosen(500).every((arm) => arm === 1)).toBe(true);
    expect(trial.choose()).toEqual({ arm: 1, propensity: 1, probe: false });
    trial.tell(0, outcomes(`${size - 1}A`));
    expect(new Set(trial.chosen(200))).toEqual(new Set([0, 1]));
    trial.tell(0, outcomes('A'));
    expect(trial.chosen(200).every((arm) => arm === 0)).toBe(true);
  });

  test('random-traffic gives 5% to those who do not lead, with that propensity', () => {
    const trial = new Trial(srv3Random5, 3);
    trial.tell(1, outcomes('D'));
    trial.tell(2, outcomes('D'));
    const choices = Array.from({ length: 20_000 }, () => trial.choose());
    const shares = sharesOf(
      3,
      choices.map(({ arm }) => arm),
    );
    expect(shares[0]).toBeCloseTo(0.95, 2);
    expect(shares[1]).toBeCloseTo(0.025, 2);
    expect(choices.every(({ arm, probe }) => probe === (arm !== 0))).toBe(true);
    expect(new Set(choices.map(({ propensity }) => propensity))).toEqual(new Set([0.95, 0.025]));
  });

  test('random-traffic looks back 125 outcomes', () => {
    const trial = new Trial(srv3Random5);
    trial.tell(0, outcomes('2D'));
    trial.tell(1, outcomes('D'));
    trial.tell(0, outcomes('123A'));
    expect(sharesOf(2, trial.chosen(500))[1]).toBeGreaterThan(0.9);
    trial.tell(0, outcomes('2A'));
    expect(sharesOf(2, trial.chosen(500))[0]).toBeGreaterThan(0.9);
  });

  test('explore-exploit looks back 125 explored outcomes', () => {
    const trial = new Trial(srv3Explore5);
    const explore = (arm: number, text: string): void => {
      for (const outcome of outcomes(text)) {
        const payment = trial.payment();
        const choice = trial.policy.choose(payment, [arm], () => 0);
        expect(choice.arm).toBe(arm);
        trial.policy.learn({ payment, arm, propensity: 1, outcome, reportedAtMs: 0, latencyMs: 0, costMinor: 0 });
      }
    };
    explore(0, '2D');
    explore(1, 'D');
    explore(0, '123A');
    expect(sharesOf(2, trial.chosen(500))[1]).toBeGreaterThan(0.9);
    explore(0, '2A');
    expect(sharesOf(2, trial.chosen(500))[0]).toBeGreaterThan(0.9);
  });

  test('explore-exploit learns from explored outcomes only', () => {
    const trial = new Trial(srv3Explore5);
    const draw = (): number => 0.99;
    const exploits = trial.payment();
    const leading = trial.policy.choose(exploits, [0, 1], draw).arm;
    const feedback = {
      arm: leading,
      propensity: 1,
      outcome: 'declined',
      reportedAtMs: 0,
      latencyMs: 0,
      costMinor: 0,
    } as const;
    trial.policy.learn({ ...feedback, payment: exploits });
    expect(sharesOf(2, trial.chosen(4_000))[leading]).toBeCloseTo(0.5, 1);
    const explores = trial.payment();
    const explored = trial.policy.choose(explores, [leading, 1 - leading], () => 0);
    expect(explored.probe).toBe(true);
    trial.policy.learn({ ...feedback, arm: explored.arm, payment: explores });
    const shares = sharesOf(2, trial.chosen(5_000));
    expect(shares[explored.arm]).toBeCloseTo(0.025, 2);
  });
});

describe('srv3 with elimination', () => {
  test('a pending costs 5%, a success gives it back, and it takes 21 failures to fall below 0.35', () => {
    expect(scoreAfter(0.8, false)).toBeCloseTo(0.76, 12);
    expect(scoreAfter(0.8, true)).toBeCloseTo(0.8, 3);
    const scores = [1];
    for (let failure = 0; failure < 21; failure++) scores.push(scoreAfter(scores.at(-1)!, false));
    expect(scores[20]).toBeGreaterThan(0.35);
    expect(scores[21]).toBeLessThan(0.35);
  });

  test('the 21st failure divides the rate by five, and approvals elsewhere do not undo it', () => {
    const trial = new Trial(srv3Elimination);
    trial.tell(1, outcomes('20D40A'));
    trial.tell(0, outcomes('19D'));
    expect(trial.choose().arm).toBe(0);
    trial.tell(0, outcomes('2D200A'));
    expect(trial.choose().arm).toBe(1);
    trial.tell(1, outcomes('D'));
    expect(trial.choose().arm).toBe(0);
  });

  test('a demoted one with every outcome approved loses to .227 and beats .19', () => {
    const beside = (results: string): number => {
      const trial = new Trial(srv3Elimination);
      trial.tell(0, outcomes('21D'));
      for (const arm of [0, 1]) trial.tell(arm, outcomes('125A'));
      trial.now = 700_000;
      trial.tell(0, outcomes('10A'));
      trial.tell(1, outcomes(results));
      return trial.choose().arm;
    };
    expect(beside('17D5A')).toBe(1);
    expect(beside('17D4A')).toBe(0);
  });

  test('the rates look back 125 outcomes', () => {
    const trial = new Trial(srv3Elimination);
    trial.tell(0, outcomes('2D'));
    trial.tell(1, outcomes('D'));
    trial.tell(0, outcomes('123A'));
    expect(trial.choose().arm).toBe(1);
    trial.tell(0, outcomes('2A'));
    expect(trial.choose().arm).toBe(0);
  });
});

describe('hs-blocks', () => {
  const blocksOf = (text: string): BlockScore => {
    const blocks = new BlockScore();
    for (const outcome of outcomes(text)) blocks.add(outcome === 'approved');
    return blocks;
  };

  test.each([
    { results: '24D', score: 1, why: 'fewer than five whole blocks say nothing' },
    { results: '25D', score: 0, why: 'five blocks of five do' },
    { results: '25A4D', score: 1, why: 'the block under way is not counted' },
    { results: '25A5D', score: 25 / 30, why: 'a whole one is' },
    { results: '5D40A', score: 1, why: 'eight blocks are kept' },
    { results: '5D35A', score: 35 / 40, why: 'and not seven' },
  ])('$results scores $score: $why', ({ results, score }) => {
    expect(blocksOf(results).score).toBeCloseTo(score, 12);
  });

  test('five failures within 60 s fill the bucket, each leaks out after its 60 s', () => {
    const bucket = new FailureBucket();
    for (const atMs of [0, 10_000, 20_000, 30_000]) bucket.add(atMs);
    expect(bucket.fullAt(30_000)).toBe(false);
    bucket.add(40_000);
    expect(bucket.fullAt(60_000)).toBe(true);
    expect(bucket.fullAt(60_001)).toBe(false);
  });

  test('a fifth of the traffic explores all', () => {
    const trial = new Trial(hsBlocks);
    trial.tell(1, outcomes('20A5D'));
    const choices = Array.from({ length: 20_000 }, () => trial.choose());
    expect(
      sharesOf(
        2,
        choices.map(({ arm }) => arm),
      )[1],
    ).toBeCloseTo(0.1, 2);
    expect(new Set(choices.map(({ propensity }) => propensity))).toEqual(new Set([0.9, 0.1]));
  });

  test('a processor with a full bucket is not chosen for a minute, declines do not fill it', () => {
    const trial = new Trial(hsBlocks);
    trial.tell(0, outcomes('25A5E'));
    trial.tell(1, outcomes('25D'));
    expect(trial.chosen(100).every((arm) => arm === 1)).toBe(true);
    trial.now = 60_001;
    expect(sharesOf(2, trial.chosen(5_000))[0]).toBeCloseTo(0.9, 1);
  });
});
