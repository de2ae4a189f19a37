// Success rates whose law is known, hour by hour, for measuring how much of what comes the forecast intervals of rates hold.
import { drawNormal } from '../sampling.ts';
import { drawBinomial } from '../localisation/cases.ts';
import type { RateCount } from '../../src/domain/forecasting/rate-model.ts';

const DAY = 24;

export const RATE_WORLDS = ['constant', 'near one', 'daily', 'drifting', 'autoregressive', 'unsteady'] as const;
export type RateWorld = (typeof RATE_WORLDS)[number];

/** The rate of each hour. */
export function ratesOf(world: RateWorld, length: number, draw: () => number): readonly number[] {
  let level = 1.5;
  return Array.from({ length }, (_, hour) => {
    switch (world) {
      case 'constant':
        return 0.88;
      case 'near one':
        return 0.985;
      case 'daily':
        return share(1.5 + 0.8 * Math.sin((2 * Math.PI * hour) / DAY));
      case 'drifting':
        return share((level += 0.05 * drawNormal(draw)));
      case 'autoregressive':
        return share((level = 1.5 + 0.9 * (level - 1.5) + 0.2 * drawNormal(draw)));
      case 'unsteady':
        return share(1.5 + 0.5 * drawNormal(draw));
    }
  });
}

/** Of 1 to 2 x `attempts` - 1 attempts an hour, each as likely as the other. */
export function countsOf(rates: readonly number[], attempts: number, draw: () => number): readonly RateCount[] {
  return rates.map((rate) => {
    const tried = 1 + Math.floor(draw() * (2 * attempts - 1));
    return { attempts: tried, successes: drawBinomial(tried, rate, draw) };
  });
}

function share(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}
