// Runs the predictor over simulated days: each look with what came of it, each prediction's life, and the same for a rule of thresholds.
import { capacityLimit } from '../../src/domain/predictions/capacity.ts';
import {
  DAY_KINDS,
  DAY_MINUTES,
  FIRST_MINUTE,
  kindOfDay,
  processorDay,
  type DayKind,
  type ProcessorDay,
} from './processor-day.ts';
import { EMPTY_BOOK, turnBook, type EndedPrediction } from '../../src/domain/predictions/prediction-book.ts';
import { failureLimit, usualShare } from '../../src/domain/predictions/error-rate.ts';
import { FLAPS, minutesJudged, troubleMinute } from '../../src/domain/predictions/trouble.ts';
import { HORIZON_MINUTES, PREDICTION_KINDS, type PredictionKind } from '../../src/domain/predictions/prediction.ts';
import { latencyLimitMs, usualP95Ms } from '../../src/domain/predictions/latency-trend.ts';
import { measureAll, prognosisOf, type ProcessorPast } from '../../src/domain/predictions/predict.ts';
import { MINUTE_MS } from '../../src/domain/predictions/processor-minute.ts';
import { thresholdAlarms } from './threshold-rule.ts';
import { volumeOutlook, type HourOutlook } from '../../src/domain/predictions/volume-outlook.ts';
import { asProcessorId } from '../../src/domain/identity.ts';

/** Minutes from one look to the next. */
export const LOOK_EVERY = 5;
const OUTLOOK_HOURS = 5;
/** A trouble of the watched day's first minutes could not be foretold. */
const WARM_UP_MINUTES = 10;
const PROCESSOR = asProcessorId('simulated');

export interface JudgedLook {
  readonly kind: PredictionKind;
  readonly measures: readonly number[];
  readonly probability: number;
  readonly came: boolean;
}

/** One prediction, or one alarm of the rule. */
export interface Told {
  readonly kind: PredictionKind;
  readonly dayKind: DayKind;
  readonly leadMinutes: number | null;
}

export interface Event {
  readonly kind: PredictionKind;
  readonly dayKind: DayKind;
  /** Minutes from the first warning within the horizon to the trouble; `null`: there was none. */
  readonly ours: number | null;
  readonly rule: number | null;
}

export interface Measured {
  readonly days: Readonly<Record<DayKind, number>>;
  readonly looks: readonly JudgedLook[];
  readonly ours: readonly Told[];
  readonly rule: readonly Told[];
  readonly events: readonly Event[];
}

export type Limits = Readonly<Record<PredictionKind, number | null>>;

export function measureDays(seeds: string, count: number, onDay: () => void = () => undefined): Measured {
  const days = Object.fromEntries(DAY_KINDS.map((kind) => [kind, 0])) as Record<DayKind, number>;
  const [looks, ours, rule, events]: [JudgedLook[], Told[], Told[], Event[]] = [[], [], [], []];
  for (let index = 0; index < count; index++) {
    const day = processorDay(`${seeds}-${index}`, kindOfDay(index));
    days[day.kind] += 1;
    const limits = limitsOf(day);
    const watched = watchDay(day);
    looks.push(...watched.looks);
    const alarms = thresholdAlarms(day, limits);
    ours.push(...watched.ended.map((each) => toldOf(day, each)));
    rule.push(
      ...alarms.map(({ kind, minute }) => ({
        kind,
        dayKind: day.kind,
        leadMinutes: leadOf(day, limits, kind, minute),
      })),
    );
    const opened = watched.ended.map(({ kind, openedAtMs }) => ({ kind, minute: openedAtMs / MINUTE_MS }));
    for (const kind of PREDICTION_KINDS) {
      const at = firstTrouble(day, limits, kind);
      if (at === null) continue;
      events.push({ kind, dayKind: day.kind, ours: warning(opened, kind, at), rule: warning(alarms, kind, at) });
    }
    onDay();
  }
  return { days, looks, ours, rule, events };
}

