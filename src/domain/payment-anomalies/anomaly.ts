// One anomaly of the house: the findings in several scopes and of several kinds that one fault shows itself by, joined and told as one.
import { areOfKin, isMovedTraffic } from './same-fault.ts';
import { areRelated, scopeOrder } from './scope-name.ts';
import { graver, SEVERITIES, type Severity } from './severity.ts';
import type { AnomalyKind } from './detection-limits.ts';
import type { Cause } from './explain-anomaly.ts';
import type { PaymentIncident } from './incident-book.ts';

export interface Anomaly {
  readonly format: 1;
  /** `ano_...` */
  readonly id: string;
  /** Of the finding that leads: what hurts most, by `LEADS`; of those the gravest, then the widest. */
  readonly kind: AnomalyKind;
  readonly scope: string;
  /** The gravest it was. */
  readonly severity: Severity;
  readonly openedMinute: number;
  readonly seenMinute: number;
  readonly closedMinute: number | null;
  /** `joined`: it was part of `joinedTo`. */
  readonly closedAs: PaymentIncident['closedAs'] | 'joined';
  readonly joinedTo: string | null;
  readonly symptoms: readonly PaymentIncident[];
  /** The largest first; of the newest look. */
  readonly causes: readonly Cause[];
  /** Up to which minute causes were looked for; `null`: they were not yet. */
  readonly localisedMinute: number | null;
  /** The most it was. */
  readonly atRisk: { readonly minorPerHour: number; readonly currency: string } | null;
  readonly feedback: PaymentIncident['feedback'];
  /** Grows when it opens, widens, becomes graver, is explained otherwise, is judged, or closes. */
  readonly revision: number;
}

/** What begins within this time of an anomaly's opening, where it may show, is the same fault. */
export const JOINS_WITHIN_MINUTES = 60;
/** Further ones are not told: their scopes and kinds would say the same. */
const SYMPTOMS_MAX = 300;
/** An attack, then what loses approvals, then what only differs. */
const LEADS: readonly AnomalyKind[] = [
  'card_testing',
  'success_drop',
  'volume_drop',
  'latency_shift',
  'error_mix',
  'decline_mix',
  'velocity',
  'volume_spike',
  'amount_shift',
  'metric_shift',
];

export interface Joining {
  /** As they are now: those that were given, some changed, and new ones. */
  readonly anomalies: readonly Anomaly[];
  /** Ids of those with a new revision. */
  readonly changed: ReadonlySet<string>;
}

/** `known`: all that are open, and those that may come back. `currencyOf` a scope: its amounts' currency. */
export function joinSymptoms(
  known: readonly Anomaly[],
  symptoms: readonly PaymentIncident[],
  { newId, currencyOf }: { readonly newId: (joined: number) => string; readonly currencyOf: (scope: string) => string },
): Joining {
  const anomalies = new Map(known.map((each) => [each.id, each]));
  const changed = new Set<string>();
  const put = (anomaly: Anomaly): void => {
    const isNews = !saysTheSame(anomalies.get(anomaly.id), anomaly);
    anomalies.set(anomaly.id, { ...anomaly, revision: anomaly.revision + Number(isNews && !changed.has(anomaly.id)) });
    if (isNews) changed.add(anomaly.id);
  };
  for (const symptom of symptoms) {
    const of = [...anomalies.values()].find((each) => each.symptoms.some(({ id }) => id === symptom.id));
    if (of !== undefined) {
      put(withSymptoms(of, [symptom], currencyOf));
      continue;
    }
    // It was one too many when it began: its end is nobody's.
    if (symptom.closedMinute !== null) continue;
    const [first, ...others] = takersOf(anomalies, symptom);
    if (first === undefined) put(opened(newId(changed.size), symptom, currencyOf));
    else if (first.symptoms.length < SYMPTOMS_MAX) {
      put(withSymptoms(first, [symptom], currencyOf));
      for (const other of others) {
        put(withSymptoms(anomalies.get(first.id)!, other.symptoms, currencyOf));
        put(joinedTo(other, first.id, symptom.openedMinute));
      }
    }
  }
  return { anomalies: [...anomalies.values()], changed };
}

/** That one finding of many is over is no news. */
function saysTheSame(before: Anomaly | undefined, after: Anomaly): boolean {
  const saidOf = ({ kind, scope, severity, closedMinute, symptoms }: Anomaly): string =>
    JSON.stringify([kind, scope, severity, closedMinute, symptoms.length]);
  return before !== undefined && saidOf(before) === saidOf(after);
}

/** The oldest first; those of its own kind, else those whose traffic it is. */
function takersOf(anomalies: ReadonlyMap<string, Anomaly>, symptom: PaymentIncident): Anomaly[] {
  const open = [...anomalies.values()]
    .filter(({ closedMinute }) => closedMinute === null)
    .toSorted((left, right) => left.openedMinute - right.openedMinute);
  const near = open.filter((each) => isNear(each, symptom));
  const kin = near.filter((each) => areOfKin(leadOf(each.symptoms), symptom));
  const [first] = kin;
  if (first === undefined)
    return open.filter((each) => isInTime(each, symptom) && isMovedTraffic(each.symptoms, symptom));
  // What shows in two faults of unlike kinds makes them none.
  const lead = leadOf(first.symptoms);
  return kin.filter(
    (each) => each === first || areOfKin(leadOf(each.symptoms), lead) || symptom.kind === 'card_testing',
  );
}

