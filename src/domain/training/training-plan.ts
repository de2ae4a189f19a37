// Which attempts a model is trained on and on which later ones it is judged, or what is missing for either.

import type { Stretch } from '../analytics/stretch.ts';

export interface SampledHour {
  readonly hourMs: number;
  /** First attempts that teach something. */
  readonly samples: number;
}

export interface TrainingPlan {
  readonly fromMs: number;
  /** Trained on what was recorded before it, judged on what was decided from then on. */
  readonly splitMs: number;
  readonly toMs: number;
}

export interface TrainingLack {
  readonly of: 'training_samples' | 'hours';
  readonly have: number;
  readonly needed: number;
}

export type TrainingPlanned =
  | { readonly ok: true; readonly plan: TrainingPlan }
  | { readonly ok: false; readonly lacks: readonly TrainingLack[] };

const HOUR_MS = 3_600_000;
/** Older attempts say little of how processors do now. */
export const HISTORY_MS = 28 * 24 * HOUR_MS;
/** PostgreSQL counts so many within its time; where there are more, the newest are taken. */
export const SAMPLES_MAX = 3_000_000;
const TRAINED_SHARE = 0.75;

/** The hours of this moment's past that are over. */
export function pastOf(now: number): { readonly fromMs: number; readonly toMs: number } {
  const toMs = Math.floor(now / HOUR_MS) * HOUR_MS;
  return { fromMs: toMs - HISTORY_MS, toMs };
}

export const samplesIn = (hours: readonly SampledHour[]): number =>
  hours.reduce((sum, { samples }) => sum + samples, 0);

/** `hours`: in order; those without samples may be left out. */
export function planTraining(hours: readonly SampledHour[], samplesMin: number): TrainingPlanned {
  const seen = hours.filter(({ samples }) => samples > 0);
  const recent = newest(seen);
  const total = samplesIn(recent);
  const lacks: TrainingLack[] = [
    { of: 'training_samples', have: total, needed: samplesMin },
    // Something to be trained on, and something later.
    { of: 'hours', have: recent.length, needed: 2 },
  ];
  if (lacks.some(({ have, needed }) => have < needed)) return { ok: false, lacks };
  let trained = 0;
  const last = recent.length - 1;
  const split = recent.findIndex(({ samples }, place) => {
    if (place > 0 && (place === last || trained >= TRAINED_SHARE * total)) return true;
    trained += samples;
    return false;
  });
  const [first, later, end] = [recent[0]!, recent[split]!, recent[last]!];
  return { ok: true, plan: { fromMs: first.hourMs, splitMs: later.hourMs, toMs: end.hourMs + HOUR_MS } };
}

/** So many, each twice as long as the one before it: what a prior brings is brought by the first few results. */
export const LATER_STEPS = 9;

/** What came after the split, in order. */
export function laterSteps({ splitMs, toMs }: TrainingPlan): readonly Stretch[] {
  const ends = Array.from({ length: LATER_STEPS }, (_, step) =>
    Math.round(splitMs + (toMs - splitMs) / 2 ** (LATER_STEPS - 1 - step)),
  );
  return ends.map((endMs, step) => ({ fromMs: ends[step - 1] ?? splitMs, toMs: endMs }));
}

function newest(hours: readonly SampledHour[]): readonly SampledHour[] {
  let total = 0;
  const first = hours.findLastIndex(({ samples }) => (total += samples) > SAMPLES_MAX);
  // One hour of that many is taken all the same.
  return hours.slice(Math.min(first + 1, Math.max(0, hours.length - 2)));
}
