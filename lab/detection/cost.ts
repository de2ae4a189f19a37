// What our detector costs: time per attempt and size of its state as JSON.
import { OurDetector } from './ours.ts';
import { createDetector, observe, type DetectorState } from './candidate/detector.ts';
import { seededDraws } from './seeded-draws.ts';

const ATTEMPTS = 2_000_000;
const RATE = 0.05;

export interface Cost {
  readonly nanoseconds: number;
  /** The largest seen. */
  readonly bytes: number;
}

export interface Costs {
  readonly lab: Cost;
  readonly production: Cost;
}

export function measureCosts(): Costs {
  const draw = seededDraws('cost');
  const lab = new OurDetector({ baseline: { hits: 50, attempts: 1_000 }, arlAttempts: 1e9, draw });
  const production = createDetector('technical');
  return {
    lab: costOf((hit) => lab.observe(hit), lab.state, draw),
    production: costOf((hit) => observe(production, hit, 1_770_000_000_000), production, draw),
  };
}

function costOf(observe: (hit: boolean) => unknown, state: DetectorState, draw: () => number): Cost {
  const hits = Array.from({ length: 4_096 }, () => draw() < RATE);
  let bytes = 0;
  for (const hit of hits) {
    observe(hit);
    bytes = Math.max(bytes, JSON.stringify(state).length);
  }
  const started = performance.now();
  for (let i = 0; i < ATTEMPTS; i++) observe(hits[i & 4_095]!);
  return { nanoseconds: ((performance.now() - started) * 1e6) / ATTEMPTS, bytes };
}