function isNear(anomaly: Anomaly, symptom: PaymentIncident): boolean {
  return isInTime(anomaly, symptom) && anomaly.symptoms.some(({ scope }) => areRelated(scope, symptom.scope));
}

function isInTime({ openedMinute, symptoms }: Anomaly, symptom: PaymentIncident): boolean {
  return (
    symptoms.some(({ scope, closedMinute }) => scope === symptom.scope && closedMinute === null) ||
    Math.abs(symptom.openedMinute - openedMinute) <= JOINS_WITHIN_MINUTES
  );
}

function opened(id: string, symptom: PaymentIncident, currencyOf: (scope: string) => string): Anomaly {
  const { kind, scope, severity, openedMinute, seenMinute, feedback } = symptom;
  const blank: Anomaly = {
    format: 1,
    id,
    kind,
    scope,
    severity,
    openedMinute,
    seenMinute,
    closedMinute: null,
    closedAs: null,
    joinedTo: null,
    symptoms: [],
    causes: [],
    localisedMinute: null,
    atRisk: null,
    feedback,
    revision: 0,
  };
  return withSymptoms(blank, [symptom], currencyOf);
}

function joinedTo(anomaly: Anomaly, id: string, minute: number): Anomaly {
  return { ...anomaly, symptoms: [], closedMinute: minute, closedAs: 'joined', joinedTo: id };
}

/** With these as they are now, each in the place of what it was. */
export function withSymptoms(
  anomaly: Anomaly,
  newer: readonly PaymentIncident[],
  currencyOf: (scope: string) => string,
): Anomaly {
  const ids = new Set(newer.map(({ id }) => id));
  const symptoms = [...anomaly.symptoms.filter(({ id }) => !ids.has(id)), ...newer].slice(0, SYMPTOMS_MAX);
  const lead = leadOf(symptoms);
  return {
    ...anomaly,
    kind: lead.kind,
    scope: lead.scope,
    severity: symptoms.reduce<Severity>((most, { severity }) => graver(most, severity), anomaly.severity),
    openedMinute: Math.min(anomaly.openedMinute, ...symptoms.map(({ openedMinute }) => openedMinute)),
    seenMinute: Math.max(anomaly.seenMinute, ...symptoms.map(({ seenMinute }) => seenMinute)),
    // Where there is little traffic it takes long to see that it is over: it is over with its lead.
    closedMinute: lead.closedMinute,
    closedAs: lead.closedAs,
    symptoms,
    atRisk: atRiskWith(anomaly.atRisk, symptoms, currencyOf),
  };
}

function leadOf(symptoms: readonly PaymentIncident[]): PaymentIncident {
  const order = (left: PaymentIncident, right: PaymentIncident): number =>
    LEADS.indexOf(left.kind) - LEADS.indexOf(right.kind) ||
    SEVERITIES.indexOf(right.severity) - SEVERITIES.indexOf(left.severity) ||
    scopeOrder(left.scope, right.scope);
  return symptoms.reduce((best, each) => (order(each, best) < 0 ? each : best));
}

/** Scopes overlap: what is lost in two of them is not the sum. */
function atRiskWith(
  before: Anomaly['atRisk'],
  symptoms: readonly PaymentIncident[],
  currencyOf: (scope: string) => string,
): Anomaly['atRisk'] {
  let most = before;
  for (const { minorAtRiskPerMinute, scope } of symptoms) {
    if (minorAtRiskPerMinute === null) continue;
    const currency = currencyOf(scope);
    const minorPerHour = Math.round(60 * minorAtRiskPerMinute);
    const isComparable = most === null || most.currency === currency;
    if (isComparable && minorPerHour > (most?.minorPerHour ?? 0)) most = { minorPerHour, currency };
  }
  return most;
}

/** What was seen of it since, which changes nothing that people are told at once. */
export function refreshed(
  anomaly: Anomaly,
  symptoms: ReadonlyMap<string, PaymentIncident>,
  currencyOf: (scope: string) => string,
): Anomaly {
  const newer = anomaly.symptoms.flatMap(({ id }) => symptoms.get(id) ?? []);
  return newer.length === 0 ? anomaly : withSymptoms(anomaly, newer, currencyOf);
}

/** `areAlike`: they say what was said before, in newer figures. */
export function withCauses(anomaly: Anomaly, causes: readonly Cause[], minute: number, areAlike: boolean): Anomaly {
  // A later look that explains nothing takes nothing back: what was seen then may be over.
  const told = causes.length === 0 ? anomaly.causes : causes;
  const isNew = causes.length > 0 && !areAlike;
  const isFirst = anomaly.localisedMinute === null;
  return { ...anomaly, causes: told, localisedMinute: minute, revision: anomaly.revision + Number(isNew || isFirst) };
}
