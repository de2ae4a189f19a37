import { describe, expect, test } from 'vitest';
import { countsSinceMs, NEW_BREAKER, onAttempt, type BreakerState } from '../../../src/domain/health/breaker.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';
import { SegmentWindow, technicalTally } from '../../../src/domain/health/window.ts';
import { entry, NOW } from './window-entries.ts';

/** sfc32, seeded. Not mulberry32: in 100 million draws at 20% it gave 16 runs of ten where 8 were due. */
function dice(seed: number): () => number {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88, 1];
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + mixed) | 0;
    return (mixed >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 12; warmUp += 1) next();
  return next;
}

/** Breaker and window alone, without a detector; the baseline is what was seen while CLOSED. */
class Scope {
  breaker: BreakerState = NEW_BREAKER;
  readonly #window = new SegmentWindow();
  #serial = 0;
  #failures = 0;

  constructor(failures: number, attempts: number) {
    this.#failures = failures;
    this.#serial = attempts;
  }

  feed(technicalFailure: boolean, nowMs: number): boolean {
    const baseline = { rate: this.#serial === 0 ? 0 : this.#failures / this.#serial, attempts: this.#serial };
    this.#serial += 1;
    if (technicalFailure) this.#failures += 1;
    this.#window.add(entry({ serial: this.#serial, timeMs: nowMs, result: technicalFailure ? 'error' : 'approved' }));
    const window = technicalTally(this.#window.entriesWithin(nowMs), countsSinceMs(this.breaker));
    const attempt = {
      technicalFailure,
      decidedAtMs: nowMs,
      nowMs,
      permitNonce: null,
      window,
      baseline,
      detectorTrips: false,
    };
    const { state, transition } = onAttempt(this.breaker, attempt, BREAKER_DEFAULTS, 1);
    this.breaker = state;
    return transition?.to === 'OPEN';
  }
}

describe('breaker under traffic', () => {
  test.each([0.02, 0.1, 0.2])('[BRK-20] a technical baseline of %f does not trip it in 100,000 attempts', (rate) => {
    for (const seed of [1, 2]) {
      const roll = dice(seed);
      const scope = new Scope(Math.round(rate * 1_000), 1_000);
      let trips = 0;
      for (let index = 0; index < 100_000; index += 1) if (scope.feed(roll() < rate, NOW + index * 250)) trips += 1;
      expect({ seed, trips }).toEqual({ seed, trips: 0 });
    }
  });

  test.each([0, 0.02, 0.05, 0.2, 0.35])(
    '[BRK-20] 90%% errors after a baseline of %f open it within 60 attempts by its own thresholds alone',
    (rate) => {
      let caught = 0;
      for (let seed = 0; seed < 500; seed += 1) {
        const roll = dice(seed);
        const scope = new Scope(rate * 10_000, 10_000);
        for (let index = 0; index < 50; index += 1) scope.feed(roll() < rate && index % 3 === 0, NOW + index * 250);
        for (let index = 50; index < 110; index += 1) {
          if (!scope.feed(roll() < 0.9, NOW + index * 250)) continue;
          caught += 1;
          break;
        }
      }
      expect(caught).toBeGreaterThanOrEqual(495);
    },
  );

  test('[BRK-6] a processor that recovers from an outage stays CLOSED under healthy traffic', () => {
    const scope = new Scope(100, 10_000);
    let nowMs = NOW;
    while (!scope.feed(true, (nowMs += 250)));
    nowMs += BREAKER_DEFAULTS.openTimeout;
    for (let index = 0; index < 200; index += 1) expect(scope.feed(index % 20 === 19, (nowMs += 250))).toBe(false);
    expect(scope.breaker.state).toBe('CLOSED');
  });
});
