// What our detector costs: time per attempt and size of its state as JSON.
import { OurDetector } from './ours.ts';
import { createDetector, observe, type DetectorState } from '../../src/domain/health/detector.ts';
import { seededDraws } from './seeded-draws.ts';

const ATTEMPTS = 2_000_000;
/** Counts grow for so long, and with them the state; an alarm adds what a signal tells. */
const WEIGHED_ATTEMPTS = 100_000;
const WEIGHED_EVERY = 16;
const OUTAGE_ATTEMPTS = 200;
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
  const weigh = (): void => {
    bytes = Math.max(bytes, JSON.stringify(state).length);
  };
  for (let i = 0; i < WEIGHED_ATTEMPTS; i++) {
    observe(draw() < RATE);
    if (i % WEIGHED_EVERY === 0) weigh();
  }
  const started = performance.now();
  for (let i = 0; i < ATTEMPTS; i++) observe(hits[i & 4_095]!);
  const nanoseconds = ((performance.now() - started) * 1e6) / ATTEMPTS;
  for (let i = 0; i < OUTAGE_ATTEMPTS; i++) {
    observe(true);
    weigh();
  }
  return { nanoseconds, bytes };
}
