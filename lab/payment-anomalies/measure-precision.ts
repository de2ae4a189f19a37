// Lets the house find anomalies in simulated days whose faults are known, and counts what was found, what was false, and which causes were named.
import { ANOMALY_SETTINGS_DEFAULT } from '../../src/domain/payment-anomalies/anomaly-settings.ts';
import type { Anomaly } from '../../src/domain/payment-anomalies/anomaly.ts';
import type { Combination } from '../../src/domain/localisation/leaf-table.ts';
import { EMPTY_INCIDENT_BOOK } from '../../src/domain/payment-anomalies/incident-book.ts';
import { explainAnomaly, isExplainable, type SlowLeaf } from '../../src/domain/payment-anomalies/explain-anomaly.ts';
import { type House, learnMinutes } from '../../src/domain/payment-anomalies/house-watch.ts';
import { type HouseFault, type HouseMinute, houseMinutes, PROCESSORS } from './house.ts';
import { HOUSE, processorScope } from '../../src/domain/payment-anomalies/scope-name.ts';
import { NO_ACTS } from '../../src/domain/payment-anomalies/known-acts.ts';
import { wilson } from '../../src/domain/evaluation/wilson.ts';

const FROM = 29_400_480;
const PER_MINUTE = 40;
/** Two days are quiet: what is usual is learned from them, and what they raise is false. */
const QUIET_DAYS = 2;
const FAULTS_PER_DAY = 3;
const FAULT_MINUTES = 40;
/** What is raised so long after a fault's end is its end. */
const AFTER_MINUTES = 30;
const USUAL_MINUTES = 1_440;
const SHORT_FROM = 300;
const SHORT_EVERY = 100;
const SHORT_FAULTS = 6;

export interface Trial {
  readonly house: number;
  readonly faults: readonly HouseFault[];
  /** False: the series open nothing of their own. */
  readonly hasSeries: boolean;
  /** Of the whole measurement, or of its first six faults after five quiet hours. */
  readonly isShort: boolean;
}

/** What was raised, by minutes from the beginning. */
export interface Raised {
  readonly kind: string;
  readonly scope: string;
  readonly minute: number;
  readonly cause: Combination | null;
}

export interface Occasion {
  readonly fault: HouseFault;
  readonly from: number;
}

export function occasionsOf({ house, faults, isShort }: Omit<Trial, 'hasSeries'>): Occasion[] {
  const fromOf = (index: number): number => {
    if (isShort) return SHORT_FROM + index * SHORT_EVERY;
    const day = QUIET_DAYS + Math.floor(index / FAULTS_PER_DAY);
    return day * 1_440 + 480 + (index % FAULTS_PER_DAY) * 240 + house * 17;
  };
  return Array.from({ length: isShort ? SHORT_FAULTS : faults.length }, (_, index) => ({
    fault: faults[(index * 5 + house) % faults.length]!,
    from: fromOf(index),
  }));
}

/** The same trial gives the same, on any machine. */
export function raisedIn(trial: Trial): Raised[] {
  const occasions = occasionsOf(trial);
  const faultAt = (minute: number): HouseFault | null =>
    occasions.find(({ from }) => minute - FROM >= from && minute - FROM < from + FAULT_MINUTES)?.fault ?? null;
  const short = (SHORT_FROM + SHORT_FAULTS * SHORT_EVERY) / 1_440;
  const days = trial.isShort ? short : QUIET_DAYS + Math.ceil(occasions.length / FAULTS_PER_DAY);
  const watch = watchedHouse(trial.hasSeries);
  for (const told of houseMinutes({ name: `house ${trial.house}`, perMinute: PER_MINUTE, days, from: FROM }, faultAt))
    watch.learn(told);
  return [...watch.all.values()]
    .filter(({ closedAs }) => closedAs !== 'joined')
    .map(({ kind, scope, openedMinute, causes }) => ({
      ...{ kind, scope, minute: openedMinute - FROM, cause: causes[0]?.combination ?? null },
    }));
}

