// One attempt of unknown outcome through its life: it begins when nobody can say, and ends with a final, a void or a refund; never by a deadline. Rules: SPEC.md [UNK].
// This is the state of the money; what the breaker makes of the same timeout is told by the attempt ledger [LED].
import type { ApiResult, CanonicalResult, RecordOutcome } from '../results/canonical-result.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import { ledgerAttemptOf, type ToldResult } from '../retries/told-attempt.ts';
import type { LedgerAttempt } from '../retries/attempt-reading.ts';
import { type AttemptTelling, ledgerKeysOf, NOTHING_TOLD } from './attempt-telling.ts';

/** As long as the ledgers remember: until then a void or a refund finds its way there. */
export const SETTLED_KEPT_MS = 31 * 86_400_000;

/** Plain JSON. */
export interface UnknownAttempt {
  readonly transactionId: string;
  readonly alias: string | null;
  readonly paymentId: string | null;
  readonly fingerprint: string | null;
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
    /** By whoever asked what to do next, and by nobody else yet: he may take it back. */
    readonly isOwnWord?: true;
    /** The processor itself has told it: nobody takes that back. */
    readonly isItsWord?: true;
  } | null;
  /** That it failed was told and taken back: the attempt ledger holds that end still, and refuses every other. */
  readonly isReopened?: true;
}

type Settling = Exclude<ToldResult, 'timeout'>;

/** For the ledgers that remember the credential and the payment. */
export interface LedgerNote {
  readonly ledgerKeys: readonly string[];
  readonly attempt: LedgerAttempt;
}

/** What is to be kept of it now (`null`: nothing more than before), and whom it is to be told. */
export interface UnknownStep {
  readonly kept: UnknownAttempt | null;
  readonly note: LedgerNote | null;
}

export type Final = Exclude<ApiResult, 'timeout'>;

export interface Heard {
  readonly result: CanonicalResult;
  /** What the attempt ledger made of it. */
  readonly outcome: RecordOutcome['outcome'];
  readonly telling: AttemptTelling | null;
  /** The final that the attempt ledger holds now, the result's own included. */
  readonly final: Final | null;
}

const NOTHING: UnknownStep = { kept: null, note: null };

/** Of others nothing is kept: most attempts are approved or declined, and that is the end of them. */
export function beginsToBeKept({ result, outcome, telling }: Omit<Heard, 'final'>): boolean {
  const ofPayment = (telling?.paymentId ?? null) !== null;
  switch (result.result) {
    case 'timeout':
      return true;
    case 'approved':
      // One that contradicts, or that followed another which may be approved, too: whichever is given back is to be told to their payment.
      return outcome === 'refused' || (ofPayment && result.attempt > 1);
    case 'error':
      // Nothing was charged, it says: of an approval that comes after all its payment is to hear. One that contradicts may itself be wrong.
      return outcome === 'refused' || ofPayment;
    case 'declined':
      return outcome === 'refused';
    case 'refunded':
    case 'disputed':
      return false;
  }
}

/** A final of an attempt of which nothing is kept yet. */
function firstFinal(heard: Heard, final: Final, now: number): UnknownStep {
  if (!beginsToBeKept(heard)) return NOTHING;
  const told = mergedTelling(newAttempt(heard.result, now), heard.telling);
  if (heard.outcome !== 'refused') return settled(told, heard, final, now);
  // Of two that contradict each other an approval is the one to be afraid of, whichever came first.
  const isPaid = final === 'approved' || heard.final === 'approved';
  return isPaid ? settled(told, heard, 'approved', now) : NOTHING;
}

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
  const settledBefore = held?.settled?.isOwnWord === true ? null : held?.settled;
  const known = settledBefore?.first ?? settledBefore?.as ?? heard.final;
  const isConflict = isFinal && isFinalKind(known) && known !== result;
  if (isConflict) return { ...hearIn(held, { ...heard, outcome: 'refused' }, now), outcome: CONFLICT };
  return { ...hearIn(held, { ...heard, outcome: 'recorded' }, now), outcome: { outcome: 'late' } };
}

const CONFLICT: LateOutcome = { outcome: 'refused', reason: 'conflicting_body' };

const isFinalKind = (kind: Settling | null): kind is Final =>
  kind === 'approved' || kind === 'declined' || kind === 'error';

const hearIn = (held: UnknownAttempt | null, heard: Heard, now: number): UnknownStep =>
  held === null ? NOTHING : hearResult(held, heard, now);

/** What the caller of an attempt says of its end while he asks for another. */
export interface OwnWord extends Pick<CanonicalResult, 'segment' | 'amountMinor' | 'currency'> {
  readonly transactionId: string;
  /** `timeout`: he cannot say. `promised`: it is to come. */
  readonly as: 'declined' | 'error' | 'not_sent' | 'timeout' | 'promised';
  readonly atMs: number;
  readonly telling: AttemptTelling | null;
}

/**
 * An attempt that is to be followed by another is kept, whether it ever was unknown or not: an approval that comes after all must be heard of where
 * its payment is remembered. `final`: the one that the attempt ledger holds.
 */
