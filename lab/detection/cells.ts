// The measurements one by one, each by itself repeatable: what is measured for whom, at which rates.
import { elimination } from './elimination.ts';
import { falseAlarmTime } from './false-alarm-time.ts';
import { envoySuccessRate } from './envoy-success-rate.ts';
import { ewma } from './ewma.ts';
import { fiveInARow } from './five-in-a-row.ts';
import {
  drawHits,
  isClearOf,
  lowestNineTenths,
  meanTimeToAlarm,
  tune,
  usualDelay,
  worstDelay,
  type Change,
  type Maker,
  type MeanTime,
} from './measure.ts';
import { OurDetector } from './ours.ts';
import { rateOverTen } from './rate-over-ten.ts';
import { techcartThresholds } from './techcart-thresholds.ts';
import { seededDraws } from './seeded-draws.ts';
import { SETTINGS, type DetectorKind } from '../../src/domain/health/detector-thresholds.ts';
import { readFloor, type FloorRow } from './floor.ts';
import type { RuleEntry } from './contestant.ts';

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
  /** Per delay of ours; a fourth of it per delay of a rule, and per delay from the usual state. */
  readonly delays: number;
  /** ARL targets of the floor at which the rules are tuned. */
  readonly tunedTargets: readonly number[];
}
export const EFFORTS = {
  quick: { alarms: 40, alarmsMax: 150, alarmAttempts: 2e6, delays: 1_000, tunedTargets: [1e4] },
  full: { alarms: 400, alarmsMax: 4_000, alarmAttempts: 5e7, delays: 10_000, tunedTargets: [1e4, 1e5] },
} as const satisfies Readonly<Record<string, Effort>>;

/** Attempts after which a change counts as not seen, in floors. */
const PATIENCE_FLOORS = 100;

export interface CellResult {
  /** Mean time to false alarm, and that asked for; null: not measured, or the detector never raised one. */
  readonly arl: number | null;
  readonly arlAsked: number;
  readonly arlError: number;
  /** From the worst state, and the good results in a row before the change that make it so. */
  readonly delay: number | null;
  readonly goodBefore: number | null;
  /** From the state that a change finds on average. */
  readonly delayUsual: number | null;
  readonly threshold: number | null;
  readonly baselineHits: number | null;
}

export interface Cell {
  readonly key: string;
  readonly kind:
    | 'known'
    | 'production'
    | 'production-own'
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

type Measure = (effort: Effort, draw: () => number, key: string) => Partial<CellResult>;

function cell(place: Place, measure: Measure): Cell {
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
      goodBefore: null,
      delayUsual: null,
      threshold: null,
      baselineHits: null,
      ...measure(effort, seededDraws(key), key),
    }),
  };
}

const OURS = 'signalbox';

const ARL_TARGETS = [1e4, 1e5];
/** The nearest of the floor's to what production asks for. */
const RAREST_TARGET = 1e6;
export const DETECTORS = ['technical', 'approval'] as const satisfies readonly DetectorKind[];

