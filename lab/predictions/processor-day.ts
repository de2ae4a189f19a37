// Simulated processor-days: traffic, failures, latencies and breakers with the troubles that come slowly, those that come at once, and those that turn back.
import { drawBinomial, drawPoisson } from '../localisation/cases.ts';
import { drawNormal } from '../sampling.ts';
import { seededDraws } from '../detection/seeded-draws.ts';
import type { HourVolume } from '../../src/domain/predictions/volume-outlook.ts';
import type { ProcessorMinute } from '../../src/domain/predictions/processor-minute.ts';

export const DAY_KINDS = ['quiet', 'errors', 'outage', 'latency', 'flapping', 'growth'] as const;
export type DayKind = (typeof DAY_KINDS)[number];

export interface ProcessorDay {
  readonly name: string;
  readonly kind: DayKind;
  readonly maxTps: number | null;
  /** Two days: one to know the processor by, one to foretell in. */
  readonly minutes: readonly ProcessorMinute[];
  /** Of the fortnight before, and of both days. */
  readonly hours: readonly HourVolume[];
}

/** A Monday, at midnight. */
export const FIRST_MINUTE = 29_400_480;
export const DAY_MINUTES = 1_440;
const PAST_HOURS = 14 * 24;
/** Attempts a minute in the mean of a day. */
const VOLUMES = [2, 10, 60, 300];
/** Of twenty days so many are of each kind. */
const SHARES: Readonly<Record<DayKind, number>> = {
  quiet: 8,
  errors: 4,
  outage: 1,
  latency: 3,
  flapping: 2,
  growth: 2,
};

type BreakerChanges = Pick<ProcessorMinute, 'breakerTransitions' | 'breakerOpenings' | 'breakerClosings'>;
const NO_CHANGES: BreakerChanges = { breakerTransitions: 0, breakerOpenings: 0, breakerClosings: 0 };

/** A rise, a stay, and a sudden end, in minutes of the second day. */
interface Ramp {
  readonly from: number;
  readonly rise: number;
  readonly stay: number;
  /** Where it leads: a share, or times the usual. */
  readonly peak: number;
  readonly isStraight: boolean;
}

export function kindOfDay(index: number): DayKind {
  let left = index % 20;
  for (const kind of DAY_KINDS) {
    if (left < SHARES[kind]) return kind;
    left -= SHARES[kind];
  }
  return 'quiet';
}