export function hearOwnWord(
  held: UnknownAttempt | null,
  word: OwnWord,
  final: Final | null,
  { processorId, now }: { readonly processorId: ProcessorId; readonly now: number },
): UnknownStep {
  const { as, telling, atMs } = word;
  if (as === 'promised') return hearPromised(held, word, final, { processorId, now });
  const told = mergedTelling(held ?? newAttempt(word, now), telling);
  const said = { ...(telling ?? NOTHING_TOLD), declineCode: null, processorId, atMs };
  const end = held?.settled ?? null;
  const isTakenBack = as === 'timeout' && end !== null && canBeTakenBack(end);
  if (held !== null && end !== null && !isTakenBack)
    return { kept: told, note: noteSaid(told, said, end.as, newKeys(held, told)) };
  if (as === 'timeout' && (final === null || final === 'error'))
    return { kept: { ...told, ...OPEN, ...(isTakenBack && REOPENED) }, note: null };
  if (final !== null) return { kept: { ...told, settled: { as: final, atMs: now } }, note: null };
  const kept = { ...told, settled: { as: as as Settling, atMs: now, isOwnWord: true as const } };
  // Of one that nobody knew to be unknown the ledgers are told by whoever asks.
  return { kept, note: held === null ? null : noteSaid(told, said, as as Settling) };
}

const OPEN = { settled: null } as const;
const REOPENED = { isReopened: true } as const;

/** A failure that may have been the caller's own word. What an issuer has said, and what the processor itself tells, stays. */
const canBeTakenBack = ({ as, isOwnWord, isItsWord }: NonNullable<UnknownAttempt['settled']>): boolean =>
  isItsWord !== true && (as === 'error' || (as === 'not_sent' && isOwnWord === true));

/** One that is to come under this id: whatever was heard of it before goes to the payment that it is promised to, and so does what comes. */
function hearPromised(
  held: UnknownAttempt | null,
  word: OwnWord,
  final: Final | null,
  { processorId, now }: { readonly processorId: ProcessorId; readonly now: number },
): UnknownStep {
  // One that was promised to another payment and never heard of is this one's now.
  const isUnheard = held?.settled?.as === 'not_sent' && held.settled.isOwnWord === true;
  const before = held === null || isUnheard ? newAttempt(word, now) : held;
  const told = mergedTelling(before, word.telling);
  const said = { ...(word.telling ?? NOTHING_TOLD), declineCode: null, processorId, atMs: word.atMs };
  const end = isUnheard ? null : (before.settled?.as ?? final);
  if (end !== null)
    return { kept: { ...told, settled: before.settled ?? { as: end, atMs: now } }, note: noteSaid(told, said, end) };
  if (held !== null && !isUnheard) return { kept: told, note: noteSaid(told, said, 'timeout') };
  return { kept: { ...told, settled: { as: 'not_sent', atMs: now, isOwnWord: true } }, note: null };
}

/** What its processor knows of an attempt whose caller asks what to do next. Plain JSON. */
export interface Watched {
  readonly isApproved: boolean;
  /** Whose it is, by whoever told. */
  readonly fingerprint: string | null;
  readonly paymentId: string | null;
}

export function watched(kept: UnknownAttempt | null, final: Final | null): Watched {
  const isApproved = final === 'approved' || kept?.settled?.as === 'approved';
  return { isApproved, fingerprint: kept?.fingerprint ?? null, paymentId: kept?.paymentId ?? null };
}

function hearUnknown(held: UnknownAttempt | null, heard: Heard, now: number): UnknownStep {
  const { result, outcome, final } = heard;
  if (outcome === 'refused' && held === null) return NOTHING;
  const told = mergedTelling(held ?? newAttempt(result, now), heard.telling);
  const isAsked = heard.telling?.isAsked === true;
  const end = held?.settled ?? null;
  const isUnheard = end?.isOwnWord === true && end.as !== 'declined';
  const isTakenBack = isUnheard || (isAsked && end !== null && canBeTakenBack(end));
  if (held !== null && end !== null && !isTakenBack) return withNewKeys(held, told, heard, end.as);
  const isReopened = held?.isReopened === true || (isAsked && final === 'error');
  if (final !== null && !(isReopened && final === 'error')) return settled(told, heard, final, now);
  const kept = { ...told, ...OPEN, sinceMs: end === null ? told.sinceMs : now, ...(isReopened && REOPENED) };
  // Whoever asks tells the ledgers himself; whoever reports it may not know whose it is.
  const isNews = !isAsked && (held === null || end !== null || newKeys(held, told).length > 0);
  return { kept, note: isNews && knowsMore(told, heard.telling) ? noteOf(told, heard, 'timeout') : null };
}

/** By what was told before: whose it is. */
const knowsMore = (told: UnknownAttempt, telling: AttemptTelling | null): boolean =>
  ledgerKeysOf(told).length > ledgerKeysOf(telling ?? NOTHING_TOLD).length;

