// Who is behind a localised change: one processor, the issuers of a country or BIN, a method, or the merchant's own doing.
import { isWithin, trialsOf, type Combination, type CountWindow, type Leaf, type Measure } from './leaf-table.ts';
import { bounded } from './usual-rates.ts';
import type { CodeRise } from './code-rises.ts';

/**
 * `processor`: it rose there, and others are fine in the same slices. `issuer`: it rose alike at all processors for a country or BIN. `method`:
 * the same for a method or rail. `merchant`: everything rose, or what rose is the merchant's own doing. `unclear`: nobody else had traffic to compare.
 */
export type Verdict = 'processor' | 'issuer' | 'method' | 'merchant' | 'unclear';

/** Nats between "rose alike" and "as usual" that settle it. */
const SETTLED_AT = 2;
/** Of what rose, by code. */
const OWN_DOING_MIN = 0.6;
/** Attempts of baseline that count as one more of each outcome. */
const DRAWN = 1;

export interface Judged {
  readonly verdict: Verdict;
  /** Processors that rose within the slices, and those that stayed as usual there. */
  readonly rose: readonly string[];
  readonly fine: readonly string[];
}

interface Windows {
  readonly baseline: CountWindow;
  readonly anomalous: CountWindow;
  readonly measure: Measure;
}

export function judge(windows: Windows, combination: Combination, codes: readonly CodeRise[]): Judged {
  const { rose, fine } = processorsIn(windows, combination);
  return { verdict: verdictOf(windows, combination, codes, { rose, fine }), rose, fine };
}

function verdictOf(
  windows: Windows,
  combination: Combination,
  codes: readonly CodeRise[],
  { rose, fine }: Omit<Judged, 'verdict'>,
): Verdict {
  const { processor, method, country, bin } = combination;
  const shareOf = (faults: readonly string[]): number =>
    codes.reduce((sum, { fault, share }) => (faults.includes(fault) ? sum + share : sum), 0);
  if (shareOf(['merchant_config']) >= OWN_DOING_MIN) return 'merchant';
  if (processor === undefined && shareOf(['merchant_config', 'user']) >= OWN_DOING_MIN) return 'merchant';
  if (processor !== undefined || rose.length === 1) {
    if (fine.length > 0 && rose.every((each) => each === (processor ?? rose[0]))) return 'processor';
    if (rose.length < 2) return 'unclear';
  }
  if (fine.length > 0 && fine.length >= rose.length) return 'unclear';
  if (rose.length < 2) return 'unclear';
  if (bin !== undefined) return 'issuer';
  if (method !== undefined && (country === undefined || !hasBins(windows.anomalous, combination))) return 'method';
  return country === undefined ? 'merchant' : 'issuer';
}

/** Only cards have BINs: where there are some, a drop in one country is its issuers'. */
function hasBins({ leaves }: CountWindow, combination: Combination): boolean {
  return leaves.some((leaf) => leaf.bin !== 'unknown' && isWithin(leaf, combination));
}

interface Counts {
  trials: number;
  hits: number;
  usualTrials: number;
  usualHits: number;
}

/** Each processor with traffic in the slices that rose: whether it rose as well, by which of both tells its counts better. */
function processorsIn(windows: Windows, combination: Combination): Omit<Judged, 'verdict'> {
  const { processor, ...slices } = combination;
  const own = countsBy(windows, combination, () => '').get('');
  const others = countsBy(windows, slices, (leaf) => leaf.processor, slicesOf(windows, combination));
  const [rose, fine]: [string[], string[]] = [[], []];
  if (own === undefined) return { rose, fine };
  const lift = (bounded(own.hits / own.trials) - usualRate(own)) / (1 - usualRate(own));
  for (const [name, counts] of [...others].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const usual = usualRate(counts);
    // Half as much is still the same cause: it seldom hits all alike.
    const asRisen = bounded(usual + (lift / 2) * (1 - usual));
    const favour =
      counts.hits * Math.log(asRisen / usual) + (counts.trials - counts.hits) * Math.log((1 - asRisen) / (1 - usual));
    if (name === processor || favour >= SETTLED_AT) rose.push(name);
    else if (favour <= -SETTLED_AT) fine.push(name);
  }
  return { rose, fine };
}

/** Slices (method, country, BIN), nested: joined names would cost more than all else here. */
type Slices = Map<string, Map<string, Set<string>>>;

/** In which the combination had attempts; `null`: it names no processor, so that these are all within it. */
function slicesOf({ anomalous }: Windows, combination: Combination): Slices | null {
  if (combination.processor === undefined) return null;
  const slices: Slices = new Map();
  for (const leaf of anomalous.leaves) {
    if (!isWithin(leaf, combination)) continue;
    const countries = slices.get(leaf.method) ?? new Map<string, Set<string>>();
    const bins = countries.get(leaf.country) ?? new Set<string>();
    slices.set(leaf.method, countries.set(leaf.country, bins.add(leaf.bin)));
  }
  return slices;
}

function isIn(slices: Slices, { method, country, bin }: Leaf): boolean {
  return slices.get(method)?.get(country)?.has(bin) === true;
}

function countsBy(
  { baseline, anomalous, measure }: Windows,
  within: Combination,
  keyOf: (leaf: Leaf) => string,
  slices: Slices | null = null,
): Map<string, Counts> {
  const sums = new Map<string, Counts>();
  for (const { leaves, isUsual } of [
    { leaves: anomalous.leaves, isUsual: false },
    { leaves: baseline.leaves, isUsual: true },
  ])
    for (const leaf of leaves) {
      if (!isWithin(leaf, within) || (slices !== null && !isIn(slices, leaf))) continue;
      const key = keyOf(leaf);
      const sum = sums.get(key) ?? { trials: 0, hits: 0, usualTrials: 0, usualHits: 0 };
      const { trials, hits } = trialsOf(leaf, measure);
      sum[isUsual ? 'usualTrials' : 'trials'] += trials;
      sum[isUsual ? 'usualHits' : 'hits'] += hits;
      sums.set(key, sum);
    }
  return sums;
}

function usualRate({ usualTrials, usualHits }: Counts): number {
  return bounded((usualHits + DRAWN * 0.1) / (usualTrials + DRAWN));
}
