// Volume that has a day and a night, and days that are not all alike: what is a drop, and what is evening.
import { expect, test } from 'vitest';
import { createCountWatch, watchCount, type CountWatch } from '../../../src/domain/payment-anomalies/count-watch.ts';
import { limitsOf } from '../../../src/domain/payment-anomalies/detection-limits.ts';
import { MONDAY, ORDINARY } from './sample-minutes.ts';
import { seeded } from '../../harness/seeded.ts';

const DAY = 1_440;
const LIMITS = {
  spike: limitsOf(ORDINARY, 'volume_spike').nats,
  drop: limitsOf(ORDINARY, 'volume_drop').nats,
  allowed: 1,
};
const SEEDS = [1, 2, 3, 4, 5];

interface House {
  readonly seed: number;
  /** Attempts a minute at the height of the day; at night a tenth. */
  readonly most: number;
  /** Of days and of hours, one standard deviation, in the logarithm. */
  readonly sway: number;
}

function countsOf({ seed, most, sway }: House): (minute: number, factor?: number) => number {
  const draw = seeded(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  const swayed = new Map<string, number>();
  const swayOf = (key: string): number => {
    const known = swayed.get(key) ?? Math.exp(sway * normal());
    swayed.set(key, known);
    return known;
  };
  return (minute, factor = 1) => {
    const wave = 0.55 + 0.45 * Math.sin((2 * Math.PI * (minute - 600)) / DAY);
    const swaying = swayOf(`day ${Math.floor(minute / DAY)}`) * swayOf(`hour ${Math.floor(minute / 60)}`);
    const mean = most * wave * swaying * factor;
    let count = 0;
    for (let left = mean + Math.log(1 - draw()); left > 0; left += Math.log(1 - draw())) count += 1;
    return count;
  };
}

function watchUntil(watch: CountWatch, minutes: number, countAt: (minute: number) => number): string[] {
  const raised: string[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    const [spike, drop] = [watch.spike.isOn, watch.drop.isOn];
    watchCount(watch, { minute: MONDAY + minute, count: countAt(minute), explained: null }, LIMITS);
    if (watch.spike.isOn && !spike) raised.push(`spike ${minute}`);
    if (watch.drop.isOn && !drop) raised.push(`drop ${minute}`);
  }
  return raised;
}

test.each([
  { most: 30, sway: 0 },
  { most: 30, sway: 0.1 },
  { most: 4, sway: 0.1 },
  { most: 0.5, sway: 0.1 },
])(
  '[PAY-25] at $most a minute, and a tenth of it at night, swaying by $sway, no evening is a drop and no morning a spike',
  (house) => {
    for (const seed of SEEDS) expect(watchUntil(createCountWatch(), 5 * DAY, countsOf({ seed, ...house }))).toEqual([]);
  },
);

test.each([
  { sway: 0, factor: 1 / 3 },
  { sway: 0.1, factor: 1 / 6 },
])(
  '[PAY-25] swaying by $sway, what falls to $factor in the afternoon of the third day is a drop within 20 minutes',
  ({ sway, factor }) => {
    for (const seed of SEEDS) {
      const countAt = countsOf({ seed, most: 30, sway });
      const beganAt = 2 * DAY + 14 * 60;
      const raised = watchUntil(createCountWatch(), beganAt + 20, (minute) =>
        countAt(minute, minute < beganAt ? 1 : factor),
      );
      expect(raised).toEqual([expect.stringMatching(/^drop /)]);
      expect(Number(raised[0]!.slice(5))).toBeGreaterThanOrEqual(beganAt);
    }
  },
);
