// Which changes people are told of: one alert per real change, at its widest scope, from breaker trips and detectors only.
import { asProcessorId, type ProcessorId, type SegmentKey } from '../identity.ts';
import type { Status } from './window-summary.ts';
import { RESIDUAL } from '../segment.ts';

export interface Alert {
  /** `alt_...` */
  readonly id: string;
  /** `*` when all processors that serve the segment share it (issuer-wide). */
  readonly processorId: ProcessorId | '*';
  /** RESIDUAL (`*`) when it is the whole processor. */
  readonly segment: SegmentKey;
  readonly kind:
    | 'breaker'
    | 'technical'
    | 'approval'
    | 'approval_collapse'
    | 'silent'
    | 'source_silent'
    | 'unknown_overdue'
    | 'double_charge_risk'
    | 'dead_letters'
    | 'stream_stalled';
  /** What it is about where that is no processor: the payment that may be charged twice, the source whose dead letters grow or whose stream is not read. */
  readonly subject?: string;
  readonly fromStatus: Status;
  readonly toStatus: Status;
  readonly openedAtMs: number;
  readonly updatedAtMs: number;
  readonly closedAtMs: number | null;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, number | string>>;
  /** Approvals lost an hour times the mean amount at the segment's present volume, per currency in minor units. */
  readonly moneyAtRisk: { readonly minorPerHour: number; readonly currency: string } | null;
}

/** What a processor's object or a board saw begin or end; the book turns signals into alerts. */
export interface AlertSignal {
  readonly processorId: ProcessorId;
  readonly epoch: number;
  readonly scope: SegmentKey;
  readonly kind: Alert['kind'];
  readonly subject?: string;
  /** `off` only after the breaker has been CLOSED and the detector quiet for 60 s and 50 results. */
  readonly state: 'on' | 'off';
  readonly atMs: number;
  readonly fromStatus: Status;
  readonly toStatus: Status;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, number | string>>;
  readonly moneyAtRisk: Alert['moneyAtRisk'];
}

/** One signal that is on, under the alert that holds it. */
interface Member {
  readonly processorId: ProcessorId;
  readonly epoch: number;
  readonly scope: SegmentKey;
  readonly kind: Alert['kind'];
  readonly subject?: string;
  readonly atMs: number;
  readonly toStatus: Status;
  readonly moneyAtRisk: Alert['moneyAtRisk'];
}

interface OpenAlert {
  readonly alert: Alert;
  readonly members: readonly Member[];
}

/** Plain JSON. */
export interface AlertBook {
  readonly format: 1;
  readonly open: readonly OpenAlert[];
  /** In the order of closing, at most 1,000. */
  readonly closed: readonly Alert[];
  /** Time of the last signal per processor, scope and kind: a signal delivered twice, or late, changes nothing. */
  readonly heard: readonly (readonly [key: string, atMs: number])[];
}

export interface BookStep {
  readonly book: AlertBook;
  /** Alerts that opened, changed or closed, as they are now. */
  readonly changed: readonly Alert[];
}

export const EMPTY_ALERT_BOOK: AlertBook = { format: 1, open: [], closed: [], heard: [] };

const CLOSED_MAX = 1_000;
const HEARD_MAX = 1_000;
/** Processors whose approvals fall in one segment within this time share a cause: the issuer. */
const ISSUER_WIDE_MS = 600_000;
/** What begins anew this soon after its alert closed never ended. */
const REOPENS_WITHIN_MS = 60_000;
const QUIET_MIN_MS = 60_000;
const QUIET_RESULTS_MIN = 50;

const FAMILIES = {
  silent: 'technical',
  technical: 'technical',
  breaker: 'technical',
  approval: 'approval',
  approval_collapse: 'approval',
  source_silent: 'source',
  unknown_overdue: 'unknown',
  double_charge_risk: 'double_charge',
  dead_letters: 'dead_letters',
  stream_stalled: 'stream',
} as const satisfies Record<Alert['kind'], string>;
/** Within a family an alert takes the gravest kind it has met. */
const GRAVITY: Readonly<Record<Alert['kind'], number>> = {
  silent: 0,
  technical: 1,
  breaker: 2,
  approval: 0,
  approval_collapse: 1,
  source_silent: 0,
  unknown_overdue: 0,
  double_charge_risk: 0,
  dead_letters: 0,
  stream_stalled: 0,
};
const STATUS_GRAVITY: Readonly<Record<Status, number>> = { HEALTHY: 0, DEGRADED: 1, DOWN: 2 };

