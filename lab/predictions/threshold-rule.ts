// The rule to beat: an alarm as soon as a measure is half way to its limit, with no trend and no probability.
import { DAY_MINUTES, type ProcessorDay } from './processor-day.ts';
import { STRETCH_MINUTES, troubleMinute } from '../../src/domain/predictions/trouble.ts';
import { HORIZON_MINUTES, PREDICTION_KINDS, type PredictionKind } from '../../src/domain/predictions/prediction.ts';
import type { Limits } from './measure-days.ts';

export interface Alarm {
  readonly kind: PredictionKind;
  readonly minute: number;
}

/** Of the way from none to the limit; latencies start from the usual, half their limit. */
const PART: Readonly<Record<PredictionKind, number>> = {
  error_rate_rising: 0.5,
  latency_rising: 0.75,
  breaker_flapping: 0.5,
  capacity_exhausted: 0.8,
};

/** Looks as often as the predictor, keeps silent for a horizon after each alarm and while the trouble is there. */
export function thresholdAlarms({ minutes }: ProcessorDay, limits: Limits): readonly Alarm[] {
  const alarms: Alarm[] = [];
  for (const kind of PREDICTION_KINDS) {
    const limit = limits[kind];
    if (limit === null) continue;
    let quietUntil = 0;
    for (let at = DAY_MINUTES; at + HORIZON_MINUTES[kind] <= minutes.length; at += 5) {
      const near = minutes.slice(at - 60, at);
      const last = near.at(-1)!.minute;
      const from = kind === 'breaker_flapping' ? last : last - STRETCH_MINUTES;
      if (last < quietUntil || troubleMinute({ kind, limit }, near, from, last) !== null) continue;
      if (troubleMinute({ kind, limit: limit * PART[kind] }, near, last, last) === null) continue;
      alarms.push({ kind, minute: last + 1 });
      quietUntil = last + HORIZON_MINUTES[kind];
    }
  }
  return alarms;
}