function watchDay(day: ProcessorDay): { looks: JudgedLook[]; ended: readonly EndedPrediction[] } {
  const looks: JudgedLook[] = [];
  let book = EMPTY_BOOK;
  let outlook: readonly HourOutlook[] = [];
  for (let at = DAY_MINUTES; at <= 2 * DAY_MINUTES; at += LOOK_EVERY) {
    const now = FIRST_MINUTE + at;
    const nowMs = now * MINUTE_MS;
    if (day.maxTps !== null && at % 60 === 0)
      outlook = volumeOutlook(
        day.hours.filter(({ hour }) => hour < now / 60),
        nowMs,
        OUTLOOK_HOURS,
      );
    const past = pastOf(day, at, outlook);
    const measured = measureAll(past, nowMs);
    const prognoses = measured.map((measure) => prognosisOf(past, nowMs, measure));
    for (const [i, { kind, limit, measures }] of measured.entries()) {
      const end = now + HORIZON_MINUTES[kind] - 1;
      if (end >= FIRST_MINUTE + day.minutes.length) continue;
      const near = day.minutes.slice(at - minutesJudged(kind), at + HORIZON_MINUTES[kind]);
      const came = troubleMinute({ kind, limit }, near, now, end) !== null;
      looks.push({ kind, measures, probability: prognoses[i]!.probability, came });
    }
    // Those whose windows would outlast the day are not opened.
    const judgeable = prognoses.filter(({ window }) => window.toMs <= (FIRST_MINUTE + day.minutes.length) * MINUTE_MS);
    const turn = {
      processorId: PROCESSOR,
      nowMs,
      minutes: past.minutes,
      prognoses: judgeable,
      sensitivity: 'medium',
    } as const;
    book = turnBook(book, turn).book;
  }
  return { looks, ended: book.ended };
}

function pastOf({ minutes, maxTps }: ProcessorDay, at: number, outlook: readonly HourOutlook[]): ProcessorPast {
  return {
    processorId: PROCESSOR,
    minutes: minutes.slice(Math.max(0, at - DAY_MINUTES), at),
    outlook,
    maxTps,
    timeoutMs: null,
    isReplaceable: true,
  };
}

/** As they are when the watched day begins. */
function limitsOf({ minutes, maxTps }: ProcessorDay): Limits {
  const look = { minutes: minutes.slice(0, DAY_MINUTES), nowMs: (FIRST_MINUTE + DAY_MINUTES) * MINUTE_MS };
  const usual = usualP95Ms(look);
  return {
    error_rate_rising: failureLimit(usualShare(look)),
    latency_rising: usual === null ? null : latencyLimitMs(usual, null),
    breaker_flapping: FLAPS,
    capacity_exhausted: maxTps === null ? null : capacityLimit(maxTps),
  };
}

function firstTrouble(day: ProcessorDay, limits: Limits, kind: PredictionKind): number | null {
  const limit = limits[kind];
  const [from, to] = [FIRST_MINUTE + DAY_MINUTES + WARM_UP_MINUTES, FIRST_MINUTE + 2 * DAY_MINUTES];
  return limit === null ? null : troubleMinute({ kind, limit }, day.minutes, from, to);
}

function warning(
  told: readonly { readonly kind: PredictionKind; readonly minute: number }[],
  kind: PredictionKind,
  at: number,
): number | null {
  const leads = told
    .filter((each) => each.kind === kind && each.minute <= at && each.minute >= at - HORIZON_MINUTES[kind])
    .map(({ minute }) => at + 1 - minute);
  return leads.length === 0 ? null : Math.max(...leads);
}

function leadOf(day: ProcessorDay, limits: Limits, kind: PredictionKind, minute: number): number | null {
  const trouble = troubleMinute(
    { kind, limit: limits[kind]! },
    day.minutes,
    minute,
    minute + HORIZON_MINUTES[kind] - 1,
  );
  return trouble === null ? null : trouble + 1 - minute;
}

function toldOf({ kind: dayKind }: ProcessorDay, { kind, outcome, openedAtMs, troubleAtMs }: EndedPrediction): Told {
  return {
    kind,
    dayKind,
    leadMinutes: outcome === 'confirmed' ? (troubleAtMs! - openedAtMs) / MINUTE_MS : null,
  };
}