/** Takes one signal; `newId` is used if a new alert opens. */
export function applySignal(book: AlertBook, received: AlertSignal, now: number, newId: string): BookStep {
  const signal = isOfEveryone(received.kind) ? ofEveryone(received) : received;
  const { processorId, epoch, scope, kind, subject } = signal;
  const key = [processorId, epoch, scope, kind, ...(subject === undefined ? [] : [subject])].join(' ');
  const lastAt = book.heard.find(([known]) => known === key)?.[1] ?? -Infinity;
  if (signal.atMs <= lastAt || isOfFormerEpoch(book, signal)) return { book, changed: [] };
  const heard = [...book.heard.filter(([known]) => known !== key), [key, signal.atMs] as const].slice(-HEARD_MAX);
  const listened = { ...book, heard };
  return signal.state === 'on'
    ? begin(listened, signal, now, newId)
    : end(listened, (member) => isSameSource(member, signal), now);
}

/** A processor was deleted: what was on for it up to this epoch is off. */
export function closeDeleted(book: AlertBook, processorId: ProcessorId, epoch: number, now: number): BookStep {
  return end(book, (member) => member.processorId === processorId && member.epoch <= epoch, now);
}

/** What no processor's end ends: sources, their dead letters and streams, and a payment that may be charged twice. */
export function isOfEveryone(kind: Alert['kind']): boolean {
  return (
    kind === 'source_silent' || kind === 'dead_letters' || kind === 'stream_stalled' || kind === 'double_charge_risk'
  );
}

/** Whichever name the sender put on it, `on` and `off` are of one thing. */
function ofEveryone(signal: AlertSignal): AlertSignal {
  return { ...signal, processorId: asProcessorId('*'), epoch: 0, scope: RESIDUAL };
}

/** Whether the sender of an `on` may say `off`: breaker CLOSED and detector quiet for 60 s and 50 results. */
export function shouldSendOff(
  evidence: {
    /** `null`: nothing is on. */
    readonly onSince: number | null;
    /** Since when the detector has been quiet with the breaker CLOSED; `null`: it is not. */
    readonly quietSince: number | null;
    readonly resultsSinceQuiet: number;
    readonly breakerClosed: boolean;
  },
  now: number,
): boolean {
  const { onSince, quietSince, resultsSinceQuiet, breakerClosed } = evidence;
  if (onSince === null || quietSince === null || !breakerClosed) return false;
  return now - quietSince >= QUIET_MIN_MS && resultsSinceQuiet >= QUIET_RESULTS_MIN;
}

function begin(book: AlertBook, signal: AlertSignal, now: number, newId: string): BookStep {
  const related = book.open.filter((open) => absorbs(open, signal));
  const reopened = related.length > 0 ? null : (book.closed.findLast((alert) => reopens(alert, signal, now)) ?? null);
  const first = related[0] ?? {
    alert: reopened === null ? newAlert(signal, newId) : { ...reopened, closedAtMs: null },
    members: [],
  };
  // A signal that touches two alerts shows that they were one change: the older one goes on for both.
  const merged = related.slice(1);
  const held = [first, ...merged].flatMap(({ members }) => members).filter((member) => !isSameSource(member, signal));
  const { processorId, epoch, scope, kind, atMs, toStatus, moneyAtRisk } = signal;
  const members = [...held, { processorId, epoch, scope, kind, ...subjectOf(signal), atMs, toStatus, moneyAtRisk }];
  const widened: OpenAlert = {
    alert: widen([first.alert, ...merged.map(({ alert }) => alert)], members, signal, now),
    members,
  };
  const ended = merged.map(({ alert }) => ({
    ...alert,
    updatedAtMs: now,
    closedAtMs: now,
    reason: `Part of ${first.alert.id}`,
  }));
  const open = [...book.open.filter((other) => !related.includes(other)), widened];
  const closed = [...book.closed.filter((alert) => alert !== reopened), ...ended].slice(-CLOSED_MAX);
  return { book: { ...book, open, closed }, changed: [widened.alert, ...ended] };
}

function end(book: AlertBook, isOff: (member: Member) => boolean, now: number): BookStep {
  const open: OpenAlert[] = [];
  const ended: Alert[] = [];
  for (const held of book.open) {
    const members = held.members.filter((member) => !isOff(member));
    if (members.length > 0) open.push(members.length === held.members.length ? held : { ...held, members });
    else ended.push({ ...held.alert, updatedAtMs: now, closedAtMs: now });
  }
  return { book: { ...book, open, closed: [...book.closed, ...ended].slice(-CLOSED_MAX) }, changed: ended };
}

