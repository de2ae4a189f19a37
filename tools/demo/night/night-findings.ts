// What the record of the night says against the known truth: who noticed each fault and how fast, who named its cause, what it cost, and the verdict.
import type { Check } from '../findings.ts';
import type { Combination } from '../../../src/domain/localisation/leaf-table.ts';
import type { FaultName, KnownFault } from './truth.ts';
import { span } from './night-clock.ts';
import type { NightRecord, SeenAnomaly, SeenPrediction } from './night-record.ts';

/** What a fault leaves behind: traffic that comes back is a change as well. */
const AFTERMATH_MINUTES = 60;
/** Raised, in two days, that no fault explains. More would be a storm. */
export const FALSE_ALARMS_MAX = 4;
/** After so many minutes somebody must have noticed. */
const NOTICED_WITHIN: Readonly<Record<FaultName, number>> = {
  'outage': 3,
  'brown-out': 15,
  'issuer-wide drop': 40,
  'card testing': 10,
  'latency ramp': 150,
};

export interface Notice {
  readonly by: 'breaker' | 'alert' | 'find-anomalies' | 'foretell-trouble';
  /** Since the fault began. */
  readonly afterMinutes: number;
  readonly what: string;
}

export interface FaultFinding {
  readonly fault: KnownFault;
  /** The first word of each, the fastest first. */
  readonly notices: readonly Notice[];
  /** `null`: the culprit was never named. */
  readonly named: { readonly afterMinutes: number; readonly verdict: string } | null;
  /** The largest that was told. */
  readonly atRisk: SeenAnomaly['atRisk'];
  /** Trials of breakers that were begun, and what healing did, by kind. */
  readonly reopenings: number;
  readonly healed: readonly { readonly kind: string; readonly count: number; readonly recovered: number }[];
  /** From the first symptom until healing has seen it recovered, the longest; `null`: nothing had to. */
  readonly recoveryMinutes: number | null;
  readonly lost: number;
  readonly staticLost: number;
}

const isDuring = ({ fromMinute, untilMinute }: KnownFault, minute: number): boolean =>
  minute >= fromMinute && minute < untilMinute + AFTERMATH_MINUTES;

const isUntilItsEnd = ({ fromMinute, untilMinute }: KnownFault, minute: number): boolean =>
  minute >= fromMinute && minute < untilMinute;

export function findingOf(fault: KnownFault, record: NightRecord): FaultFinding {
  const anomalies = record.anomalies.filter(({ noticedMinute }) => isDuring(fault, noticedMinute));
  const actions = record.actions.filter(({ minute }) => isDuring(fault, minute));
  const kinds = [...new Set(actions.map(({ kind }) => kind))];
  const recoveries = actions.flatMap(({ recoveryMinutes }) => recoveryMinutes ?? []);
  const atRisk = anomalies.flatMap((one) => one.atRisk ?? []).toSorted((a, b) => b.minorPerHour - a.minorPerHour)[0];
  const loss = record.losses.find((one) => one.fault === fault.name);
  return {
    fault,
    notices: noticesOf(fault, record),
    named: namedIn(fault, anomalies),
    atRisk: atRisk ?? null,
    reopenings: record.turns.filter(({ minute, to }) => isDuring(fault, minute) && to === 'OPEN').length,
    healed: kinds.map((kind) => {
      const its = actions.filter((action) => action.kind === kind);
      return { kind, count: its.length, recovered: its.filter(({ outcome }) => outcome === 'recovered').length };
    }),
    recoveryMinutes: recoveries.length === 0 ? null : Math.max(...recoveries),
    lost: loss?.lost ?? 0,
    staticLost: loss?.staticLost ?? 0,
  };
}

function noticesOf(fault: KnownFault, { anomalies, turns, alerts, predictions }: NightRecord): readonly Notice[] {
  const { processor: culprit } = fault.culprit;
  const isOfCulprit = ({ processor }: { readonly processor: string }): boolean =>
    culprit === undefined || processor === '*' || processor === culprit;
  const firsts: (Notice | null)[] = [
    first(fault, 'breaker', turns.filter(isOfCulprit), ({ minute, processor, scope }) => [
      minute,
      `${processor} ${scope} opened`,
    ]),
    first(fault, 'alert', alerts.filter(isOfCulprit), ({ minute, processor, scope, kind }) => [
      minute,
      `${kind} of ${processor} ${scope}`,
    ]),
    first(fault, 'find-anomalies', anomalies, ({ noticedMinute, kind }) => [noticedMinute, kind]),
    first(fault, 'foretell-trouble', foretoldOf(fault, predictions), ({ minute, kind, processor }) => [
      minute,
      `${kind} of ${processor}`,
    ]),
  ];
  return firsts.flatMap((one) => one ?? []).toSorted((left, right) => left.afterMinutes - right.afterMinutes);
}

function first<Seen>(
  fault: KnownFault,
  by: Notice['by'],
  all: readonly Seen[],
  wordOf: (seen: Seen) => readonly [minute: number, what: string],
): Notice | null {
  const during = all.map(wordOf).filter(([minute]) => isUntilItsEnd(fault, minute));
  const [earliest] = during.toSorted(([left], [right]) => left - right);
  return earliest === undefined ? null : { by, afterMinutes: earliest[0] - fault.fromMinute, what: earliest[1] };
}

