// What every policy does at the end: take the best score, and keep its books by segment and arm.
import type { Choice, World } from '../policy.ts';

/** One book per segment and arm: `[segment][arm]`. */
export function booksOf<Book>(world: World, open: (arm: number) => Book): readonly (readonly Book[])[] {
  return world.segments.map(() => world.arms.map((_, arm) => open(arm)));
}

export function certain(arm: number): Choice {
  return { arm, propensity: 1, probe: false };
}

/** The best score; the first of equals, as a stable sort leaves them. */
export function firstBest(eligible: readonly number[], scoreOf: (arm: number) => number): number {
  let best = eligible[0]!;
  let top = scoreOf(best);
  for (let i = 1; i < eligible.length; i++) {
    const arm = eligible[i]!;
    const score = scoreOf(arm);
    if (score > top) {
      top = score;
      best = arm;
    }
  }
  return best;
}

/** The best score; equals share evenly, so that the order of arms favours nobody. */
export function drawnBest(eligible: readonly number[], scoreOf: (arm: number) => number, draw: () => number): Choice {
  let best = eligible[0]!;
  let top = scoreOf(best);
  let equals = 1;
  for (let i = 1; i < eligible.length; i++) {
    const arm = eligible[i]!;
    const score = scoreOf(arm);
    if (score < top) continue;
    equals = score > top ? 1 : equals + 1;
    if (score > top || draw() * equals < 1) best = arm;
    top = score;
  }
  return { arm: best, propensity: 1 / equals, probe: false };
}

/** Uniform over all. */
export function anyOf(eligible: readonly number[], draw: () => number): number {
  return eligible[Math.floor(draw() * eligible.length)]!;
}
