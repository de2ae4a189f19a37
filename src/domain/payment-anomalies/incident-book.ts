// Turns what is found minute by minute into incidents that open, change and close once, and remembers what people called a false alarm.
import { graver, type Severity } from './severity.ts';
import type { AnomalyKind } from './detection-limits.ts';
import type { Finding } from './findings.ts';

export interface PaymentIncident {
  readonly id: string;
  readonly scope: string;
  readonly kind: AnomalyKind;
  /** The gravest it was. */
  readonly severity: Severity;
  readonly openedMinute: number;
  /** The last minute in which it was found. */
  readonly seenMinute: number;
  readonly closedMinute: number | null;
  readonly closedAs: 'over' | 'no_data' | 'false_alarm' | null;
  /** Of the moment at which there was most of it, and how much that was. */
  readonly evidence: Finding['evidence'];
  readonly effect: number;
  /** The most it was. */
  readonly minorAtRiskPerMinute: number | null;
  readonly feedback: 'false_alarm' | 'confirmed' | null;
}

interface Remembered {
  readonly scope: string;
  readonly kind: AnomalyKind;
  readonly untilMinute: number;
}

/** Plain JSON. */
export interface IncidentBook {
  readonly format: 1;
  readonly open: readonly PaymentIncident[];
  /** In the order of closing, at most 500. */
  readonly closed: readonly PaymentIncident[];
  readonly falseAlarms: readonly Remembered[];
  /** What is still found after it was called a false alarm: nobody is told until it has been away. */
  readonly muted: readonly Remembered[];
}

export interface BookStep {
  readonly book: IncidentBook;
  /** Incidents that opened, became graver or closed. */
  readonly changed: readonly PaymentIncident[];
}

export interface Feedback extends BookStep {
  /** False: there is no such incident. */
  readonly isKnown: boolean;
}

export const EMPTY_INCIDENT_BOOK: IncidentBook = { format: 1, open: [], closed: [], falseAlarms: [], muted: [] };

/** Not found for so long: it is over. */
export const OVER_AFTER_MINUTES = 5;
/** What comes back this soon is the same incident. */
export const REOPENS_WITHIN_MINUTES = 15;
/** No minute of its scope was told for so long: nobody knows. */
export const NO_DATA_AFTER_MINUTES = 60;
/** A false alarm raises what is asked of its kind in its scope for 14 days. */
export const REMEMBERED_MINUTES = 14 * 1_440;
const CLOSED_MAX = 500;

/** `newId` names the n-th incident that opens. */
export function applyFindings(
  book: IncidentBook,
  { scope, minute }: { readonly scope: string; readonly minute: number },
  findings: readonly Finding[],
  newId: (opened: number) => string,
): BookStep {
  const changed: PaymentIncident[] = [];
  let { open, closed } = book;
  let muted = book.muted.filter((each) => each.scope !== scope || each.untilMinute > minute);
  for (const finding of findings) {
    const isSame = (each: { scope: string; kind: AnomalyKind }): boolean =>
      each.scope === scope && each.kind === finding.kind;
    if (muted.some(isSame)) {
      muted = muted.map((each) => (isSame(each) ? { ...each, untilMinute: minute + REOPENS_WITHIN_MINUTES } : each));
      continue;
    }
    const known = open.find(isSame) ?? closed.find((each) => isSame(each) && comesBack(each, minute));
    // Found without evidence is what is nearly over: nothing that could open.
    if (known?.closedMinute !== null && !hasEvidence(finding)) continue;
    const next =
      known === undefined ? opened(newId(changed.length), scope, finding, minute) : seen(known, finding, minute);
    open = [...open.filter((each) => each.id !== next.id), next];
    closed = closed.filter((each) => each.id !== next.id);
    if (known === undefined || known.closedMinute !== null || next.severity !== known.severity) changed.push(next);
  }
  const ended = open.filter((each) => each.scope === scope && minute - each.seenMinute >= OVER_AFTER_MINUTES);
  const step = close({ ...book, open, closed, muted }, ended, minute, 'over');
  return { book: step.book, changed: [...changed, ...step.changed] };
}

function comesBack({ openedMinute, closedMinute, closedAs }: PaymentIncident, minute: number): boolean {
  if (closedMinute === null || closedAs === 'false_alarm') return false;
  // What a clock that ran ahead has found is nothing that could come back.
  return minute >= openedMinute && minute >= closedMinute && minute - closedMinute <= REOPENS_WITHIN_MINUTES;
}

function opened(id: string, scope: string, finding: Finding, minute: number): PaymentIncident {
  const { kind, severity, evidence, effect, minorAtRiskPerMinute } = finding;
  const times = { openedMinute: minute, seenMinute: minute, closedMinute: null, closedAs: null };
  return { id, scope, kind, severity, ...times, evidence, effect, minorAtRiskPerMinute, feedback: null };
}

function seen(known: PaymentIncident, finding: Finding, minute: number): PaymentIncident {
  const isStronger = hasEvidence(finding) && finding.effect >= known.effect;
  const { evidence, effect } = isStronger ? finding : known;
  const atRisk = [known.minorAtRiskPerMinute, finding.minorAtRiskPerMinute].filter((each) => each !== null);
  return {
    ...known,
    severity: isStronger ? graver(known.severity, finding.severity) : known.severity,
    seenMinute: Math.max(known.seenMinute, minute),
    closedMinute: null,
    closedAs: null,
    evidence: withScore(evidence, known.evidence['score'], finding.evidence['score']),
    effect,
    minorAtRiskPerMinute: atRisk.length === 0 ? null : Math.max(...atRisk),
  };
}

