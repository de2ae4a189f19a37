// Series whose law is known, for forecasts: the dice are seeded, so that every run meets the same.
import { seeded } from '../../harness/seeded.ts';

export const DAY = 24;

export function times<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Standard normal (Box and Muller 1958). */
export function gaussians(seed: number): () => number {
  const draw = seeded(seed);
  return () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** Hourly volumes: a day, quieter weekends, a level that drifts, noise that goes with the volume. */
export function hourlyVolumes(seed: number, length: number): number[] {
  const gauss = gaussians(seed);
  const [level, swing, weekend] = [4 + gauss(), 0.3 + 0.2 * Math.abs(gauss()), 0.2 + 0.1 * Math.abs(gauss())];
  let [drift, error] = [0, 0];
  return times(length, (t) => {
    drift += 0.002 * gauss();
    error = 0.7 * error + 0.04 * gauss();
    const day = swing * Math.sin((2 * Math.PI * t) / DAY) + 0.15 * Math.sin((4 * Math.PI * t) / DAY + seed);
    return Math.exp(level + day - (Math.floor(t / DAY) % 7 < 2 ? weekend : 0) + drift + error);
  });
}
