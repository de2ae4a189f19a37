// Which stretch of time a question about the past is of: whole hours or days, bounded, and never beyond the one that is running.

export type Bucket = 'hour' | 'day';

/** From the first of its moments to the first that is no longer in it. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface AskedStretch {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export type ReadStretch =
  | { readonly ok: true; readonly stretch: Stretch }
  | { readonly ok: false; readonly field: 'from' | 'to'; readonly message: string };

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
export const BUCKET_MS: Readonly<Record<Bucket, number>> = { hour: HOUR_MS, day: DAY_MS };
/** When nothing is asked for. */
const USUAL: Readonly<Record<Bucket, number>> = { hour: 24, day: 30 };
/** A quarter by the hour, two years by the day. */
export const BUCKETS_MAX: Readonly<Record<Bucket, number>> = { hour: 2_208, day: 800 };
/** Nothing that was recorded lies outside: such a moment is a mistake, and PostgreSQL writes those before year 1 in another way. */
const EARLIEST_MS = Date.UTC(2000, 0);
const LATEST_MS = Date.UTC(2100, 0);

/** `bucket`: what the ends are rounded to, outwards. */
export function readStretch({ fromMs, toMs }: AskedStretch, bucket: Bucket, now: number): ReadStretch {
  for (const [field, ms] of [
    ['from', fromMs],
    ['to', toMs],
  ] as const)
    if (ms !== null && !(ms >= EARLIEST_MS && ms < LATEST_MS))
      return { ok: false, field, message: 'must be a moment from 2000-01-01 to 2099-12-31' };
  const step = BUCKET_MS[bucket];
  const endMs = ceiling(now + 1, step);
  const to = Math.min(toMs === null ? endMs : ceiling(toMs, step), endMs);
  const from = fromMs === null ? to - USUAL[bucket] * step : Math.floor(fromMs / step) * step;
  if (from >= endMs) return { ok: false, field: 'from', message: 'lies ahead: there is nothing yet to tell of it' };
  // As they were asked for: within one bucket, both are rounded outwards.
  if (from >= to || (fromMs !== null && toMs !== null && fromMs >= toMs))
    return { ok: false, field: 'to', message: 'must be later than `from`' };
  if (to - from > BUCKETS_MAX[bucket] * step)
    return { ok: false, field: 'from', message: `must be at most ${BUCKETS_MAX[bucket]} ${bucket}s before \`to\`` };
  return { ok: true, stretch: { fromMs: from, toMs: to } };
}

export interface StretchParts {
  /** Whole UTC days; `null`: none. */
  readonly days: Stretch | null;
  /** Before and after them. */
  readonly hours: readonly Stretch[];
}

/** A day that was counted whole need not be added up again from its hours. */
export function partsOf({ fromMs, toMs }: Stretch): StretchParts {
  const [firstMs, lastMs] = [ceiling(fromMs, DAY_MS), Math.floor(toMs / DAY_MS) * DAY_MS];
  if (firstMs >= lastMs) return { days: null, hours: [{ fromMs, toMs }] };
  const hours = [
    { fromMs, toMs: firstMs },
    { fromMs: lastMs, toMs },
  ];
  return { days: { fromMs: firstMs, toMs: lastMs }, hours: hours.filter((part) => part.fromMs < part.toMs) };
}

const ceiling = (ms: number, step: number): number => Math.ceil(ms / step) * step;