const foretoldOf = ({ culprit }: KnownFault, predictions: readonly SeenPrediction[]): readonly SeenPrediction[] =>
  predictions.filter(({ processor }) => processor === culprit.processor);

/** Called by its name, or by another one of the same payments. */
function namedIn(fault: KnownFault, anomalies: readonly SeenAnomaly[]): FaultFinding['named'] {
  const namings = anomalies
    .flatMap((anomaly) => anomaly.namings)
    .filter(({ cause, alsoNamed }) => [cause, ...alsoNamed].some((name) => isSame(name, fault.culprit)))
    .toSorted((left, right) => left.minute - right.minute);
  const [earliest] = namings;
  if (earliest === undefined) return null;
  return { afterMinutes: earliest.minute - fault.fromMinute, verdict: earliest.verdict };
}

const isSame = (left: Combination, right: Combination): boolean =>
  left.processor === right.processor &&
  left.method === right.method &&
  left.country === right.country &&
  left.bin === right.bin;

/** What people were told that no fault explains; what is only information is told to nobody. */
export function falseAlarmsIn({ anomalies }: NightRecord, faults: readonly KnownFault[]): readonly SeenAnomaly[] {
  return anomalies.filter(
    ({ severity, isJoined, noticedMinute }) =>
      severity !== 'info' && !isJoined && !faults.some((fault) => isDuring(fault, noticedMinute)),
  );
}

/** Minutes from the word to the trouble; `null`: nobody had said so before it was there. */
export function leadOf(fault: KnownFault, { predictions }: NightRecord): number | null {
  const before = foretoldOf(fault, predictions)
    .filter(
      ({ kind, minute, outcome }) => kind === 'latency_rising' && outcome === 'confirmed' && isDuring(fault, minute),
    )
    .flatMap(({ minute, troubleMinute }) => (troubleMinute === null ? [] : [troubleMinute - minute]));
  return before.length === 0 ? null : Math.max(...before);
}

export function nightChecksOf(record: NightRecord, faults: readonly KnownFault[]): readonly Check[] {
  const findings = faults.map((fault) => findingOf(fault, record));
  return [
    ...findings.map(noticedCheck),
    ...findings.map(namedCheck),
    recoveredCheck(record, findings),
    ...faults.filter(({ name }) => name === 'latency ramp').map((fault) => foretoldCheck(fault, record)),
    calmCheck(record, faults),
    jobsCheck(record),
  ];
}

function noticedCheck({ fault, notices }: FaultFinding): Check {
  const within = NOTICED_WITHIN[fault.name];
  const [fastest] = notices;
  return {
    name: `the ${fault.name} was noticed`,
    isMet: fastest !== undefined && fastest.afterMinutes <= within,
    detail:
      fastest === undefined
        ? 'by nobody'
        : `by ${fastest.by} after ${span(fastest.afterMinutes)} (at most ${within} min)`,
  };
}

function namedCheck({ fault, named }: FaultFinding): Check {
  return {
    name: `the cause of the ${fault.name} was named: ${nameOf(fault.culprit)}`,
    isMet: named !== null,
    detail: named === null ? 'never' : `after ${span(named.afterMinutes)} (${named.verdict})`,
  };
}

function recoveredCheck({ stillOpen, actions }: NightRecord, findings: readonly FaultFinding[]): Check {
  const outage = findings.find(({ fault }) => fault.name === 'outage');
  const isBack = outage?.healed.some(({ kind, recovered }) => kind === 'ramp_back' && recovered > 0) === true;
  const recovered = actions.filter(({ outcome }) => outcome === 'recovered').length;
  return {
    name: 'what had failed was let back in, step by step',
    isMet: stillOpen.length === 0 && isBack,
    detail:
      stillOpen.length > 0
        ? `breakers of ${stillOpen.join(', ')} are not closed`
        : `${recovered} of ${actions.length} acts of healing were measured to have recovered it; every breaker is closed`,
  };
}

function foretoldCheck(fault: KnownFault, record: NightRecord): Check {
  const lead = leadOf(fault, record);
  return {
    name: `the ${fault.name} was foretold`,
    isMet: lead !== null && lead > 0,
    detail: lead === null ? 'not before the trouble was there' : `${span(lead)} before the trouble was there`,
  };
}

function calmCheck(record: NightRecord, faults: readonly KnownFault[]): Check {
  const alarms = falseAlarmsIn(record, faults);
  return {
    name: 'no storm of false alarms',
    isMet: alarms.length <= FALSE_ALARMS_MAX,
    detail: `${alarms.length} in two days (at most ${FALSE_ALARMS_MAX})`,
  };
}

function jobsCheck({ jobs, jobFault }: NightRecord): Check {
  const [runs, failed] = [jobs.reduce((sum, one) => sum + one.runs, 0), jobs.reduce((sum, one) => sum + one.failed, 0)];
  return {
    name: 'every run of every job was done',
    isMet: runs > 0 && failed === 0,
    detail:
      failed === 0 ? `${runs} runs of ${jobs.length} jobs` : `${failed} of ${runs} failed; the first: ${jobFault}`,
  };
}

export function nameOf({ processor, method, country, bin }: Combination): string {
  return [processor, method, country, bin === undefined ? undefined : `BIN ${bin}`]
    .filter((part) => part !== undefined)
    .join(' ');
}
