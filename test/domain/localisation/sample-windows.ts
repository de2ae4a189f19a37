// Small tables of counts whose every number can be reckoned by hand.
import type { CodeCount, CountWindow, Leaf } from '../../../src/domain/localisation/leaf-table.ts';

/** 100 attempts of 1,000 minor units each. */
export function leaf(
  processor: string,
  country: string,
  failures = 2,
  codes: Readonly<Record<string, number>> = {},
): Leaf {
  const place = { processor, method: 'card', country, bin: 'unknown' };
  const declines = Math.min(8, 100 - failures);
  const told: CodeCount[] = Object.entries(codes).map(([code, count]) => ({ code, fault: 'processor', count }));
  const counts = { attempts: 100, failures, declines, approvals: 100 - failures - declines };
  return { ...place, ...counts, amountMinor: 100_000, codes: told };
}

export function windowOf(leaves: readonly Leaf[], minutes: number): CountWindow {
  return { minutes, leaves };
}

type Place = Pick<Leaf, 'processor' | 'method' | 'country' | 'bin'>;

/** 4 processors x card (two BINs) and pix x 4 countries; 2% fail, in the anomalous window `failures` of 100 where it `isHit`. */
export function windowsWith(
  isHit: (place: Place) => boolean,
  failures = 50,
  codes: readonly CodeCount[] = [],
): { baseline: CountWindow; anomalous: CountWindow } {
  const places = ['a', 'b', 'c', 'd'].flatMap((processor) =>
    ['BR', 'MX', 'AR', 'CO'].flatMap((country) =>
      [
        { method: 'card', bin: '411111' },
        { method: 'card', bin: '522222' },
        { method: 'pix', bin: 'unknown' },
      ].map((rest) => ({ processor, country, ...rest })),
    ),
  );
  const leafAt = (place: Place, isRisen: boolean): Leaf => {
    const counts = leaf(place.processor, place.country, isRisen ? failures : 2);
    return { ...counts, ...place, codes: isRisen ? codes : [] };
  };
  return {
    baseline: windowOf(
      places.map((place) => leafAt(place, false)),
      10,
    ),
    anomalous: windowOf(
      places.map((place) => leafAt(place, isHit(place))),
      10,
    ),
  };
}

/** Every number anywhere within. */
export function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersIn) : [];
}
