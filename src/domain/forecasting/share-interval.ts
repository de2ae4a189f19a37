// Which shares of few attempts a 95% interval holds. Counts are whole: some interval holds less than 95% of them, and the next wider one more.
import { countMasses, type Belief } from './beta-binomial.ts';

const LEVEL = 0.95;
/** The golden ratio's part: its multiples fall evenly into [0, 1), however many of them follow each other. */
const GOLDEN = 0.618_033_988_749_895;

/**
 * From the likeliest count outwards, always to the likelier neighbour, up to the first interval that holds 95%. Of steps in a row as many get this
 * one, and the others the one before it, as makes 95% in their mean; `turn`, a whole number that differs by one from step to step, says which this step gets.
 */
export function shareInterval(belief: Belief, attempts: number, turn: number): [low: number, high: number] {
  const masses = massesOf(belief, attempts);
  let low = masses.indexOf(masses.reduce((left, right) => Math.max(left, right)));
  let high = low;
  let held = masses[low]!;
  let [before, isLower] = [0, false];
  while (held < LEVEL && high - low < attempts) {
    before = held;
    isLower = (masses[low - 1] ?? -1) > (masses[high + 1] ?? -1);
    if (isLower) low -= 1;
    else high += 1;
    held += masses[isLower ? low : high]!;
  }
  // One count alone may hold more than 95%: nothing narrower holds anything.
  const wide = before === 0 ? 1 : (LEVEL - before) / (held - before);
  if ((turn * GOLDEN) % 1 >= wide) [low, high] = isLower ? [low + 1, high] : [low, high - 1];
  return [low / attempts, high / attempts];
}

/** Of each count of successes, adding up to one. */
function massesOf(belief: Belief, attempts: number): Float64Array {
  const masses = countMasses(belief, attempts);
  const total = masses.reduce((sum, mass) => sum + mass);
  return masses.map((mass) => mass / total);
}
