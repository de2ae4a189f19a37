// What is to be expected of one processor: one look per kind, calibrated to a probability, with what to do about it. Rules: SPEC.md [PRD].
import { calibrated } from './calibration.ts';
import { HORIZON_MINUTES, type Prognosis, type RecommendedAction } from './prediction.ts';
import { isFresh, type Look, type Measure } from './measure.ts';
import { measureCapacity } from './capacity.ts';
import { measureErrorRate } from './error-rate.ts';
import { measureFlapping } from './flapping.ts';
import { measureLatency } from './latency-trend.ts';
import { MINUTE_MS, soundMinutes, type ProcessorMinute } from './processor-minute.ts';
import { minutesJudged, STRETCH_MINUTES, troubleMinute } from './trouble.ts';
import type { HourOutlook } from './volume-outlook.ts';
import type { ProcessorId } from '../identity.ts';
import type { Severity } from '../notifications/incident.ts';

export interface ProcessorPast {
  readonly processorId: ProcessorId;
  /** In any order; the last day counts. */
  readonly minutes: readonly ProcessorMinute[];
  /** Of volumeOutlook; empty where no forecast was made. */
  readonly outlook: readonly HourOutlook[];
  readonly maxTps: number | null;
  readonly timeoutMs: number | null;
  /** Whether another healthy processor could take its traffic: the last one is never drained. */
  readonly isReplaceable: boolean;
}

/** From here on an expectation is acted upon, and from there on it is as good as certain. */
const PROBABLE = 0.6;
const CERTAIN = 0.8;
const SEVERE_EXTENT = 2;

/** At most one per kind, none of what is there already. Finite whatever the minutes hold. */
export function lookAhead(past: ProcessorPast, nowMs: number): readonly Prognosis[] {
  return measureAll(past, nowMs).map((measure) => prognosisOf(past, nowMs, measure));
}

/** The same before calibration. */
export function measureAll(past: ProcessorPast, nowMs: number): readonly Measure[] {
  if (!Number.isFinite(nowMs)) return [];
  const look: Look = { minutes: soundMinutes(past.minutes, nowMs), nowMs };
  if (!isFresh(look)) return [];
  const measured = [
    measureErrorRate(look),
    measureLatency(look, past.timeoutMs),
    measureFlapping(look),
    measureCapacity(look, past.maxTps, past.outlook),
  ];
  return measured.filter((measure) => measure !== null).filter((measure) => !isThere(look, measure));
}

/** Somewhere in the last ten minutes: what has just gone is not foretold again by its own traces. */
function isThere({ minutes, nowMs }: Look, measure: Measure): boolean {
  const now = Math.floor(nowMs / MINUTE_MS);
  const from = now - STRETCH_MINUTES - minutesJudged(measure.kind);
  const near = minutes.filter(({ minute }) => minute >= from);
  return troubleMinute(measure, near, now - STRETCH_MINUTES, now) !== null;
}

export function prognosisOf(past: ProcessorPast, nowMs: number, measure: Measure): Prognosis {
  const { kind, limit, evidence, earliest } = measure;
  const probability = calibrated(kind, measure.measures);
  const toMs = nowMs + HORIZON_MINUTES[kind] * MINUTE_MS;
  return {
    processorId: past.processorId,
    kind,
    probability,
    window: { fromMs: Math.min(toMs, nowMs + earliest * MINUTE_MS), toMs },
    limit,
    evidence,
    recommendedAction: actionFor(past, measure, probability),
    severity: severityOf(measure, probability),
  };
}

function actionFor({ isReplaceable }: ProcessorPast, measure: Measure, probability: number): RecommendedAction {
  const { kind, extent, evidence } = measure;
  if (probability < PROBABLE) return 'watch';
  if (kind === 'latency_rising' && evidence['limitIs'] === 'timeout') return 'raise_timeout';
  // While it is open nothing goes there: what is missing is somebody who mends it.
  if (kind === 'breaker_flapping') return 'schedule_maintenance';
  if (!isReplaceable) return 'watch';
  if (kind === 'capacity_exhausted' || probability < CERTAIN) return 'cap_traffic';
  return kind === 'latency_rising' && extent < SEVERE_EXTENT ? 'cap_traffic' : 'drain';
}

function severityOf({ extent }: Measure, probability: number): Severity {
  if (probability < PROBABLE) return 'info';
  return probability >= CERTAIN && extent >= SEVERE_EXTENT ? 'critical' : 'warning';
}
