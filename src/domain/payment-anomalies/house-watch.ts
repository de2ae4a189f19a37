// Learns the minutes of every scope of the house in order, and turns what is found into incidents and joined anomalies; plain state in, plain state out.
import { type ActLog, explainedIn, type KnownAct, NO_ACTS, rememberActs } from './known-acts.ts';
import {
  applyFindings,
  closeSilent,
  falseAlarmsIn,
  type IncidentBook,
  type PaymentIncident,
  rememberedFrom,
} from './incident-book.ts';
import { createScopeWatch, watchMinute, type ScopeWatch } from './scope-watch.ts';
import { HOUSE, scopeOrder, scopeParts, widthOf } from './scope-name.ts';
import { joinSymptoms, refreshed, type Anomaly } from './anomaly.ts';
import { createSeriesWatch, type SeriesWatch, watchSeries } from './series-watch.ts';
import { type AnomalyKind, type DetectionSettings, limitsOf } from './detection-limits.ts';
import type { Finding } from './findings.ts';
import { seriesFinding, withScores } from './series-findings.ts';
import type { AnomalySettings } from './anomaly-settings.ts';
import type { PaymentMinute } from './payment-minute.ts';

/** One minute of one scope as history tells it. */
export interface ScopeMinute extends Omit<PaymentMinute, 'amountMinor'> {
  readonly scope: string;
  /** By currency: minor units of two do not add. */
  readonly amounts: Readonly<Record<string, { readonly attempts: number; readonly minor: number }>>;
}

/** All that history has of these minutes. */
export interface MinuteBatch {
  /** The latest minute the book had learned when this was read. */
  readonly afterMinute: number | null;
  /** What lies between that and this was not read, and is not known. */
  readonly fromMinute: number;
  readonly throughMinute: number;
  readonly minutes: readonly ScopeMinute[];
  /** Processors that are registered and enabled: of the others, silence is no news. */
  readonly expected: readonly string[];
  /** What we ourselves do to processors' traffic, as it was seen after the last of these minutes. */
  readonly acts: readonly KnownAct[];
}

/** Plain JSON. */
export interface KeptScope {
  readonly watch: ScopeWatch;
  /** Of the house and its first processors; `null`: it has none. */
  series: SeriesWatch | null;
  /** In which its amounts are summed; `null`: none was told yet. */
  currency: string | null;
  /** The first and the latest minute with attempts: before the first nothing is known, and none is no news. */
  readonly sinceMinute: number;
  busyMinute: number;
}

export interface House {
  readonly scopes: Map<string, KeptScope>;
  readonly book: IncidentBook;
  /** All that are open, and those that may come back. */
  readonly anomalies: readonly Anomaly[];
  readonly acts: ActLog;
}

export interface Learned {
  readonly book: IncidentBook;
  readonly acts: ActLog;
  readonly anomalies: readonly Anomaly[];
  /** Ids of those with a new revision. */
  readonly changed: ReadonlySet<string>;
  readonly forgotten: readonly string[];
}

export interface Ids {
  /** Of a finding in one scope, and of what such are joined to. */
  readonly symptom: () => string;
  readonly anomaly: () => string;
}

/** With 160 scopes of 40 kB a run reads and writes 6 MB. Wider ones come first. */
export const SCOPES_MAX = 160;
/** Those with series of their own: 40 kB more for each. */
const SERIES_MAX = 25;
/** What had no attempt for so long is forgotten: a week's habits, and a day. */
const FORGOTTEN_AFTER_MINUTES = 8 * 1_440;
/** Another currency must have so many times the attempts to take over. */
const CURRENCY_TAKES_OVER = 2;
const FRAUD_KINDS: ReadonlySet<AnomalyKind> = new Set<AnomalyKind>(['card_testing', 'velocity']);

export function learnMinutes(house: House, batch: MinuteBatch, settings: AnomalySettings, ids: Ids): Learned {
  const { scopes } = house;
  admit(scopes, batch);
  let { book, anomalies } = house;
  const changed = new Set<string>();
  const told = new Map(batch.minutes.map((each) => [keyOf(each.scope, each.minute), each]));
  const expected = new Set(batch.expected);
  const names = [...scopes.keys()].toSorted(scopeOrder);
  const join = (symptoms: readonly PaymentIncident[]): void => {
    if (symptoms.length === 0) return;
    const joined = joinSymptoms(anomalies, symptoms, { newId: ids.anomaly, currencyOf: currencyIn(scopes) });
    anomalies = joined.anomalies;
    for (const id of joined.changed) changed.add(id);
  };
  const looked = { beforeMinute: batch.fromMinute - 1, minute: batch.throughMinute };
  const acts = rememberActs(house.acts, batch.acts, batch.expected, looked);
  for (let minute = batch.fromMinute; minute <= batch.throughMinute; minute += 1) {
    for (const scope of names) {
      const kept = scopes.get(scope)!;
      const given = told.get(keyOf(scope, minute));
      if (given === undefined && !isExpected(scope, minute, kept, expected)) continue;
      if (given !== undefined) kept.busyMinute = Math.max(kept.busyMinute, minute);
      const sought = { sensitivity: settings.sensitivity, falseAlarms: falseAlarmsIn(book, scope, minute) };
      const seen = watchScope(scope, kept, paymentMinute(minute, given, kept), { sought, acts });
      const found = seen.filter(({ kind }) => settings.enableFraudDetection || !FRAUD_KINDS.has(kind));
      const own = kept.series === null ? null : seriesFinding(kept.series, kept.watch.recent, { book, scope, minute });
      const scored = withScores(found, scope, (name) => scopes.get(name)?.series);
      const step = applyFindings(book, { scope, minute }, own === null ? scored : [...scored, own], ids.symptom);
      book = step.book;
      join(step.changed);
    }
    const silent = closeSilent(book, minute);
    book = silent.book;
    join(silent.changed);
  }
  const open = new Map(book.open.map((each) => [each.id, each]));
  anomalies = anomalies.map((each) => (each.closedMinute === null ? refreshed(each, open, currencyIn(scopes)) : each));
  return { book, acts, anomalies, changed, forgotten: forget(scopes, batch.throughMinute) };
}

