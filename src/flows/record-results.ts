// Turns what callers report into canonical results, hands them to their processors' objects, and says what became of each.
import type { ApiResult, CanonicalResult } from '../domain/results/canonical-result.ts';
import { asProcessorId, asTransactionId } from '../domain/identity.ts';
import { asItCounts } from '../domain/results/unanswered-error.ts';
import { faultOf } from '../domain/results/fault.ts';
import { ledgerKeysOf, tellingOf } from '../domain/unknowns/attempt-telling.ts';
import { ledgerAttemptOf } from '../domain/retries/told-attempt.ts';
import type { LedgerAttempt } from '../domain/retries/attempt-reading.ts';
import { type Initiator, withDetails } from '../domain/history/attempt-details.ts';
import { keepDetails, NO_HASHES } from './keep-details.ts';
import { type Addressed, type HandedOver, handOver, joinDecision, type Joining, processorsFor } from './hand-over.ts';
import { nonceText } from './recommend-route.ts';
import { isKnownCurrency, toMinor } from '../domain/results/money.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import { readTimestamp, type TimestampReading } from '../domain/results/event-time.ts';
import { segmentKey } from '../domain/segment.ts';
import type { SegmentKey } from '../domain/identity.ts';
import type { StatusRow } from '../domain/health/status-row.ts';
import { teachingOf } from '../domain/results/card-state-decline.ts';
import type { World } from '../ports/world.ts';

/** One item as validated in shape by HTTP; meaning (known processor, method, currency, time) is checked here. */
export interface IncomingResult {
  readonly processorId: string;
  readonly result: ApiResult;
  readonly paymentMethod: string;
  readonly country: string;
  /** Exactly one of the two; `amount` as the decimal text of major units. */
  readonly amount: string | null;
  readonly amountMinor: number | null;
  readonly currency: string;
  /** `null`: derived from the idempotency key and the item's position, else random. */
  readonly transactionId: string | null;
  readonly decisionId: string | null;
  readonly declineCode: string | null;
  readonly latencyMs: number | null;
  /** Fee in major units as decimal text. */
  readonly fee: string | null;
  /** RFC 3339 with zone. */
  readonly timestamp: string | null;
  readonly attempt: number;
  readonly network: string | null;
  /** The network's code beside the processor's word, and a merchant advice code. */
  readonly networkDeclineCode: string | null;
  readonly adviceCode: string | null;
  /** Whose words the codes are, e.g. `adyen`; `null`: not told. */
  readonly family: string | null;
  /** Of the card's issuer; some codes mean something else in its network's region. */
  readonly issuerCountry: string | null;
  readonly paymentId: string | null;
  readonly credentialFingerprint: string | null;
  readonly customerRef: string | null;
  readonly bin: string | null;
  readonly initiator: Initiator | null;
  readonly threeDs: boolean | null;
  /** Its place in the caller's list, 0 for a single one: bad neighbours that were refused before keep theirs. */
  readonly position: number;
}

export type ItemRefusal =
  | { readonly reason: 'unknown_processor'; readonly field: 'processor_id' }
  | { readonly reason: 'unknown_payment_method'; readonly field: 'payment_method' }
  | { readonly reason: 'unknown_country'; readonly field: 'country' }
  | { readonly reason: 'unknown_currency'; readonly field: 'currency' }
  | { readonly reason: 'bad_amount'; readonly field: 'amount' | 'amount_minor' | 'fee'; readonly detail: string }
  | { readonly reason: 'bad_timestamp'; readonly field: 'timestamp'; readonly detail: string }
  | { readonly reason: 'conflicting_body'; readonly field: 'transaction_id' };

export type ItemAnswer =
  | {
      readonly outcome: 'recorded' | 'duplicate';
      readonly transactionId: string;
      /** Of its segment; several items are answered without. */
      readonly row: StatusRow | null;
      readonly warnings: readonly (
        | 'decision_id_invalid'
        | 'decision_id_expired'
        | 'off_recommendation'
        | 'card_number_hashed'
      )[];
    }
  | { readonly outcome: 'refused'; readonly refusal: ItemRefusal }
  /** A good item that could not be kept: try again, nothing was counted. */
  | { readonly outcome: 'not_recorded'; readonly reason: 'overloaded' | 'unreachable' };

/** Answers in the order of the items; `null` on a cold isolate that knows no configuration: 503. */
export type RecordResults = (
  world: World,
  items: readonly IncomingResult[],
  idempotencyKey: string | null,
) => Promise<readonly ItemAnswer[] | null>;

type Warning = Extract<ItemAnswer, { outcome: 'recorded' | 'duplicate' }>['warnings'][number];
type Read = Addressed & { readonly warnings: readonly Warning[]; readonly noted: Noted | null };

/** What the ledgers of its credential and its payment are told of a result. */
interface Noted {
  readonly ledgerKeys: readonly string[];
  readonly attempt: LedgerAttempt;
}

