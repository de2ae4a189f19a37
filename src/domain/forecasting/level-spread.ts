// Whether a series sways more where it is higher (Guerrero 1993): then its logarithm is what moves evenly.

const BLOCK_STEPS_MIN = 6;
const BLOCKS_MIN = 3;
/** Of the highest block's mean over the lowest's: of levels that differ by less, nothing can be told. */
const LEVELS_APART_MIN = 1.5;
/** Power of the mean with which the spread grows; 0: not at all, 1: in proportion. */
const POWER_MIN = 0.25;

/** `values` none below zero. True, too, where nothing can be told. */
export function growsWithLevel(values: Float64Array, known: Uint8Array, period: number): boolean {
  const length = Math.max(BLOCK_STEPS_MIN, period);
  const points: { level: number; spread: number }[] = [];
  for (let from = values.length % length; from + length <= values.length; from += length) {
    const block = values.subarray(from, from + length).filter((_, i) => known[from + i] === 1);
    const mean = meanOf(block);
    const spread = Math.sqrt(meanOf(block.map((value) => (value - mean) ** 2)));
    if (mean > 0 && spread > 0) points.push({ level: Math.log(mean), spread: Math.log(spread) });
  }
  const levels = points.map(({ level }) => level);
  if (points.length < BLOCKS_MIN || Math.max(...levels) - Math.min(...levels) < Math.log(LEVELS_APART_MIN)) return true;
  const centre = meanOf(Float64Array.from(levels));
  let [both, own] = [0, 0];
  for (const { level, spread } of points) {
    both += (level - centre) * spread;
    own += (level - centre) ** 2;
  }
  return both / own >= POWER_MIN;
}

function meanOf(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
