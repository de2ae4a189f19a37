// Turns what callers report into canonical results, hands them to their processors' objects, and says what became of each.
import type { ApiResult, CanonicalResult } from '../domain/results/canonical-result.ts';
import { asProcessorId, asTransactionId } from '../domain/identity.ts';
import { faultOf } from '../domain/results/fault.ts';
import { ledgerKeyOf, tellingOf } from '../domain/unknowns/attempt-telling.ts';
import { ledgerAttemptOf } from '../domain/retries/told-attempt.ts';
import type { LedgerAttempt } from '../domain/retries/attempt-reading.ts';
import { type Addressed, type HandedOver, handOver, joinDecision, processorsFor } from './hand-over.ts';
import { nonceText } from './recommend-route.ts';
import { isKnownCurrency, toMinor } from '../domain/results/money.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import { readTimestamp } from '../domain/results/event-time.ts';
import { segmentKey } from '../domain/segment.ts';
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
      readonly row: StatusRow;
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

/** What the ledger of a credential, or of a payment without one, is told of a result. */
interface Noted {
  readonly fingerprint: string;
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
  const read = await Promise.all(
    items.map(async (item) => {
      const transactionId = item.transactionId ?? (await derivedTransactionId(world, idempotencyKey, item.position));
      return readItem(world, processors.get(item.processorId), { item, transactionId, now });
    }),
  );
  const answers = await handOverRead(world, read);
  const kept = read.filter(
    (_, index) => answers[index]?.outcome === 'recorded' || answers[index]?.outcome === 'duplicate',
  );
  noteAttempts(
    world,
    kept.flatMap((item) => ('reason' in item || item.noted === null ? [] : [item.noted])),
  );
  return answers;
};

/** Behind the answer. A ledger that is out of reach refuses no result: whoever asks about the attempt next tells it again. */
function noteAttempts(world: World, noted: readonly Noted[]): void {
  const attemptsOf = new Map<string, LedgerAttempt[]>();
  for (const { fingerprint, attempt } of noted)
    attemptsOf.set(fingerprint, [...(attemptsOf.get(fingerprint) ?? []), attempt]);
  if (attemptsOf.size === 0) return;
  world.later(world.credentials.note([...attemptsOf].map(([fingerprint, attempts]) => ({ fingerprint, attempts }))));
}

async function derivedTransactionId(world: World, idempotencyKey: string | null, index: number): Promise<string> {
  if (idempotencyKey === null) return `txn_${nonceText(world.nonce())}${nonceText(world.nonce())}`;
  return `txn_${await world.pseudonym(`${idempotencyKey} ${index}`)}`;
}

async function readItem(
  world: World,
  processor: RegisteredProcessor | undefined,
  { item, transactionId, now }: { item: IncomingResult; transactionId: string; now: number },
): Promise<Read | ItemRefusal> {
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
  // Beyond the horizon a repeat cannot be told from a first report, and there is no history yet that could take it.
  if (time.historyOnly) return { reason: 'bad_timestamp', field: 'timestamp', detail: 'older_than_horizon' };
  const segment = segmentKey(paymentMethod, country);
  const { decision, warnings } = await joinDecision(world, item.decisionId, processor, now);
  const { family, issuerCountry } = item;
  const spokenBy = { family, networkCode: item.networkDeclineCode, issuerCountry };
  const result: CanonicalResult = {
    processorId: asProcessorId(processor.id),
    transactionId: asTransactionId(transactionId),
    result: item.result,
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
  const ledgerKey = ledgerKeyOf(item.credentialFingerprint, paymentId);
  const telling = tellingOf({ ledgerKey, paymentId, network, networkDeclineCode, adviceCode, family });
  return { result, processor, warnings, telling, noted: notedOf(item, ledgerKey, result) };
}

function notedOf(item: IncomingResult, ledgerKey: string | null, result: CanonicalResult): Noted | null {
  if (ledgerKey === null) return null;
  const { processorId, transactionId, amountMinor, currency, eventTimeMs } = result;
  const { paymentId, declineCode, networkDeclineCode, adviceCode, network, family, issuerCountry } = item;
  const codes = { declineCode, networkDeclineCode, adviceCode, network, family, issuerCountry };
  const its = { processorId, transactionId, paymentId, amountMinor, currency };
  // Whole milliseconds: only results need the order of their list.
  const attempt = ledgerAttemptOf({ ...codes, ...its, result: item.result, atMs: Math.floor(eventTimeMs) });
  return { fingerprint: ledgerKey, attempt };
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