/** While a thing goes away it is found until enough speaks for its end: by then nothing may speak for it. */
function hasEvidence({ evidence }: Finding): boolean {
  return evidence['nats'] !== 0;
}

/** How unusual it was at the most: a series has a row each few minutes, and looks back on what is over. */
function withScore(
  evidence: Finding['evidence'],
  ...scores: readonly (number | string | undefined)[]
): Finding['evidence'] {
  const told = scores.filter((score) => typeof score === 'number');
  return told.length === 0 ? evidence : { ...evidence, score: Math.max(...told) };
}

/** After the clock was set back nothing is remembered for longer than from now on. */
export function rememberedFrom(book: IncidentBook, minute: number): IncidentBook {
  const until =
    (most: number) =>
    (each: Remembered): Remembered => ({
      ...each,
      untilMinute: Math.min(each.untilMinute, minute + most),
    });
  return {
    ...book,
    falseAlarms: book.falseAlarms.map(until(REMEMBERED_MINUTES)),
    muted: book.muted.map(until(REOPENS_WITHIN_MINUTES)),
  };
}

/** To be called now and then: an incident whose scope says nothing any more is not open for ever. */
export function closeSilent(book: IncidentBook, minute: number): BookStep {
  const silent = book.open.filter((each) => minute - each.seenMinute >= NO_DATA_AFTER_MINUTES);
  return close(book, silent, minute, 'no_data');
}

function close(
  book: IncidentBook,
  ended: readonly PaymentIncident[],
  minute: number,
  closedAs: NonNullable<PaymentIncident['closedAs']>,
): BookStep {
  if (ended.length === 0) return { book, changed: [] };
  const changed = ended.map((each) => ({ ...each, closedMinute: minute, closedAs }));
  const open = book.open.filter((each) => !ended.includes(each));
  return { book: { ...book, open, closed: [...book.closed, ...changed].slice(-CLOSED_MAX) }, changed };
}

/** Saying the same twice changes nothing; a later word replaces an earlier one. */
export function takeFeedback(
  book: IncidentBook,
  id: string,
  feedback: 'false_alarm' | 'confirmed',
  minute: number,
): Feedback {
  const incident = [...book.open, ...book.closed].find((each) => each.id === id);
  if (incident === undefined) return { book, changed: [], isKnown: false };
  if (incident.feedback === feedback) return { book, changed: [], isKnown: true };
  const told = { ...incident, feedback };
  const isOpen = incident.closedMinute === null;
  const replaced = (each: PaymentIncident): PaymentIncident => (each.id === id ? told : each);
  const noted = { ...book, open: book.open.map(replaced), closed: book.closed.map(replaced) };
  const { scope, kind } = incident;
  if (feedback === 'confirmed') {
    // What is confirmed after all asks for no more than before.
    const place = incident.feedback === null ? -1 : book.falseAlarms.findLastIndex((each) => isOf(each, scope, kind));
    return {
      book: { ...noted, falseAlarms: book.falseAlarms.filter((_, i) => i !== place) },
      changed: [told],
      isKnown: true,
    };
  }
  const falseAlarms = [
    ...book.falseAlarms.filter(({ untilMinute }) => untilMinute > minute),
    { scope, kind, untilMinute: minute + REMEMBERED_MINUTES },
  ];
  const remembered = { ...noted, falseAlarms };
  if (!isOpen) return { book: remembered, changed: [told], isKnown: true };
  return { ...silence(remembered, id, minute), isKnown: true };
}

/** What was found beside a false alarm: it closes and stays away as long as it is found, and counts against nothing. */
export function silence(book: IncidentBook, id: string, minute: number): BookStep {
  const open = book.open.filter((each) => each.id === id);
  const until = minute + REOPENS_WITHIN_MINUTES;
  const muted = [...book.muted, ...open.map(({ scope, kind }) => ({ scope, kind, untilMinute: until }))];
  return close({ ...book, muted }, open, minute, 'false_alarm');
}

function isOf(each: Remembered, scope: string, kind: AnomalyKind): boolean {
  return each.scope === scope && each.kind === kind;
}

/** How many false alarms count against each kind in a scope now: for `DetectionSettings`. */
export function falseAlarmsIn(book: IncidentBook, scope: string, minute: number): Partial<Record<AnomalyKind, number>> {
  const counts: Partial<Record<AnomalyKind, number>> = {};
  for (const each of book.falseAlarms)
    if (each.scope === scope && each.untilMinute > minute) counts[each.kind] = (counts[each.kind] ?? 0) + 1;
  return counts;
}

/** Of the incidents that people judged; `null` where nobody did. */
export function measuredPrecision({ open, closed }: IncidentBook): number | null {
  const judged = [...open, ...closed].filter(({ feedback }) => feedback !== null);
  return judged.length === 0 ? null : judged.filter(({ feedback }) => feedback === 'confirmed').length / judged.length;
}