export function allCells(effort: Effort): Cell[] {
  const rows = readFloor(ARL_TARGETS);
  const rates = [...new Set(rows.map(({ before }) => before))];
  const targets = [...new Set(rows.map(({ arlTarget }) => arlTarget))];
  return [
    ...rows.map(knownCell),
    ...DETECTORS.flatMap((kind) => [
      ...readFloor([RAREST_TARGET])
        .filter(isGreat)
        .map((row) => productionCell(kind, row)),
      ...readFloor([RAREST_TARGET])
        .filter(isGreat)
        .map((row) => productionOwnCell(kind, row)),
    ]),
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
  return cell(place, (effort, draw, key) => {
    const create: Maker = (dice) => new OurDetector({ baseline: { rate: before }, arlAttempts: arlExact, draw: dice });
    const alarms = alarmsFor(effort, arlExact);
    return {
      ...arlOf(
        meanTimeToAlarm(() => create(draw), { rate: before, alarms, attemptsMax: Infinity, draw }),
        arlExact,
      ),
      ...delaysOf(create, row, effort.delays, key),
    };
  });
}

function alarmsFor({ alarms, alarmsMax, alarmAttempts }: Effort, arlAsked: number): number {
  return Math.max(alarms, Math.min(alarmsMax, Math.round(alarmAttempts / arlAsked)));
}

/** A detector of production, but for the mean time to false alarm; that is so long here that it is weighed, not waited for. */
function productionCell(kind: DetectorKind, row: FloorRow): Cell {
  const { before, after, arlTarget, arlExact, delay: floor } = row;
  const place: Place = {
    kind: 'production',
    contestant: kind,
    before,
    after,
    arlTarget,
    baselineAttempts: null,
    floor,
  };
  return cell(place, ({ delays }, draw, key) => {
    const base = SETTINGS[kind];
    const settings = { ...base, arlAttempts: arlExact, arlAttemptsAtWorst: arlExact };
    const create: Maker = (dice) =>
      new OurDetector({ baseline: { rate: before }, arlAttempts: arlExact, draw: dice }, base);
    const { attempts, error } = falseAlarmTime(settings, Math.max(before, base.baselineMin), 2 * delays, draw);
    const { delay, goodBefore } = worstDelay(create, changeOf(row, delays, key));
    return { arl: attempts, arlError: attempts * error, arlAsked: arlExact, delay, goodBefore };
  });
}

/** A detector of production as it runs: there is no floor that rare. */
function productionOwnCell(kind: DetectorKind, row: FloorRow): Cell {
  const { before, after } = row;
  const contestant = kind;
  const none = { arlTarget: null, baselineAttempts: null, floor: null };
  const place: Place = { kind: 'production-own', contestant, before, after, ...none };
  return cell(place, ({ delays }, draw, key) => {
    const base = SETTINGS[kind];
    const create: Maker = (dice) =>
      new OurDetector({ baseline: { rate: before }, arlAttempts: null, draw: dice }, base);
    const { attempts, error } = falseAlarmTime(base, Math.max(before, base.baselineMin), 2 * delays, draw);
    const { delay, goodBefore } = worstDelay(create, changeOf(row, delays, key));
    return { arl: attempts, arlError: attempts * error, delay, goodBefore };
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
    const create = (): OurDetector => new OurDetector({ baseline: { hits, attempts }, arlAttempts: arlTarget, draw });
    return {
      ...arlOf(meanTimeToAlarm(create, { rate: before, alarms, attemptsMax: Infinity, draw }), arlTarget),
      baselineHits: hits,
    };
  });
}

/** Nothing but the baseline is known as the change comes; more of the good would only correct it. */
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
    const create = (): OurDetector =>
      new OurDetector({ baseline: { hits: drawHits(attempts, before, draw), attempts }, arlAttempts: arlExact, draw });
    const attemptsMax = delays * row.delay * PATIENCE_FLOORS;
    const { mean, isCut } = meanTimeToAlarm(create, { rate: after, alarms: delays, attemptsMax, draw });
    return { arlAsked: arlExact, delay: isCut ? null : mean };
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
    const create = (): ReturnType<Maker> => rule.create(before, rule.published!, draw);
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
  return cell(place, ({ delays }, _draw, key) =>
    worstDelay((dice) => rule.create(before, rule.published!, dice), changeOf(row, Math.ceil(delays / 4), key)),
  );
}

function tunedCell(rule: RuleEntry, row: FloorRow): Cell {
  const { before, after, arlTarget, arlExact, delay: floor } = row;
  const place: Place = { kind: 'tuned', contestant: rule.id, before, after, arlTarget, baselineAttempts: null, floor };
  return cell(place, (effort, draw, key) => {
    const tuned = tunedTo(rule, row, effort, draw);
    if (tuned === null) return { arlAsked: arlExact };
    const { threshold, arl } = tuned;
    const create: Maker = (dice) => rule.create(before, threshold, dice);
    return { ...arlOf(arl, arlExact), threshold, ...delaysOf(create, row, Math.ceil(effort.delays / 4), key) };
  });
}

/** The lowest threshold that keeps the row's mean time to false alarm. */
function tunedTo(
  rule: RuleEntry,
  { before, arlExact }: FloorRow,
  { alarms }: Effort,
  draw: () => number,
): { readonly threshold: number; readonly arl: MeanTime } | null {
  const runs = { rate: before, alarms, attemptsMax: Infinity, draw, isClear: isClearOf(arlExact) };
  const times = new Map<number, MeanTime>();
  const threshold = tune(rule.thresholds(before), (value) => {
    times.set(
      value,
      meanTimeToAlarm(() => rule.create(before, value, draw), runs),
    );
    return times.get(value)!.mean >= arlExact;
  });
  return threshold === null ? null : { threshold, arl: times.get(threshold)! };
}

/** Null: not seen within a hundred floors on average. */
function changeOf({ before, after, delay }: FloorRow, runs: number, name: string): Change {
  return { before, after, runs, attemptsMax: runs * delay * PATIENCE_FLOORS, name };
}

function delaysOf(create: Maker, row: FloorRow, runs: number, name: string): Partial<CellResult> {
  const worst = worstDelay(create, changeOf(row, runs, name));
  const delayUsual = worst.delay === null ? null : usualDelay(create, changeOf(row, Math.ceil(runs / 4), name));
  return { ...worst, delayUsual };
}

function arlOf({ mean, standardError, isCut }: MeanTime, arlAsked: number): Partial<CellResult> {
  return { arl: isCut ? null : mean, arlError: isCut ? 0 : standardError, arlAsked };
}
