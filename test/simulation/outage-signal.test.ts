// T9 of payment-rules, through the whole state of a processor as production runs it: what trips a breaker, how soon, and what never does.
import { expect, test } from 'vitest';
import { atSoak, tellFigures } from '../harness/soak.ts';
import { SimulatedBook, SimulatedProcessor } from '../harness/simulated-traffic.ts';

const START = 1_770_000_000_000;
const BASELINE = { error: 0.02, decline: 0.15 };
const BASELINE_ATTEMPTS = 1_000;
const RUNS = atSoak(150, 2_000);
const NORMAL_ATTEMPTS = atSoak(200_000, 10_000_000);
const STEP = 100;

/** A processor after a time at its baseline. */
function seasoned(seed: number): SimulatedProcessor {
  const processor = new SimulatedProcessor('p', seed * 7_919);
  processor.run(BASELINE_ATTEMPTS, BASELINE, START, { spanMs: BASELINE_ATTEMPTS * 100 });
  return processor;
}

/** Attempts until the breaker opens; `max` + 1: it has not. */
function attemptsUntilOpen(processor: SimulatedProcessor, error: number, max: number): number {
  for (let attempt = 1; attempt <= max; attempt += 1) {
    processor.run(1, { ...BASELINE, error }, START + attempt * 100, { spanMs: 1 });
    if (processor.trips > 0) return attempt;
  }
  return max + 1;
}

test(
  '[BRK-28] 24 simulated hours of issuer declines at 30% trip nothing and alert nobody',
  { timeout: 60_000 },
  ({ task }) => {
    const processor = new SimulatedProcessor('p', 11);
    const book = new SimulatedBook();
    let minutes = 0;
    for (; minutes < 1_440; minutes += 1) {
      const at = START + minutes * 60_000;
      processor.run(60, { error: 0.005, decline: 0.3 }, at, { spanMs: 60_000 });
      book.collect([processor], at);
    }
    expect(processor.trips).toBe(0);
    expect(book.opened.size).toBe(0);
    expect(processor.state.ledger.counts().declined).toBeGreaterThan(0.28 * 86_400);
    tellFigures(task, { 'hours of issuer declines': minutes / 60 });
  },
);

test(
  '[BRK-34] a full technical outage opens the breaker by its 20th attempt in every run',
  { timeout: 60_000 },
  ({ task }) => {
    let latest = 0;
    let runs = 0;
    for (; runs < RUNS; runs += 1) latest = Math.max(latest, attemptsUntilOpen(seasoned(runs + 1), 1, 40));
    expect(latest).toBeLessThanOrEqual(20);
    tellFigures(task, { 'full outages': runs });
  },
);

test(
  '[BRK-34] a brown-out of 25% over a baseline of 2% opens it within 150 attempts in 998 runs of 1,000',
  { timeout: 120_000 },
  ({ task }) => {
    let runs = 0;
    let inTime = 0;
    for (; runs < RUNS; runs += 1) if (attemptsUntilOpen(seasoned(runs + 1), 0.25, 150) <= 150) inTime += 1;
    expect(inTime / runs).toBeGreaterThanOrEqual(0.998);
    tellFigures(task, { 'brown-outs': runs });
  },
);

test(
  '[BRK-34] a technical baseline of 2% trips falsely in at most 3 of 100,000 windows of 100 attempts',
  { timeout: 600_000 },
  ({ task }) => {
    const processor = new SimulatedProcessor('p', 20_261);
    let attempts = 0;
    for (; attempts < NORMAL_ATTEMPTS; attempts += STEP) processor.run(STEP, BASELINE, START + attempts * 10);
    expect(processor.trips).toBeLessThanOrEqual((3e-5 * attempts) / STEP);
    tellFigures(task, { 'attempts at a baseline of 2%': attempts, 'false trips': processor.trips });
  },
);
