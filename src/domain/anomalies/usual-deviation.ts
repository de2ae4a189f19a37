// Keeps how far values usually lie from what was expected; old deviations are forgotten, single large ones hardly count.

/**
 * Two memories, for a short one alone takes a quiet night for the rule, and a long one alone takes weeks to see that a series has become calm.
 * Measured on 25 labelled series: 3 and 14 days together are as good as the best single memory, and a third as sensitive to its choice.
 */
const HALVED_AFTER_MS = [3 * 86_400_000, 14 * 86_400_000] as const;
/** A series with few rows a day forgets no faster than this. */
const HALVED_AFTER_ROWS_MIN = 50;
const LEARNED_PER_ROW_MAX = 1 - 2 ** (-1 / HALVED_AFTER_ROWS_MIN);
/** From this row on a deviation counts as this many usual ones at most. */
const ROWS_UNCLIPPED = 20;
const CLIPPED_AT = 3;
/** Of a deviation where there never was one: it is an anomaly, however small it is. */
const RATIO_UNHEARD_OF = 1_000;
const RATIO_MAX = 1e9;

/** Plain JSON. */
export interface UsualDeviation {
  rows: number;
  /** Mean absolute deviation, one per memory; both 0 as long as there was none. */
  readonly means: [number, number];
}

export function createUsualDeviation(): UsualDeviation {
  return { rows: 0, means: [0, 0] };
}

/** The estimate, in the values' own unit: the harmonic mean of both memories, so that the calmer one weighs more. */
export function usualOf({ means: [short, long] }: UsualDeviation): number {
  return short === 0 || long === 0 ? 0 : 2 / (1 / short + 1 / long);
}

/** How many usual deviations this one is, its sign kept; 0 for the first of all. */
export function ratioTo(usual: UsualDeviation, deviation: number): number {
  if (usual.rows === 0 || deviation === 0) return 0;
  const size = usualOf(usual);
  const ratio = size === 0 ? RATIO_UNHEARD_OF : Math.min(RATIO_MAX, Math.abs(deviation) / size);
  return deviation < 0 ? -ratio : ratio;
}

/** `elapsedMs`: since the row before. */
export function learnDeviation(usual: UsualDeviation, deviation: number, elapsedMs: number): void {
  const size = Math.abs(deviation);
  const { means } = usual;
  // The first deviation of a series that had none begins the estimate anew: rows of zeros say nothing of its scale.
  if (size > 0 && (means[0] === 0 || means[1] === 0)) usual.rows = 0;
  usual.rows++;
  for (const [place, halvedAfterMs] of HALVED_AFTER_MS.entries()) {
    const mean = means[place]!;
    const forgotten = Math.min(LEARNED_PER_ROW_MAX, 1 - 2 ** (-elapsedMs / halvedAfterMs));
    const counted = usual.rows < ROWS_UNCLIPPED || mean === 0 ? size : Math.min(size, CLIPPED_AT * mean);
    means[place] = mean + Math.max(1 / usual.rows, forgotten) * (counted - mean);
  }
}
