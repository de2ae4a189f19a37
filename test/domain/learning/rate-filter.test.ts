import { describe, expect, test } from 'vitest';
import { betaMass, CELLS, FAILURES, quantilesOf, RATES } from '../../../src/domain/learning/rate-grid.ts';
import { condition, createFilter, elapse, massOf, remember } from '../../../src/domain/learning/rate-filter.ts';
import { floatsOf, textOf } from '../../../src/domain/learning/float-text.ts';
import { seeded } from '../../harness/seeded.ts';

/** Calm, jumpy, rising, falling. */
const START = [0.5, 0.3, 0.1, 0.1];
const JUMPS = [5e-5, 1e-3, 2e-4, 2e-4];
const KINDS = START.length;
const STATES = KINDS * CELLS;
const PRIOR = betaMass(0.7, 6);
const MOVED = 4e-5 / (Math.PI / 2 / CELLS);

/** One payment's passing written out as a matrix, from row to column: 64 cells of each kind. */
function transition(jumpTo: readonly number[]): number[][] {
  const rows = Array.from({ length: STATES }, () => new Array<number>(STATES).fill(0));
  for (let kind = 0; kind < KINDS; kind++) {
    for (let cell = 0; cell < CELLS; cell++) {
      const jump = JUMPS[kind]!;
      const next = Math.min(CELLS - 1, Math.max(0, cell + [0, 0, 1, -1][kind]!));
      const places: [number, number][] = [
        [next, (1 - jump) * MOVED],
        [cell, (1 - jump) * (1 - MOVED)],
        ...jumpTo.map((mass, to): [number, number] => [to, jump * mass]),
      ];
      for (const [to, chance] of places) {
        for (let after = 0; after < KINDS; after++) {
          const drifts = kind > 1 && after > 1;
          const turned = drifts ? (kind === after ? 1 - 2e-4 : 2e-4) : Number(kind === after);
          rows[kind * CELLS + cell]![after * CELLS + to]! += chance * ((1 - 1e-5) * turned + 1e-5 * START[after]!);
        }
      }
    }
  }
  return rows;
}

const levels = (memory: ArrayLike<number>): number[] => {
  const anywhere = betaMass(2 / 3, 3);
  const sum = Array.from(memory).reduce((total, mass) => total + mass, 0);
  return anywhere.map((mass, cell) => (0.9 * memory[cell]!) / sum + 0.1 * mass);
};

function passed(state: readonly number[], rows: readonly number[][]): number[] {
  const after = new Array<number>(STATES).fill(0);
  for (let from = 0; from < STATES; from++)
    for (let to = 0; to < STATES; to++) after[to]! += state[from]! * rows[from]![to]!;
  return after;
}

