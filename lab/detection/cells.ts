// The measurements one by one, each by itself repeatable: what is measured for whom, at which rates.
import { elimination } from './elimination.ts';
import { falseAlarmTime } from './false-alarm-time.ts';
import { envoySuccessRate } from './envoy-success-rate.ts';
import { ewma } from './ewma.ts';
import { fiveInARow } from './five-in-a-row.ts';
import { drawHits, lowestNineTenths, meanTimeToAlarm, tune, type MeanTime } from './measure.ts';
import { OurDetector } from './ours.ts';
import { rateOverTen } from './rate-over-ten.ts';
import { techcartThresholds } from './techcart-thresholds.ts';
import { seededDraws } from './seeded-draws.ts';
import { SETTINGS } from '../../src/domain/health/detector-thresholds.ts';
import { readFloor, type FloorRow } from './floor.ts';
import type { RuleEntry, Watcher } from './contestant.ts';

export const RULES: readonly RuleEntry[] = [
  techcartThresholds,
  fiveInARow,
  rateOverTen,
  envoySuccessRate,
  ewma,
  elimination,
];
export const BASELINE_ATTEMPTS = [200, 1_000, 5_000] as const;

export interface Effort {
  /** Per mean time to false alarm, at least. */
  readonly alarms: number;
  /** More, up to so many, as long as they are expected to take no more than these attempts. */
  readonly alarmsMax: number;
  readonly alarmAttempts: number;
  /** Per delay. */
  readonly delays: number;
  /** ARL targets of the floor at which the rules are tuned. */
  readonly tunedTargets: readonly number[];
}
export const EFFORTS = {
  quick: { alarms: 40, alarmsMax: 150, alarmAttempts: 2e6, delays: 1_000, tunedTargets: [1e4] },
  full: { alarms: 400, alarmsMax: 4_000, alarmAttempts: 1e8, delays: 10_000, tunedTargets: [1e4, 1e5] },
} as const satisfies Readonly<Record<string, Effort>>;

/** Attempts after which a change counts as not seen, in floors. */
const PATIENCE_FLOORS = 100;
/** A tuning run ends once it has seen so many times the attempts needed. */
const TUNING_PART = 1.2;

export interface CellResult {
  /** Mean time to false alarm, and that asked for; null: not measured, or the detector never raised one. */
  readonly arl: number | null;
  readonly arlAsked: number;
  readonly arlError: number;
  readonly delay: number | null;
  readonly threshold: number | null;
  readonly baselineHits: number | null;
}

export interface Cell {
  readonly key: string;
  readonly kind:
    | 'known'
    | 'production'
    | 'estimated-arl'
    | 'estimated-delay'
    | 'published-arl'
    | 'published-delay'
    | 'tuned';
  readonly contestant: string;
  readonly before: number;
  readonly after: number | null;
  readonly arlTarget: number | null;
  readonly baselineAttempts: number | null;
  readonly floor: number | null;
  measure(effort: Effort): CellResult;
}

type Place = Omit<Cell, 'key' | 'measure'>;

function cell(place: Place, measure: (effort: Effort, draw: () => number) => Partial<CellResult>): Cell {
  const key = [place.kind, place.contestant, place.before, place.after, place.arlTarget, place.baselineAttempts].join(
    ' ',
  );
  return {
    ...place,
    key,
    measure: (effort) => ({
      arl: null,
      arlAsked: 0,
      arlError: 0,
      delay: null,
      threshold: null,
      baselineHits: null,
      ...measure(effort, seededDraws(key)),
    }),
  };
}

const OURS = 'signalbox';

const ARL_TARGETS = [1e4, 1e5];
/** The nearest of the floor's to what production asks for. */
const RAREST_TARGET = 1e6;

export function allCells(effort: Effort): Cell[] {
  const rows = readFloor(ARL_TARGETS);
  const rates = [...new Set(rows.map(({ before }) => before))];
  const targets = [...new Set(rows.map(({ arlTarget }) => arlTarget))];
  return [
    ...rows.map(knownCell),
    ...readFloor([RAREST_TARGET]).filter(isGreat).map(productionCell),
    ...BASELINE_ATTEMPTS.flatMap((attempts) =>
      targets.flatMap((target) => rates.map((before) => estimatedArlCell(before, target, attempts))),
    ),
    ...BASELINE_ATTEMPTS.flatMap((attempts) => rows.filter(isGreat).map((row) => estimatedDelayCell(row, attempts))),
    ...RULES.flatMap((rule) => [
      ...rates.map((before) => publishedArlCell(rule, before)),
      ...rows.filter(({ arlTarget }) => arlTarget === targets[0]).map((row) => publishedDelayCell(rule, row)),
      ...rows.filter(({ arlTarget }) => effort.tunedTargets.includes(arlTarget)).map((row) => tunedCell(rule, row)),
    ]),
  ];
}

/** p1 >= 3 p0: what an estimated baseline is held to. */
function isGreat({ before, after }: FloorRow): boolean {
  return after >= 3 * before - 1e-9;
}

function knownCell(row: FloorRow): Cell {
  const { before, after, arlTarget, arlExact, delay: floor } = row;
  const place: Place = { kind: 'known', contestant: OURS, before, after, arlTarget, baselineAttempts: null, floor };
  return cell(place, (effort, draw) => {
    const create = (): Watcher => new OurDetector({ baseline: { rate: before }, arlAttempts: arlExact, draw });
    const alarms = alarmsFor(effort, arlExact);
    return {
      ...arlOf(meanTimeToAlarm(create, { rate: before, alarms, attemptsMax: Infinity, draw }), arlExact),
      delay: delayOf(create, row, effort.delays, draw),
    };
  });
}

