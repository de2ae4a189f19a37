// One attempt of unknown outcome through its life: it begins when nobody can say, and ends with a final, a void or a refund; never by a deadline. Rules: SPEC.md [UNK].
// This is the state of the money; what the breaker makes of the same timeout is told by the attempt ledger [LED].
import type { ApiResult, CanonicalResult, RecordOutcome } from '../results/canonical-result.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import { ledgerAttemptOf, type ToldResult } from '../retries/told-attempt.ts';
import type { LedgerAttempt } from '../retries/attempt-reading.ts';
import { type AttemptTelling, NOTHING_TOLD } from './attempt-telling.ts';

/** As long as the ledgers remember: until then a void or a refund finds its way there. */
export const SETTLED_KEPT_MS = 31 * 86_400_000;

/** Plain JSON. */
export interface UnknownAttempt {
  readonly transactionId: string;
  readonly alias: string | null;
  readonly paymentId: string | null;
  readonly ledgerKey: string | null;
  readonly network: string | null;
  readonly segment: SegmentKey;
  readonly amountMinor: number;
  readonly currency: string;
  /** Arrival on our clock. */
  readonly sinceMs: number;
  /** How it ended, and when that was heard; `null`: nobody knows yet. */
  readonly settled: {
    readonly as: Settling;
    readonly atMs: number;
    /** The final that was told first, where an approval contradicted it. */
    readonly first?: Settling;
  } | null;
}

type Settling = Exclude<ToldResult, 'timeout' | 'not_sent'>;

/** For the ledger that remembers the payment. */
export interface LedgerNote {
  readonly ledgerKey: string;
  readonly attempt: LedgerAttempt;
}

/** What is to be kept of it now (`null`: nothing more than before), and whom it is to be told. */
export interface UnknownStep {
  readonly kept: UnknownAttempt | null;
  readonly note: LedgerNote | null;
}

type Final = Exclude<ApiResult, 'timeout'>;

export interface Heard {
  readonly result: CanonicalResult;
  /** What the attempt ledger made of it. */
  readonly outcome: RecordOutcome['outcome'];
  readonly telling: AttemptTelling | null;
  /** The final that the attempt ledger holds now, the result's own included. */
  readonly final: Final | null;
}

const NOTHING: UnknownStep = { kept: null, note: null };

/** In whatever order results of one attempt come, and however often, the end is the same. */
export function hearResult(held: UnknownAttempt | null, heard: Heard, now: number): UnknownStep {
  const { result } = heard;
  switch (result.result) {
    case 'timeout':
      return hearUnknown(held, heard, now);
    case 'approved':
    case 'declined':
    case 'error':
      return hearFinal(held, heard, result.result, now);
    case 'refunded':
    case 'disputed':
      return NOTHING;
  }
}

export type LateOutcome =
  | { readonly outcome: 'late' }
  | { readonly outcome: 'refused'; readonly reason: 'conflicting_body' };

export interface LateStep extends UnknownStep {
  readonly outcome: LateOutcome;
}

/**
 * A result from beyond the horizon, of which nothing is counted: it settles what is unknown still. A late timeout makes no attempt unknown,
 * for the final that it had may have been forgotten.
 */
export function hearLate(held: UnknownAttempt | null, heard: Heard, now: number): LateStep {
  const { result } = heard.result;
  const isFinal = result === 'approved' || result === 'declined' || result === 'error';
  const known = held?.settled?.first ?? held?.settled?.as ?? heard.final;
  const isConflict = isFinal && isFinalKind(known) && known !== result;
  if (isConflict) return { ...hearIn(held, { ...heard, outcome: 'refused' }, now), outcome: CONFLICT };
  return { ...hearIn(held, { ...heard, outcome: 'recorded' }, now), outcome: { outcome: 'late' } };
}

const CONFLICT: LateOutcome = { outcome: 'refused', reason: 'conflicting_body' };

const isFinalKind = (kind: Settling | null): kind is Final =>
  kind === 'approved' || kind === 'declined' || kind === 'error';

const hearIn = (held: UnknownAttempt | null, heard: Heard, now: number): UnknownStep =>
  held === null ? NOTHING : hearResult(held, heard, now);

function hearUnknown(held: UnknownAttempt | null, heard: Heard, now: number): UnknownStep {
  const { result, outcome, final } = heard;
  if (outcome === 'refused' && held === null) return NOTHING;
  const told = mergedTelling(held ?? newAttempt(result, now), heard.telling);
  if (held !== null && held.settled !== null) return withKey(held, told, heard, held.settled.as);
  return final === null ? { kept: told, note: null } : settled(told, heard, final, now);
}