function watchedHouse(hasSeries: boolean) {
  const state: { -readonly [Key in keyof House]: House[Key] } = {
    ...{ scopes: new Map(), book: EMPTY_INCIDENT_BOOK, anomalies: [], acts: NO_ACTS },
  };
  const all = new Map<string, Anomaly>();
  const leaves = new Map<number, readonly SlowLeaf[]>();
  let drawn = 0;
  const draw = (): string => `ano_${(drawn += 1)}`;
  const window = (from: number, through: number) => ({
    minutes: through - from + 1,
    leaves: Array.from({ length: through - from + 1 }, (_, index) => leaves.get(from + index) ?? []).flat(),
  });
  const explained = (anomaly: Anomaly, minute: number): Anomaly => {
    const isDue = anomaly.localisedMinute === null || minute >= anomaly.localisedMinute + 5;
    if (anomaly.closedMinute !== null || !isExplainable(anomaly.kind) || !isDue) return anomaly;
    const { kind, openedMinute } = anomaly;
    const usual = window(openedMinute - 19 - USUAL_MINUTES, openedMinute - 20);
    const causes = explainAnomaly(kind, usual, window(Math.max(openedMinute - 2, minute - 59), minute));
    return { ...anomaly, causes: causes.length === 0 ? anomaly.causes : causes, localisedMinute: minute };
  };
  const muted = [HOUSE, ...PROCESSORS.map(processorScope)].map((scope) => ({
    ...{ scope, kind: 'metric_shift' as const, untilMinute: Infinity },
  }));
  const learn = ({ minute, scopes, leaves: told }: HouseMinute): void => {
    leaves.set(minute, told);
    if (!hasSeries) state.book = { ...state.book, muted };
    const through = { afterMinute: minute - 1, fromMinute: minute, throughMinute: minute };
    const batch = { ...through, minutes: scopes, expected: PROCESSORS, acts: [] };
    const learned = learnMinutes(state, batch, ANOMALY_SETTINGS_DEFAULT, { symptom: draw, anomaly: draw });
    Object.assign(state, { book: learned.book, acts: learned.acts });
    state.anomalies = learned.anomalies.map((anomaly) => explained(anomaly, minute));
    for (const anomaly of state.anomalies) all.set(anomaly.id, anomaly);
    state.anomalies = state.anomalies.filter(
      ({ closedMinute }) => closedMinute === null || minute - closedMinute <= 15,
    );
  };
  return { all, learn };
}

export interface FaultFound {
  readonly fault: string;
  readonly isNameable: boolean;
  /** `null`: it was not found. */
  readonly found: { readonly kind: string; readonly minutes: number; readonly isNamed: boolean } | null;
}

export interface TrialFigures {
  readonly raised: number;
  readonly falseOnes: readonly Raised[];
  readonly faults: readonly FaultFound[];
}

/** True is the first that is raised within a fault. */
export function judgeTrial(occasions: readonly Occasion[], raised: readonly Raised[]): TrialFigures {
  const ofFaults = new Set<Raised>();
  const faults = occasions.map(({ fault, from }): FaultFound => {
    const of = raised.filter(({ minute }) => minute >= from && minute < from + FAULT_MINUTES + AFTER_MINUTES);
    for (const each of of) ofFaults.add(each);
    const first = of.find(({ minute }) => minute < from + FAULT_MINUTES);
    const isNamed = first !== undefined && fault.cause !== null && isSame(first.cause, fault.cause);
    return {
      fault: fault.name,
      isNameable: fault.cause !== null,
      found: first === undefined ? null : { kind: first.kind, minutes: first.minute - from + 1, isNamed },
    };
  });
  return { raised: raised.length, falseOnes: raised.filter((each) => !ofFaults.has(each)), faults };
}

const ATTRIBUTES = ['processor', 'method', 'country', 'bin'] as const;
const isSame = (named: Combination | null, cause: Combination): boolean =>
  named !== null && ATTRIBUTES.every((attribute) => named[attribute] === cause[attribute]);

export interface Figures {
  readonly precision: number;
  readonly low: number;
  readonly high: number;
  readonly raised: number;
  readonly trueAlarms: number;
  readonly faults: number;
  readonly found: number;
  readonly causesNamed: number;
  readonly causesNameable: number;
  readonly medianMinutesToFind: number;
}

export function sumOf(trials: readonly TrialFigures[]): Figures {
  const faults = trials.flatMap((trial) => trial.faults);
  const found = faults.flatMap((each) => each.found ?? []);
  const raised = trials.reduce((sum, trial) => sum + trial.raised, 0);
  const { low, high } = wilson(found.length, raised);
  return {
    precision: rounded(found.length / raised),
    ...{ low: rounded(low), high: rounded(high), raised, trueAlarms: found.length },
    ...{ faults: faults.length, found: found.length },
    causesNamed: found.filter(({ isNamed }) => isNamed).length,
    causesNameable: faults.filter(({ isNameable }) => isNameable).length,
    medianMinutesToFind: medianOf(found.map(({ minutes }) => minutes)),
  };
}

export const medianOf = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[values.length >> 1] ?? NaN;

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
