// The demo's customers: payment n of a seed is always the same payment, whoever processes it.

export const SEGMENTS = ['PIX|BR', 'CARD|BR', 'CARD|MX', 'OXXO|MX', 'PSE|CO', 'CARD|CO'] as const;
export type Segment = (typeof SEGMENTS)[number];

export interface Payment {
  readonly number: number;
  readonly segment: Segment;
  readonly paymentMethod: string;
  readonly country: string;
  readonly currency: string;
  readonly amountMinor: number;
}

interface Market {
  readonly segment: Segment;
  /** Share of all payments; they sum to 1. */
  readonly share: number;
  readonly currency: string;
  /** A typical basket, in minor units. */
  readonly medianMinor: number;
}

const MARKETS: readonly Market[] = [
  { segment: 'PIX|BR', share: 0.45, currency: 'BRL', medianMinor: 15_000 },
  { segment: 'CARD|BR', share: 0.2, currency: 'BRL', medianMinor: 22_000 },
  { segment: 'CARD|MX', share: 0.12, currency: 'MXN', medianMinor: 90_000 },
  { segment: 'OXXO|MX', share: 0.08, currency: 'MXN', medianMinor: 45_000 },
  { segment: 'PSE|CO', share: 0.08, currency: 'COP', medianMinor: 18_000_000 },
  { segment: 'CARD|CO', share: 0.07, currency: 'COP', medianMinor: 21_000_000 },
];

/** Rates for one total at the end of the demo; nothing is converted in Signalbox itself. */
export const DOLLARS_PER_UNIT: Readonly<Record<string, number>> = { BRL: 0.18, MXN: 0.054, COP: 0.00025 };

/** A number in [0, 1) that depends on its three arguments alone (finaliser of MurmurHash3 over a mixed word). */
export function chance(seed: number, number: number, salt: number): number {
  let word =
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^
    Math.imul(number + 0x632be5ab, 0xc2b2ae35) ^
    Math.imul(salt + 1, 0x27d4eb2f);
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return ((word ^ (word >>> 16)) >>> 0) / 2 ** 32;
}

/** A standard normal variable by Box and Muller. */
export function normalChance(seed: number, number: number, salt: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - chance(seed, number, salt)));
  return radius * Math.cos(2 * Math.PI * chance(seed, number, salt + 1));
}

export function paymentOf(seed: number, number: number): Payment {
  const market = marketAt(chance(seed, number, 0));
  const amountMinor = Math.max(100, Math.round(market.medianMinor * Math.exp(0.5 * normalChance(seed, number, 1))));
  const [paymentMethod = '', country = ''] = market.segment.split('|');
  return { number, segment: market.segment, paymentMethod, country, currency: market.currency, amountMinor };
}

function marketAt(point: number): Market {
  let left = point;
  for (const market of MARKETS) {
    left -= market.share;
    if (left < 0) return market;
  }
  throw new Error('the shares of the markets do not reach 1');
}

export function dollarsOf({ amountMinor, currency }: Pick<Payment, 'amountMinor' | 'currency'>): number {
  return (amountMinor / 100) * (DOLLARS_PER_UNIT[currency] ?? 0);
}