function hearFinal(held: UnknownAttempt | null, heard: Heard, final: Final, now: number): UnknownStep {
  if (held === null) return firstFinal(heard, final, now);
  const told = mergedTelling(held, heard.telling);
  const isOpen = held.settled === null || held.settled.isOwnWord === true;
  if (isOpen && isHeardOf(held, heard, final)) return settled(told, heard, final, now);
  if (held.settled === null) return { kept: told, note: null };
  // A second final is refused where results are counted; that money moved after all must be known where it is spent.
  return final === 'approved' && FAILED.has(held.settled.as)
    ? settled(told, heard, final, now)
    : withNewKeys(held, told, heard, held.settled.as);
}

/** Of one whose failure was taken back the same failure, reported once more, is no news; a refused final is one there, and an approval always. */
function isHeardOf(held: UnknownAttempt, heard: Heard, final: Final): boolean {
  if (final === 'approved') return true;
  if (held.isReopened !== true) return heard.outcome !== 'refused';
  return final !== 'error' || heard.outcome === 'recorded' || isItsWord(heard);
}

/** By webhook or stream: whoever reports by the API, or asks, is its caller. */
const isItsWord = ({ result, telling }: Pick<Heard, 'result' | 'telling'>): boolean =>
  result.comparedBy === 'result' && telling?.isAsked !== true;

const FAILED: ReadonlySet<Settling> = new Set(['declined', 'error', 'not_sent']);

/** The end was there first, and whoever speaks of the attempt now may be the first to say where it is remembered. */
function withNewKeys(held: UnknownAttempt, told: UnknownAttempt, heard: Heard, as: Settling): UnknownStep {
  return { kept: told, note: noteOf(told, heard, as, newKeys(held, told)) };
}

function newKeys(held: UnknownAttempt, told: UnknownAttempt): readonly string[] {
  const known = ledgerKeysOf(held);
  return ledgerKeysOf(told).filter((key) => !known.includes(key));
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

function newAttempt(
  of: Pick<CanonicalResult, 'segment' | 'amountMinor' | 'currency'> & { readonly transactionId: string },
  now: number,
): UnknownAttempt {
  const { transactionId, segment, amountMinor, currency } = of;
  const told = { alias: null, paymentId: null, fingerprint: null, network: null };
  return { transactionId, ...told, segment, amountMinor, currency, sinceMs: now, settled: null };
}

/** What was told first stays: another payment's name cannot be put on it later. */
function mergedTelling(held: UnknownAttempt, telling: AttemptTelling | null): UnknownAttempt {
  if (telling === null) return held;
  return {
    ...held,
    alias: held.alias ?? telling.alias,
    paymentId: held.paymentId ?? telling.paymentId,
    fingerprint: held.fingerprint ?? telling.fingerprint,
    network: held.network ?? telling.network,
  };
}

function settled(told: UnknownAttempt, heard: Heard, final: Settling, now: number): UnknownStep {
  return {
    kept: { ...told, settled: { ...settledAs(told, final, now), ...(isItsWord(heard) && ITS_WORD) } },
    note: noteOf(told, heard, final),
  };
}

const ITS_WORD = { isItsWord: true } as const;

function settledAs(
  { settled: before }: UnknownAttempt,
  as: Settling,
  now: number,
): NonNullable<UnknownAttempt['settled']> {
  if (before === null || before.isOwnWord === true) return { as, atMs: now };
  return { as, atMs: before.atMs, first: before.first ?? before.as };
}

interface Said extends Pick<AttemptTelling, 'networkDeclineCode' | 'adviceCode' | 'family'> {
  readonly declineCode: string | null;
  readonly processorId: ProcessorId;
  readonly atMs: number;
}

function noteOf(
  told: UnknownAttempt,
  { result, telling }: Heard,
  as: ToldResult,
  ledgerKeys: readonly string[] = ledgerKeysOf(told),
): LedgerNote | null {
  const { processorId, eventTimeMs } = result;
  if (telling?.detailsSigned === false) {
    const said = { ...NOTHING_TOLD, declineCode: null, processorId, atMs: told.sinceMs };
    return noteSaid(told, said, as, ledgerKeys);
  }
  // The words of a final belong to it alone.
  const declineCode = result.result === as ? result.declineCode : null;
  const said = { ...(telling ?? NOTHING_TOLD), declineCode, processorId, atMs: Math.floor(eventTimeMs) };
  return noteSaid(told, said, as, ledgerKeys);
}

function noteSaid(
  told: UnknownAttempt,
  said: Said,
  as: ToldResult,
  ledgerKeys: readonly string[] = ledgerKeysOf(told),
): LedgerNote | null {
  if (ledgerKeys.length === 0) return null;
  const { transactionId, paymentId, network, amountMinor, currency } = told;
  const { processorId, declineCode, networkDeclineCode, adviceCode, family, atMs } = said;
  const codes = { declineCode, networkDeclineCode, adviceCode, network, family };
  const its = { processorId, transactionId, paymentId, amountMinor, currency };
  return { ledgerKeys, attempt: ledgerAttemptOf({ ...codes, ...its, result: as, atMs }) };
}
