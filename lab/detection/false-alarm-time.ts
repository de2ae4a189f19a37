// The mean time to false alarm of our detector at a known baseline, without waiting for one: by importance sampling over its cycles.
import {
  ALTERNATIVES,
  alternativesAt,
  levelOf,
  type DetectorSettings,
} from '../../src/domain/health/detector-thresholds.ts';

export interface FalseAlarmTime {
  readonly attempts: number;
  /** Of `attempts`, as a part of it. */
  readonly error: number;
}

/** Change points are drawn half from a quick, half from a slow geometric law: false alarms that begin late in a cycle would else be met too seldom. */
const QUICK_PART = 2;
const SLOW_PART = 0.15;
const PART_MAX = 0.3;

/** The rates a false alarm is drawn under: those watched for, each a likelihood ratio to the baseline for a hit and a miss. */
interface Bank {
  readonly rate: number;
  readonly limit: readonly number[];
  readonly rates: readonly number[];
  readonly hit: readonly number[];
  readonly miss: readonly number[];
}

function bankAt(settings: DetectorSettings, rate: number): Bank {
  const { odds, limit } = alternativesAt(settings, levelOf(rate));
  const shrink = odds.map((times) => 1 + rate * (times - 1));
  return {
    rate,
    limit,
    rates: odds.map((times, i) => (rate * times) / shrink[i]!),
    hit: odds.map((times, i) => times / shrink[i]!),
    miss: shrink.map((value) => 1 / value),
  };
}

/**
 * A cycle ends where every CUSUM is zero, or at an alarm; cycles are alike and independent, so that the mean time to an alarm is the mean
 * length of a cycle over the chance of an alarm in it (Asmussen 2003, VI.1). A cycle with no hit in front has length 1. The chance is drawn
 * under a change at a random moment to a random alternative and weighed back by the likelihood ratio (Siegmund 1976).
 */
export function falseAlarmTime(
  settings: DetectorSettings,
  rate: number,
  paths: number,
  draw: () => number,
): FalseAlarmTime {
  const bank = bankAt(settings, rate);
  let length = 0;
  for (let path = 0; path < paths; path++) length += cycleLength(bank, draw);
  length /= paths;
  let sum = 0;
  let squares = 0;
  for (let path = 0; path < paths; path++) {
    const weight = alarmWeight(bank, length, draw);
    sum += weight;
    squares += weight * weight;
  }
  const chance = sum / paths;
  const error = Math.sqrt(Math.max(0, squares / paths - chance * chance) / paths) / chance;
  return { attempts: (1 - rate + rate * length) / (rate * chance), error };
}

type Step = 'zero' | 'alarm' | 'on';

function step({ limit, hit, miss }: Bank, evidence: Float64Array, isHit: boolean): Step {
  const ratio = isHit ? hit : miss;
  let isOn = false;
  for (let i = 0; i < ALTERNATIVES; i++) {
    const now = (evidence[i]! > 1 ? evidence[i]! : 1) * ratio[i]!;
    evidence[i] = now;
    if (isHit && now >= limit[i]!) return 'alarm';
    if (now > 1) isOn = true;
  }
  return isOn ? 'on' : 'zero';
}

/** From a hit on. */
function cycleLength(bank: Bank, draw: () => number): number {
  const evidence = new Float64Array(ALTERNATIVES);
  let isHit = true;
  for (let length = 1; ; length++) {
    if (step(bank, evidence, isHit) !== 'on') return length;
    isHit = draw() < bank.rate;
  }
}

/** The likelihood ratio of a cycle that ends in an alarm, 0 of any other. */
function alarmWeight(bank: Bank, length: number, draw: () => number): number {
  const parts = [Math.min(PART_MAX, QUICK_PART / length), Math.min(PART_MAX, SLOW_PART / length)];
  const alternative = Math.floor(draw() * ALTERNATIVES);
  const part = parts[draw() < 0.5 ? 0 : 1]!;
  const changeAt = 1 + Math.floor(Math.log1p(-draw()) / Math.log1p(-part));
  const evidence = new Float64Array(ALTERNATIVES);
  const ratios = new Float64Array(ALTERNATIVES);
  const unchanged = [0.5, 0.5];
  for (let attempt = 0, isHit = true; ; attempt++) {
    if (attempt > 0) {
      isHit = draw() < (attempt >= changeAt ? bank.rates[alternative]! : bank.rate);
      const begins = parts[0]! * unchanged[0]! + parts[1]! * unchanged[1]!;
      for (let i = 0; i < ALTERNATIVES; i++) ratios[i] = (ratios[i]! + begins) * (isHit ? bank.hit : bank.miss)[i]!;
      unchanged[0]! *= 1 - parts[0]!;
      unchanged[1]! *= 1 - parts[1]!;
    }
    const outcome = step(bank, evidence, isHit);
    if (outcome === 'zero') return 0;
    if (outcome === 'alarm')
      return 1 / (unchanged[0]! + unchanged[1]! + ratios.reduce((sum, ratio) => sum + ratio, 0) / ALTERNATIVES);
  }
}