describe('a rate that may stay, jump or drift', () => {
  test('[LRN-2] the belief after any outcomes is the forward filter of the hidden Markov model, written out', () => {
    const filter = createFilter(PRIOR);
    let state = START.flatMap((part) => PRIOR.map((mass) => part * mass));
    const memory = PRIOR.map((mass) => 5 * mass);
    const random = seeded(5);
    for (let i = 0; i < 60; i++) {
      const approved = random() < (i < 40 ? 0.9 : 0.2);
      elapse(filter, 1);
      condition(filter, approved ? RATES : FAILURES);
      remember(filter, 1);
      state = passed(state, transition(levels(memory)));
      state = state.map((mass, place) => mass * (approved ? RATES : FAILURES)[place % CELLS]!);
      const sum = state.reduce((total, mass) => total + mass, 0);
      state = state.map((mass) => mass / sum);
      for (let cell = 0; cell < CELLS; cell++)
        memory[cell] =
          memory[cell]! * 2 ** (-1 / 5_000) + START.reduce((sum, _, kind) => sum + state[kind * CELLS + cell]!, 0);
    }
    const told = [...filter.calm, ...filter.jumpy, ...filter.rising, ...filter.falling];
    for (let place = 0; place < STATES; place++) expect(Math.abs(told[place]! - state[place]!)).toBeLessThan(2e-6);
  });

  test('[LRN-6] what passes by in one step is what passes by one by one, but for a fiftieth of the mass', () => {
    const atOnce = createFilter(betaMass(0.93, 400));
    const oneByOne = createFilter(betaMass(0.93, 400));
    elapse(atOnce, 900);
    for (let i = 0; i < 900; i++) elapse(oneByOne, 1);
    const other = massOf(oneByOne);
    expect(massOf(atOnce).reduce((sum, mass, cell) => sum + Math.abs(mass - other[cell]!), 0)).toBeLessThan(0.02);
  });

  test('[LRN-2] mass is never lost nor made: it sums to 1 after a hundred thousand payments of any kind', () => {
    const filter = createFilter(PRIOR);
    const random = seeded(9);
    for (let i = 0; i < 20_000; i++) {
      elapse(filter, random() < 0.01 ? 5_000 * random() : 1);
      condition(filter, random() < 0.5 ? RATES : FAILURES);
      remember(filter, 1);
    }
    expect(massOf(filter).reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 5);
    expect(massOf(filter).every((mass) => mass >= 0)).toBe(true);
  });
});

describe('the grid', () => {
  test('[LRN-2] a Beta keeps its mean and deviation on the cells', () => {
    for (const [mean, weight] of [
      [0.93, 200],
      [0.5, 30],
      [0.8, 8],
    ] as const) {
      const mass = betaMass(mean, weight);
      const first = RATES.reduce((sum, rate, cell) => sum + rate * mass[cell]!, 0);
      const second = RATES.reduce((sum, rate, cell) => sum + rate * rate * mass[cell]!, 0);
      expect(first).toBeCloseTo(mean, 2);
      expect(Math.sqrt(second - first * first)).toBeCloseTo(Math.sqrt((mean * (1 - mean)) / (weight + 1)), 2);
    }
  });

  test('[LRN-17] a prior keeps its mean, however light it is and however near to the ends', () => {
    for (const mean of [0.001, 0.05, 0.5, 0.95, 0.999])
      for (const weight of [1e-320, 0.1, 1, 5, 100, 1_000]) {
        const first = betaMass(mean, weight).reduce((sum, mass, cell) => sum + mass * RATES[cell]!, 0);
        expect(first, `${mean} worth ${weight}`).toBeCloseTo(mean, 6);
      }
  });

  test('[LRN-9] quantiles are where so much of the mass lies below', () => {
    const quantiles = quantilesOf(betaMass(0.5, 1_000), 16);
    expect(quantiles).toHaveLength(16);
    expect(quantiles[7]! + quantiles[8]!).toBeCloseTo(1, 3);
    expect(quantiles[0]).toBeCloseTo(0.5 - (1.8627 * 0.5) / Math.sqrt(1_001), 2);
    expect(quantiles).toEqual(quantiles.toSorted((left, right) => left - right));
    const certain = RATES.map((_, cell) => (cell === 40 ? 1 : 0));
    for (const quantile of quantilesOf(certain, 16)) expect(Math.abs(quantile - RATES[40]!)).toBeLessThan(0.014);
  });
});

describe('numbers as text', () => {
  test('[LRN-8] every list of floats comes back bit for bit', () => {
    const random = seeded(3);
    for (const length of [1, 2, 3, 64]) {
      const lists = Array.from({ length: 4 }, () =>
        Float32Array.from({ length }, () => random() * 10 ** (40 * random() - 35)),
      );
      expect(floatsOf(textOf(lists), 4)).toEqual(lists);
    }
  });

  test('[LRN-8] a text that nobody wrote is refused', () => {
    expect(() => floatsOf('AAAA%A', 1)).toThrow('not base64');
    expect(() => floatsOf('AAAAAAAA', 4)).toThrow('6 bytes');
  });
});