function alarmsFor({ alarms, alarmsMax, alarmAttempts }: Effort, arlAsked: number): number {
  return Math.max(alarms, Math.min(alarmsMax, Math.round(alarmAttempts / arlAsked)));
}

/** Production's technical detector, but for the mean time to false alarm; that is so long here that it is weighed, not waited for. */
function productionCell(row: FloorRow): Cell {
  const { before, after, arlTarget, arlExact, delay: floor } = row;
  const place: Place = {
    kind: 'production',
    contestant: OURS,
    before,
    after,
    arlTarget,
    baselineAttempts: null,
    floor,
  };
  return cell(place, ({ delays }, draw) => {
    const settings = { ...SETTINGS.technical, arlAttempts: arlExact, arlAttemptsAtWorst: arlExact };
    const create = (): Watcher =>
      new OurDetector({ baseline: { rate: before }, arlAttempts: arlExact, draw }, SETTINGS.technical);
    const { attempts, error } = falseAlarmTime(settings, Math.max(before, settings.baselineMin), 2 * delays, draw);
    return { arl: attempts, arlError: attempts * error, arlAsked: arlExact, delay: delayOf(create, row, delays, draw) };
  });
}

/** The worst baseline of the best nine tenths: the ARL holds for at least 90% of them if it holds for this one. */
function estimatedArlCell(before: number, arlTarget: number, attempts: number): Cell {
  const place: Place = {
    kind: 'estimated-arl',
    contestant: OURS,
    before,
    after: null,
    arlTarget,
    baselineAttempts: attempts,
    floor: null,
  };
  return cell(place, (effort, draw) => {
    const hits = lowestNineTenths(attempts, before);
    const alarms = alarmsFor(effort, arlTarget);
    const create = (): Watcher => new OurDetector({ baseline: { hits, attempts }, arlAttempts: arlTarget, draw });
    return {
      ...arlOf(meanTimeToAlarm(create, { rate: before, alarms, attemptsMax: Infinity, draw }), arlTarget),
      baselineHits: hits,
    };
  });
}

function estimatedDelayCell(row: FloorRow, attempts: number): Cell {
  const { before, after, arlTarget, arlExact, delay: floor } = row;
  const place: Place = {
    kind: 'estimated-delay',
    contestant: OURS,
    before,
    after,
    arlTarget,
    baselineAttempts: attempts,
    floor,
  };
  return cell(place, ({ delays }, draw) => {
    const create = (): Watcher =>
      new OurDetector({ baseline: { hits: drawHits(attempts, before, draw), attempts }, arlAttempts: arlExact, draw });
    return { arlAsked: arlExact, delay: delayOf(create, row, delays, draw) };
  });
}

function publishedArlCell(rule: RuleEntry, before: number): Cell {
  const place: Place = {
    kind: 'published-arl',
    contestant: rule.id,
    before,
    after: null,
    arlTarget: null,
    baselineAttempts: null,
    floor: null,
  };
  return cell(place, ({ alarms }, draw) => {
    const create = (): Watcher => rule.create(before, rule.published!, draw);
    return arlOf(meanTimeToAlarm(create, { rate: before, alarms, attemptsMax: alarms * 1e5, draw }), 0);
  });
}

function publishedDelayCell(rule: RuleEntry, row: FloorRow): Cell {
  const { before, after, delay: floor } = row;
  const place: Place = {
    kind: 'published-delay',
    contestant: rule.id,
    before,
    after,
    arlTarget: null,
    baselineAttempts: null,
    floor,
  };
  return cell(place, ({ delays }, draw) => ({
    delay: delayOf(() => rule.create(before, rule.published!, draw), row, Math.ceil(delays / 4), draw),
  }));
}

function tunedCell(rule: RuleEntry, row: FloorRow): Cell {
  const { before, after, arlTarget, arlExact, delay: floor } = row;
  const place: Place = { kind: 'tuned', contestant: rule.id, before, after, arlTarget, baselineAttempts: null, floor };
  return cell(place, ({ alarms, delays }, draw) => {
    const attemptsMax = TUNING_PART * alarms * arlExact;
    const arlAt = (threshold: number): MeanTime =>
      meanTimeToAlarm(() => rule.create(before, threshold, draw), { rate: before, alarms, attemptsMax, draw });
    const threshold = tune(rule.thresholds(before), (value) => arlAt(value).mean >= arlExact);
    if (threshold === null) return { arlAsked: arlExact };
    const delay = delayOf(() => rule.create(before, threshold, draw), row, Math.ceil(delays / 4), draw);
    return { arlAsked: arlExact, threshold, delay };
  });
}

/** Null: not seen within a hundred floors on average. */
function delayOf(create: () => Watcher, row: FloorRow, runs: number, draw: () => number): number | null {
  const attemptsMax = runs * row.delay * PATIENCE_FLOORS;
  const { mean, isCut } = meanTimeToAlarm(create, { rate: row.after, alarms: runs, attemptsMax, draw });
  return isCut ? null : mean;
}

function arlOf({ mean, standardError, isCut }: MeanTime, arlAsked: number): Partial<CellResult> {
  return { arl: isCut ? null : mean, arlError: isCut ? 0 : standardError, arlAsked };
}
