// When a processor may be taken out: the quietest hours of the forecast that the others can bear, and from when to drain it beforehand.
import { HOUR_MS, type HourOutlook } from './volume-outlook.ts';
import type { ProcessorId } from '../identity.ts';
import type { TimeWindow } from './prediction.ts';

export interface OtherProcessor {
  readonly processorId: ProcessorId;
  readonly isHealthy: boolean;
  /** `null`: it has no bound. */
  readonly maxTps: number | null;
  readonly outlook: readonly HourOutlook[];
}

export interface MaintenanceWish {
  readonly processorId: ProcessorId;
  readonly nowMs: number;
  readonly durationMs: number;
  /** How long its payments in flight take to end: it is drained so long before. */
  readonly drainMs: number;
  /** Not before this, and never so soon that there is no time to drain. */
  readonly earliestMs: number;
  /** Whole hours, ascending without gaps; what lies beyond its end is not known. */
  readonly outlook: readonly HourOutlook[];
  readonly others: readonly OtherProcessor[];
}

export interface PlannedMaintenance {
  readonly processorId: ProcessorId;
  readonly window: TimeWindow;
  readonly drainFromMs: number;
  /** Attempts that others must take, from the drain to the window's end: as forecast, and at most (97.5%) in each hour. */
  readonly attemptsExpected: number;
  readonly attemptsHigh: number;
  /** Its volume over that of a mean hour of the forecast. */
  readonly partOfMean: number;
}

export type MaintenancePlan =
  | ({ readonly ok: true } & PlannedMaintenance)
  | {
      readonly ok: false;
      /** `no_outlook`: the forecast does not reach; `no_room`: in no stretch can the others bear its traffic. */
      readonly reason: 'wrong_duration' | 'no_outlook' | 'no_others' | 'no_room';
    };

export const DURATION_MAX_MS = 24 * HOUR_MS;
const DRAIN_MAX_MS = 6 * HOUR_MS;
const STEP_MS = HOUR_MS / 4;
/** Of what the others can bear, so much may be planned with: minutes within an hour sway. */
const CAPACITY_PART = 0.7;

/** Volumes that differ by less are equal. */
const ROUNDING = 1e-9;

/** The stretch of least expected volume, the earliest of equal ones; begins at a quarter of an hour. */
export function planMaintenance(wish: MaintenanceWish): MaintenancePlan {
  const { processorId, nowMs, durationMs, outlook } = wish;
  if (!(durationMs > 0 && durationMs <= DURATION_MAX_MS) || !Number.isFinite(nowMs))
    return { ok: false, reason: 'wrong_duration' };
  const first = outlook[0];
  if (first === undefined) return { ok: false, reason: 'no_outlook' };
  const healthy = wish.others.filter((other) => other.isHealthy && other.processorId !== processorId);
  if (healthy.length === 0) return { ok: false, reason: 'no_others' };
  const drainMs = Math.min(DRAIN_MAX_MS, Math.max(0, wish.drainMs) || 0);
  const spare = outlook.map(({ hour }) => spareIn(hour, healthy));
  const earliest =
    Math.max(nowMs, Number.isFinite(wish.earliestMs) ? wish.earliestMs : nowMs, first.hour * HOUR_MS) + drainMs;
  const end = (first.hour + outlook.length) * HOUR_MS;
  let best: PlannedMaintenance | null = null;
  let isReached = false;
  const mean = outlook.reduce((sum, { point }) => sum + point, 0) / outlook.length;
  for (let fromMs = Math.ceil(earliest / STEP_MS) * STEP_MS; fromMs + durationMs <= end; fromMs += STEP_MS) {
    isReached = true;
    const load = loadOf(outlook, spare, fromMs - drainMs, fromMs + durationMs);
    if (load === null || (best !== null && load.point >= best.attemptsExpected * (1 - ROUNDING))) continue;
    const hours = (durationMs + drainMs) / HOUR_MS;
    best = {
      processorId,
      window: { fromMs, toMs: fromMs + durationMs },
      drainFromMs: fromMs - drainMs,
      attemptsExpected: load.point,
      attemptsHigh: load.high,
      partOfMean: mean > 0 ? load.point / hours / mean : 0,
    };
  }
  if (best !== null) return { ok: true, ...best };
  return { ok: false, reason: isReached ? 'no_room' : 'no_outlook' };
}

/** Attempts that the healthy others can take on top of their own in this hour; of whom no outlook is known nothing is hoped. */
function spareIn(hour: number, healthy: readonly OtherProcessor[]): number {
  return healthy.reduce((sum, { maxTps, outlook }) => {
    if (maxTps === null) return Infinity;
    const own = outlook.find((each) => each.hour === hour);
    return own === undefined ? sum : sum + Math.max(0, CAPACITY_PART * maxTps * 3_600 - own.high);
  }, 0);
}

/** `null`: in one of its hours there is no room. Parts of hours count in part, but need the room of the whole. */
function loadOf(
  outlook: readonly HourOutlook[],
  spare: readonly number[],
  fromMs: number,
  toMs: number,
): { point: number; high: number } | null {
  let [point, high] = [0, 0];
  for (const [at, hour] of outlook.entries()) {
    const part = (Math.min(toMs, (hour.hour + 1) * HOUR_MS) - Math.max(fromMs, hour.hour * HOUR_MS)) / HOUR_MS;
    if (part <= 0) continue;
    if (hour.high > spare[at]!) return null;
    [point, high] = [point + part * Math.max(0, hour.point), high + part * Math.max(0, hour.high)];
  }
  return { point, high };
}