/** The clock was set back: every scope begins from there, and what was found by the wrong clock is over. */
export function setBack(house: House, minute: number): Learned {
  for (const kept of house.scopes.values()) {
    kept.watch.minute = null;
    // Its week was told by another clock.
    if (kept.series !== null) kept.series = createSeriesWatch();
  }
  const ended = house.book.open.map((each) => ({ ...each, closedMinute: minute, closedAs: 'no_data' as const }));
  const { anomalies, changed } = joinSymptoms(house.anomalies, ended, {
    newId: () => '',
    currencyOf: currencyIn(house.scopes),
  });
  const book = { ...rememberedFrom(house.book, minute), open: [] };
  return { book, acts: NO_ACTS, anomalies, changed, forgotten: [] };
}

/** Counts first, then the same minute in the series. */
function watchScope(
  scope: string,
  kept: KeptScope,
  minute: PaymentMinute,
  { sought, acts }: { readonly sought: DetectionSettings; readonly acts: ActLog },
): Finding[] {
  const explained = explainedIn(acts, scope, minute.minute);
  const found = watchMinute(kept.watch, minute, sought, explained);
  if (kept.series !== null) {
    const limit = limitsOf(sought, 'metric_shift').odds;
    watchSeries(kept.series, minute, kept.watch.recent, { limit, isVolumeExplained: explained !== null });
  }
  return found;
}

/** Of a processor that is switched off nothing is expected: zeros would be an outage. */
function isExpected(scope: string, minute: number, { sinceMinute }: KeptScope, expected: ReadonlySet<string>): boolean {
  const { processorId } = scopeParts(scope);
  return minute > sinceMinute && (processorId === '*' || expected.has(processorId));
}

export const currencyIn =
  (scopes: ReadonlyMap<string, KeptScope>) =>
  (scope: string): string =>
    scopes.get(scope)?.currency ?? '';

function admit(scopes: Map<string, KeptScope>, { minutes }: MinuteBatch): void {
  const attempts = new Map<string, number>();
  const since = new Map<string, number>();
  for (const { scope, minute, attempts: count } of minutes) {
    attempts.set(scope, (attempts.get(scope) ?? 0) + count);
    since.set(scope, Math.min(since.get(scope) ?? Infinity, minute));
  }
  const newcomers = [...attempts]
    .filter(([scope]) => !scopes.has(scope))
    .toSorted(([left, few], [right, many]) => widthOf(left) - widthOf(right) || many - few);
  for (const [scope] of newcomers.slice(0, Math.max(0, SCOPES_MAX - scopes.size))) {
    const sinceMinute = since.get(scope)!;
    scopes.set(scope, {
      ...{ watch: createScopeWatch(), series: null, currency: null, sinceMinute, busyMinute: sinceMinute },
    });
  }
  admitSeries(scopes);
  for (const [scope, kept] of scopes)
    kept.currency = currencyOf(
      minutes.filter((each) => each.scope === scope),
      kept.currency,
    );
}

function admitSeries(scopes: ReadonlyMap<string, KeptScope>): void {
  const able = [...scopes].filter(([scope]) => widthOf(scope) <= 1);
  let free = SERIES_MAX - able.filter(([, { series }]) => series).length;
  for (const [, kept] of able.toSorted(([left], [right]) => scopeOrder(left, right)))
    if (!kept.series && free-- > 0) kept.series = createSeriesWatch();
}

/** Most attempts' own, unless it has been another for long. */
function currencyOf(minutes: readonly ScopeMinute[], before: string | null): string | null {
  const attempts = new Map<string, number>();
  for (const { amounts } of minutes)
    for (const [currency, { attempts: count }] of Object.entries(amounts))
      attempts.set(currency, (attempts.get(currency) ?? 0) + count);
  const most = [...attempts].toSorted(([left, few], [right, many]) => many - few || (left < right ? -1 : 1))[0];
  if (most === undefined) return before;
  const [currency, count] = most;
  return before === null || count > CURRENCY_TAKES_OVER * (attempts.get(before) ?? 0) ? currency : before;
}

const NOTHING: Omit<PaymentMinute, 'minute'> = {
  attempts: 0,
  failures: 0,
  declines: 0,
  approvals: 0,
  invalidDeclines: 0,
  amountMinor: 0,
  latency: null,
  errorCodes: {},
  declineCodes: {},
  amountBins: {},
  fingerprintsDistinct: 0,
  busiestFingerprint: 0,
  busiestBin: 0,
};

function paymentMinute(minute: number, told: ScopeMinute | undefined, { currency }: KeptScope): PaymentMinute {
  if (told === undefined) return { ...NOTHING, minute };
  const { scope: _, amounts, ...counts } = told;
  return { ...counts, amountMinor: currency === null ? 0 : (amounts[currency]?.minor ?? 0) };
}

function forget(scopes: Map<string, KeptScope>, minute: number): string[] {
  const gone = [...scopes].flatMap(([scope, { busyMinute }]) =>
    scope !== HOUSE && minute - busyMinute > FORGOTTEN_AFTER_MINUTES ? [scope] : [],
  );
  for (const scope of gone) scopes.delete(scope);
  return gone;
}

const keyOf = (scope: string, minute: number): string => `${minute} ${scope}`;