export const recordResults: RecordResults = async (world, items, idempotencyKey) => {
  const now = world.now();
  const processors = await processorsFor(
    world,
    items.map(({ processorId }) => processorId),
    now,
  );
  if (processors === null) return null;
  const reading = items.map((item) => readItem(world, processors.get(item.processorId), { item, idempotencyKey, now }));
  const read = reading.some((each) => each instanceof Promise)
    ? await Promise.all(reading.map(async (each) => await each))
    : (reading as readonly (Read | ItemRefusal)[]);
  const answers = await handOverRead(world, read);
  const noted = read.flatMap((item, index) =>
    'reason' in item || item.noted === null || !isNoted(item.noted, answers[index]) ? [] : [item.noted],
  );
  noteAttempts(world, noted, processors);
  return answers;
};

/** An approval that contradicts a failure is refused where results are counted; where money is spent it must be known all the same. */
function isNoted({ attempt }: Noted, answer: ItemAnswer | undefined): boolean {
  if (answer?.outcome === 'refused')
    return answer.refusal.reason === 'conflicting_body' && attempt.outcome === 'approved';
  // The same error once more is no news, and may have been taken back meanwhile.
  return answer?.outcome === 'recorded' || (answer?.outcome === 'duplicate' && attempt.outcome !== 'failed');
}

/** Behind the answer. Of a ledger that is out of reach the attempt's processor is asked to tell it as soon as it answers. */
function noteAttempts(
  world: World,
  noted: readonly Noted[],
  processors: ReadonlyMap<string, RegisteredProcessor>,
): void {
  const attemptsOf = new Map<string, LedgerAttempt[]>();
  for (const { ledgerKeys, attempt } of noted)
    for (const key of ledgerKeys) attemptsOf.set(key, [...(attemptsOf.get(key) ?? []), attempt]);
  if (attemptsOf.size === 0) return;
  const credentials = [...attemptsOf].map(([fingerprint, attempts]) => ({ fingerprint, attempts }));
  const tell = async (): Promise<void> => {
    if (await world.credentials.note(credentials)) return;
    const ids = new Set(noted.map(({ attempt }) => attempt.processorId));
    const owedBy = (id: string): readonly Noted[] => noted.filter(({ attempt }) => attempt.processorId === id);
    await Promise.all([...ids].map(async (id) => await world.processors.owe(processors.get(id)!, owedBy(id))));
  };
  world.later(tell());
}

async function derivedTransactionId(world: World, idempotencyKey: string | null, index: number): Promise<string> {
  if (idempotencyKey === null) return `txn_${nonceText(world.nonce())}${nonceText(world.nonce())}`;
  return `txn_${await world.pseudonym(`${idempotencyKey} ${index}`)}`;
}

interface Moment {
  readonly item: IncomingResult;
  readonly idempotencyKey: string | null;
  readonly now: number;
}

/** At once, unless there is something to be waited for: in a batch of a thousand that is most of what an item costs. */
function readItem(
  world: World,
  processor: RegisteredProcessor | undefined,
  moment: Moment,
): Read | ItemRefusal | Promise<Read> {
  const { item, idempotencyKey, now } = moment;
  if (processor === undefined) return { reason: 'unknown_processor', field: 'processor_id' };
  const paymentMethod = item.paymentMethod.toUpperCase();
  const country = item.country.toUpperCase();
  if (!processor.paymentMethods.includes(paymentMethod))
    return { reason: 'unknown_payment_method', field: 'payment_method' };
  if (!processor.countries.includes(country)) return { reason: 'unknown_country', field: 'country' };
  const currency = item.currency.toUpperCase();
  if (!isKnownCurrency(currency)) return { reason: 'unknown_currency', field: 'currency' };
  const amount = amountOf(item, currency);
  if (typeof amount !== 'number') return amount;
  const fee = feeOf(item, currency);
  if (typeof fee === 'object' && fee !== null) return fee;
  const time = readTimestamp(item.timestamp, now);
  if (!time.ok) return { reason: 'bad_timestamp', field: 'timestamp', detail: time.reason };
  // Beyond the horizon a repeat cannot be told from a first report.
  if (time.historyOnly) return { reason: 'bad_timestamp', field: 'timestamp', detail: 'older_than_horizon' };
  const draft = { processor, segment: segmentKey(paymentMethod, country), currency, amount, fee, time };
  const { transactionId, decisionId, credentialFingerprint, customerRef } = item;
  const isWaiting = decisionId !== null || credentialFingerprint !== null || customerRef !== null;
  if (transactionId !== null && !isWaiting) {
    const { read, result } = readWith(draft, moment, { transactionId, joining: NOT_JOINED });
    return { ...read, result: withDetails(result, item, NO_HASHES) };
  }
  return readLater(world, draft, moment, idempotencyKey);
}

const NOT_JOINED: Joining = { decision: null, warnings: [] };

interface Draft {
  readonly processor: RegisteredProcessor;
  readonly segment: SegmentKey;
  readonly currency: string;
  readonly amount: number;
  readonly fee: number | null;
  readonly time: Extract<TimestampReading, { readonly ok: true }>;
}