function absorbs({ alert, members }: OpenAlert, signal: AlertSignal): boolean {
  const family = FAMILIES[signal.kind];
  if (FAMILIES[alert.kind] !== family || alert.subject !== signal.subject) return false;
  if (members.some(({ processorId }) => processorId === signal.processorId)) return true;
  if (family !== 'approval') return false;
  if (alert.processorId === '*' && (alert.segment === RESIDUAL || alert.segment === signal.scope)) return true;
  return members.some(({ scope, atMs }) => scope === signal.scope && Math.abs(signal.atMs - atMs) <= ISSUER_WIDE_MS);
}

function reopens(alert: Alert, signal: AlertSignal, now: number): boolean {
  if (alert.closedAtMs === null || now - alert.closedAtMs >= REOPENS_WITHIN_MS) return false;
  if (FAMILIES[alert.kind] !== FAMILIES[signal.kind] || alert.subject !== signal.subject) return false;
  if (alert.processorId === signal.processorId) return true;
  return alert.processorId === '*' && (alert.segment === RESIDUAL || alert.segment === signal.scope);
}

function newAlert(signal: AlertSignal, id: string): Alert {
  return {
    id,
    processorId: signal.processorId,
    segment: signal.scope,
    kind: signal.kind,
    ...subjectOf(signal),
    fromStatus: signal.fromStatus,
    toStatus: signal.toStatus,
    openedAtMs: signal.atMs,
    updatedAtMs: signal.atMs,
    closedAtMs: null,
    reason: signal.reason,
    evidence: signal.evidence,
    moneyAtRisk: signal.moneyAtRisk,
  };
}

/** An alert never narrows while it is open: it tells how far the change has reached, not where it still is. */
function widen(
  parts: readonly [Alert, ...Alert[]],
  members: readonly Member[],
  signal: AlertSignal,
  now: number,
): Alert {
  const [alert] = parts;
  const processorId = parts.some((part) => part.processorId !== signal.processorId) ? '*' : alert.processorId;
  const segment = parts.some((part) => part.segment !== signal.scope) ? RESIDUAL : alert.segment;
  const kind = gravest([...parts.map((part) => part.kind), signal.kind], GRAVITY);
  const processors = new Set(members.map((member) => member.processorId)).size;
  return {
    ...alert,
    processorId,
    segment,
    kind,
    toStatus: gravest(
      members.map((member) => member.toStatus),
      STATUS_GRAVITY,
    ),
    updatedAtMs: Math.max(alert.updatedAtMs, Math.min(now, signal.atMs)),
    reason:
      FAMILIES[kind] === 'approval' && processorId === '*'
        ? `Several processors at once (issuer-wide): ${signal.reason}`
        : signal.reason,
    evidence:
      members.length === 1
        ? signal.evidence
        : { ...signal.evidence, processors, scopes: new Set(members.map(scopeKey)).size },
    moneyAtRisk: sumAtRisk(members),
  };
}

/** Each scope once, however many kinds of signal speak of it; of several currencies only the first, since minor units of two do not add. */
function sumAtRisk(members: readonly Member[]): Alert['moneyAtRisk'] {
  const currency = members.find((member) => member.moneyAtRisk !== null)?.moneyAtRisk?.currency;
  if (currency === undefined) return null;
  const byScope = new Map<string, number>();
  for (const member of members) {
    if (member.moneyAtRisk?.currency !== currency) continue;
    byScope.set(scopeKey(member), Math.max(byScope.get(scopeKey(member)) ?? 0, member.moneyAtRisk.minorPerHour));
  }
  return { minorPerHour: [...byScope.values()].reduce((sum, part) => sum + part, 0), currency };
}

function scopeKey({ processorId, scope }: Pick<Member, 'processorId' | 'scope'>): string {
  return `${processorId} ${scope}`;
}

function gravest<Word extends string>(words: readonly Word[], gravity: Readonly<Record<Word, number>>): Word {
  return words.reduce((worst, word) => (gravity[word] > gravity[worst] ? word : worst));
}

/** Not there, rather than undefined: what is stored is compared as it is read. */
const subjectOf = ({ subject }: AlertSignal): { subject?: string } => (subject === undefined ? {} : { subject });

function isSameSource(member: Member, signal: AlertSignal): boolean {
  return (
    member.processorId === signal.processorId &&
    member.epoch === signal.epoch &&
    member.scope === signal.scope &&
    member.kind === signal.kind &&
    member.subject === signal.subject
  );
}

/** A namesake's late words: the processor was deleted and registered anew since. */
function isOfFormerEpoch(book: AlertBook, signal: AlertSignal): boolean {
  return book.open.some(({ members }) =>
    members.some(({ processorId, epoch }) => processorId === signal.processorId && epoch > signal.epoch),
  );
}