export function processorDay(name: string, kind: DayKind): ProcessorDay {
  const draw = seededDraws(name);
  const between = (low: number, high: number): number => low * (high / low) ** draw();
  const volume = VOLUMES[Math.floor(draw() * VOLUMES.length)]!;
  const amplitude = 0.3 + 0.5 * draw();
  const failing = between(0.003, 0.03);
  const p95 = between(400, 3_000);
  const ramp: Ramp = {
    from: 60 + Math.floor(draw() * 1_140),
    rise: kind === 'outage' ? 1 : between(20, 240),
    stay: between(20, 90),
    peak: kind === 'latency' ? between(1.3, 4) : kind === 'growth' ? between(1.2, 3) : between(0.04, 0.6),
    isStraight: draw() < 0.5,
  };
  const isBounded = kind === 'growth' || draw() < 0.2;
  const maxTps = isBounded ? (volume * (1 + amplitude) * between(1.1, 2.5)) / 60 : null;
  const season = (minute: number): number => 1 - amplitude * Math.cos((2 * Math.PI * minute) / DAY_MINUTES);
  const hours: HourVolume[] = Array.from({ length: PAST_HOURS }, (_, i) => ({
    hour: FIRST_MINUTE / 60 - PAST_HOURS + i,
    attempts: drawPoisson(60 * volume * season(60 * i + 30) * Math.exp(0.07 * drawNormal(draw)), draw),
  }));
  const changes = breakerChanges(kind, ramp, draw);
  const minutes: ProcessorMinute[] = [];
  let [busy, sick, slow] = [0, 0, 0];
  for (let at = 0; at < 2 * DAY_MINUTES; at++) {
    // Slow walks back to the middle: no hour is like the other.
    busy += -busy / 240 + 0.01 * drawNormal(draw);
    sick += -sick / 120 + 0.03 * drawNormal(draw);
    slow += -slow / 120 + 0.008 * drawNormal(draw);
    const on = part(ramp, at - DAY_MINUTES);
    const growth = kind === 'growth' ? 1 + (ramp.peak - 1) * on : 1;
    const attempts = drawPoisson(volume * season(at) * growth * Math.exp(busy + 0.08 * drawNormal(draw)), draw);
    const sickening = kind === 'errors' || kind === 'outage' ? on : 0;
    const rate = failureRate(failing * Math.exp(sick), ramp, sickening);
    const failures = drawBinomial(attempts, rate, draw);
    const pace = kind === 'latency' ? ramp.peak ** on : 1;
    // The spread of a quantile of so many lognormal latencies; of the few it is the largest that is one.
    const chance = 1 / Math.sqrt(Math.max(6, attempts));
    const timed = (usual: number, spread: number): number =>
      usual * pace * Math.exp(slow + spread * chance * drawNormal(draw));
    minutes.push({
      minute: FIRST_MINUTE + at,
      attempts,
      failures,
      timeouts: drawBinomial(failures, 0.6, draw),
      latencyP50Ms: attempts === 0 ? null : timed(p95 / 2.3, 0.63),
      latencyP95Ms: attempts === 0 ? null : timed(p95, 1.06),
      ...(changes[at] ?? NO_CHANGES),
      queueDepth: 0,
    });
  }
  for (let first = 0; first < minutes.length; first += 60)
    hours.push({
      hour: (FIRST_MINUTE + first) / 60,
      attempts: minutes.slice(first, first + 60).reduce((sum, { attempts }) => sum + attempts, 0),
    });
  return { name, kind, maxTps, minutes, hours };
}

/** How much of the ramp is there, 0 to 1. */
function part({ from, rise, stay }: Ramp, minute: number): number {
  if (minute < from || minute > from + rise + stay) return 0;
  return Math.min(1, (minute - from) / rise);
}

function failureRate(usual: number, { peak, isStraight }: Ramp, on: number): number {
  if (on === 0 || peak <= usual) return Math.min(0.5, usual);
  return isStraight ? usual + (peak - usual) * on : usual * (peak / usual) ** on;
}

/** By minute. A third of the other days has one outage, of three changes. */
function breakerChanges(
  kind: DayKind,
  { from, rise, stay }: Ramp,
  draw: () => number,
): Readonly<Record<number, BreakerChanges>> {
  const changes: Record<number, BreakerChanges> = {};
  const cycle = (at: number): void => {
    // It opens, it tries, and either it closes or it is open again and tries and closes later.
    const relapses = draw() < 0.3 ? 1 : 0;
    for (let change = 0; change < 3 + 2 * relapses; change++) {
      const minute = Math.floor(at) + change;
      const held = changes[minute] ?? NO_CHANGES;
      changes[minute] = {
        breakerTransitions: held.breakerTransitions + 1,
        breakerOpenings: held.breakerOpenings + Number(change === 0),
        breakerClosings: held.breakerClosings + Number(change === 2 + 2 * relapses),
      };
    }
  };
  if (kind !== 'flapping') {
    if (draw() < 1 / 3) cycle(DAY_MINUTES + draw() * (DAY_MINUTES - 10));
    return changes;
  }
  const pause = 8 * 6 ** draw();
  let at = DAY_MINUTES + from;
  while (at < Math.min(DAY_MINUTES + from + rise + 60 + stay, 2 * DAY_MINUTES - 10)) {
    cycle(at);
    at += 3 + pause * -Math.log(1 - draw());
  }
  return changes;
}