function hearFinal(held: UnknownAttempt | null, heard: Heard, final: Final, now: number): UnknownStep {
  if (held === null) return NOTHING;
  const told = mergedTelling(held, heard.telling);
  if (held.settled === null) return heard.outcome === 'refused' ? NOTHING : settled(told, heard, final, now);
  // A second final is refused where results are counted; that money moved after all must be known where it is spent.
  const isFailed = held.settled.as === 'declined' || held.settled.as === 'error';
  return final === 'approved' && isFailed
    ? settled(told, heard, final, now)
    : withKey(held, told, heard, held.settled.as);
}

/** The end was there first, and whoever speaks of the attempt now may be the first to say where it is remembered. */
function withKey(held: UnknownAttempt, told: UnknownAttempt, heard: Heard, as: Settling): UnknownStep {
  return { kept: told, note: told.ledgerKey === held.ledgerKey ? null : noteOf(told, heard, as) };
}

export interface Undone {
  /** Every id under which it may be known, the merchant's first. */
  readonly ids: readonly string[];
  readonly as: 'voided' | 'refunded';
  /** `null`: not told, which is taken for all of it. */
  readonly amountMinor: number | null;
  readonly atMs: number;
}

/** A void or a refund settles as well: no money is left to be unsure of. A part that is given back leaves the rest. */
export function hearUndone(held: UnknownAttempt, undone: Undone, processorId: ProcessorId, now: number): UnknownStep {
  if (undone.amountMinor !== null && undone.amountMinor > 0 && undone.amountMinor < held.amountMinor) return NOTHING;
  const settled = { as: undone.as, atMs: held.settled?.atMs ?? now };
  const said = { ...NOTHING_TOLD, declineCode: null, processorId, atMs: undone.atMs };
  return { kept: { ...held, settled }, note: noteSaid(held, said, undone.as) };
}

function newAttempt(result: CanonicalResult, now: number): UnknownAttempt {
  const { transactionId, segment, amountMinor, currency } = result;
  const told = { alias: null, paymentId: null, ledgerKey: null, network: null };
  return { transactionId, ...told, segment, amountMinor, currency, sinceMs: now, settled: null };
}

/** What was told first stays: another payment's name cannot be put on it later. */
function mergedTelling(held: UnknownAttempt, telling: AttemptTelling | null): UnknownAttempt {
  if (telling === null) return held;
  return {
    ...held,
    alias: held.alias ?? telling.alias,
    paymentId: held.paymentId ?? telling.paymentId,
    ledgerKey: keyOf(held.ledgerKey, telling.ledgerKey),
    network: held.network ?? telling.network,
  };
}

/** A credential's own ledger goes before one of the payment alone. */
function keyOf(held: string | null, told: string | null): string | null {
  if (held === null || told === null) return held ?? told;
  return held.startsWith('payment ') && !told.startsWith('payment ') ? told : held;
}

function settled(told: UnknownAttempt, heard: Heard, final: Settling, now: number): UnknownStep {
  return {
    kept: { ...told, settled: settledAs(told, final, now) },
    note: noteOf(told, heard, final),
  };
}

function settledAs({ settled: before }: UnknownAttempt, as: Settling, now: number): UnknownAttempt['settled'] {
  if (before === null) return { as, atMs: now };
  return { as, atMs: before.atMs, first: before.first ?? before.as };
}

interface Said extends Pick<AttemptTelling, 'networkDeclineCode' | 'adviceCode' | 'family'> {
  readonly declineCode: string | null;
  readonly processorId: ProcessorId;
  readonly atMs: number;
}

function noteOf(told: UnknownAttempt, { result, telling }: Heard, as: Settling): LedgerNote | null {
  const { processorId, eventTimeMs } = result;
  if (telling?.detailsSigned === false) {
    const said = { ...NOTHING_TOLD, declineCode: null, processorId, atMs: told.sinceMs };
    return noteSaid(told, said, as);
  }
  // The words of a final belong to it alone.
  const declineCode = result.result === as ? result.declineCode : null;
  return noteSaid(told, { ...(telling ?? NOTHING_TOLD), declineCode, processorId, atMs: Math.floor(eventTimeMs) }, as);
}

function noteSaid(told: UnknownAttempt, said: Said, as: Settling): LedgerNote | null {
  const { ledgerKey, transactionId, paymentId, network, amountMinor, currency } = told;
  if (ledgerKey === null) return null;
  const { processorId, declineCode, networkDeclineCode, adviceCode, family, atMs } = said;
  const codes = { declineCode, networkDeclineCode, adviceCode, network, family };
  const its = { processorId, transactionId, paymentId, amountMinor, currency };
  return { ledgerKey, attempt: ledgerAttemptOf({ ...codes, ...its, result: as, atMs }) };
}