async function readLater(world: World, draft: Draft, moment: Moment, idempotencyKey: string | null): Promise<Read> {
  const { item, now } = moment;
  const transactionId = item.transactionId ?? (await derivedTransactionId(world, idempotencyKey, item.position));
  const joining = await joinDecision(world, item.decisionId, draft.processor, now);
  const { read, result } = readWith(draft, moment, { transactionId, joining });
  return { ...read, result: await keepDetails(world, result, item) };
}

/** All but what is kept beside the result, which may be hashes. */
function readWith(
  { processor, segment, currency, amount, fee, time }: Draft,
  { item, now }: Moment,
  { transactionId, joining: { decision, warnings } }: { readonly transactionId: string; readonly joining: Joining },
): { readonly read: Omit<Read, 'result'>; readonly result: CanonicalResult } {
  const { family, issuerCountry } = item;
  const spokenBy = { family, networkCode: item.networkDeclineCode, issuerCountry };
  const result: CanonicalResult = {
    processorId: asProcessorId(processor.id),
    transactionId: asTransactionId(transactionId),
    result: asItCounts(item.result, { declineCode: item.declineCode, network: item.network, spokenBy, atMs: now }),
    fault: faultOf(item.result, item.declineCode, item.network, spokenBy),
    segment,
    declineCode: item.declineCode,
    amountMinor: amount,
    currency,
    // Items without a time of their own happened in the order they are listed: a microsecond apart.
    eventTimeMs: time.hasOwnEventTime ? time.eventTimeMs : now + item.position / 1_000,
    hasOwnEventTime: time.hasOwnEventTime,
    latencyMs: item.latencyMs,
    feeMinor: fee,
    attempt: item.attempt,
    decision,
    ...teachingOf(item.result, item.declineCode, item.network, spokenBy),
  };
  const { network, networkDeclineCode, adviceCode, paymentId } = item;
  const whose = { fingerprint: item.credentialFingerprint, paymentId };
  const telling = tellingOf({ ...whose, network, networkDeclineCode, adviceCode, family });
  const noted = notedOf(item, ledgerKeysOf(whose), result, now);
  return { read: { processor, warnings, telling, noted }, result };
}

function notedOf(
  item: IncomingResult,
  ledgerKeys: readonly string[],
  result: CanonicalResult,
  now: number,
): Noted | null {
  if (ledgerKeys.length === 0) return null;
  const { processorId, transactionId, amountMinor, currency, eventTimeMs } = result;
  const { paymentId, declineCode, networkDeclineCode, adviceCode, network, family, issuerCountry } = item;
  const codes = { declineCode, networkDeclineCode, adviceCode, network, family, issuerCountry };
  const its = { processorId, transactionId, paymentId, amountMinor, currency };
  // Whole milliseconds: only results need the order of their list. A sender's clock that runs ahead makes no attempt that has yet to happen.
  const attempt = ledgerAttemptOf({
    ...codes,
    ...its,
    result: result.result as ApiResult,
    atMs: Math.floor(Math.min(eventTimeMs, now)),
  });
  return { ledgerKeys, attempt };
}

function amountOf(item: IncomingResult, currency: string): number | ItemRefusal {
  if (item.amountMinor !== null) return item.amountMinor;
  const read = toMinor(item.amount ?? '', currency);
  return read.ok ? read.minor : { reason: 'bad_amount', field: 'amount', detail: read.reason };
}

/** A fee of nothing is a fee: only amounts must be positive. */
function feeOf(item: IncomingResult, currency: string): number | null | ItemRefusal {
  if (item.fee === null) return null;
  const read = toMinor(item.fee, currency);
  if (read.ok) return read.minor;
  return read.reason === 'zero' ? 0 : { reason: 'bad_amount', field: 'fee', detail: read.reason };
}

/** One call per processor, all at once; every item of a call that fails is answered `not_recorded`. */
async function handOverRead(world: World, read: readonly (Read | ItemRefusal)[]): Promise<ItemAnswer[]> {
  const good = read.flatMap((item, index) => ('reason' in item ? [] : [{ item, index }]));
  const handed = await handOver(
    world,
    good.map(({ item }) => item),
  );
  const answers: ItemAnswer[] = read.map((item) =>
    'reason' in item ? { outcome: 'refused', refusal: item } : { outcome: 'not_recorded', reason: 'unreachable' },
  );
  good.forEach(({ item, index }, position) => {
    answers[index] = answerFor(item, handed[position] as HandedOver);
  });
  return answers;
}

function answerFor(item: Read, handed: HandedOver): ItemAnswer {
  switch (handed.outcome) {
    case 'unknown_processor':
      return { outcome: 'refused', refusal: { reason: 'unknown_processor', field: 'processor_id' } };
    case 'not_recorded':
      return handed;
    case 'refused':
      return { outcome: 'refused', refusal: { reason: handed.reason, field: 'transaction_id' } };
    case 'recorded':
    case 'duplicate':
      return {
        outcome: handed.outcome,
        transactionId: item.result.transactionId,
        row: handed.row,
        warnings: item.warnings,
      };
  }
}
