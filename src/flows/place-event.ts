// From what a connector understood to a result of one of our processors in one segment, or the reason why it is none. Rules: SPEC.md [WHK].
import type { AttemptEvent, AttemptEventKind } from '../domain/results/attempt-event.ts';
import { asTransactionId, type SegmentKey } from '../domain/identity.ts';
import { RESIDUAL, segmentKey } from '../domain/segment.ts';
import type { Addressed } from './hand-over.ts';
import type { CanonicalResult, JoinedDecision, ResultKind } from '../domain/results/canonical-result.ts';
import { faultOf } from '../domain/results/fault.ts';
import { HORIZON_MS } from '../domain/results/event-time.ts';
import { type AttemptTelling, tellingOf } from '../domain/unknowns/attempt-telling.ts';
import { isKnownCurrency } from '../domain/results/currencies.ts';
import { type EventDetail, withSignedDetails } from '../domain/results/event-details.ts';
import { isReplayable, type OldDelivery } from '../domain/results/replay.ts';
import { spokenFamily } from '../domain/results/declines/spoken-family.ts';
import { teachingOf } from '../domain/results/card-state-decline.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';

/** `null`: says nothing that is recorded. */
const RESULTS: Readonly<Record<AttemptEventKind, ResultKind | null>> = {
  authorised: 'approved',
  declined: 'declined',
  error: 'error',
  unknown: 'timeout',
  refunded: 'refunded',
  disputed: 'disputed',
  pending: null,
  abandoned: null,
  voided: null,
};

/** ISO 4217's code for no currency: a refund that names none. */
const NO_CURRENCY = 'XXX';

export type Silence = `kind_${AttemptEventKind}` | 'unsigned' | 'zero_amount';

/** Why an event is told and not recorded; `null`: it is one to record. */
export function silenceOf({ kind, moneyStateSigned, amountMinor }: AttemptEvent): Silence | null {
  if (RESULTS[kind] === null) return `kind_${kind}`;
  if (!moneyStateSigned) return 'unsigned';
  return amountMinor === 0 && !isAfterFinal(kind) ? 'zero_amount' : null;
}

export const isAfterFinal = (kind: AttemptEventKind): boolean => kind === 'refunded' || kind === 'disputed';

/** Beyond the horizon a repeat cannot be told from a first report: it is heard, and not counted. */
export const isLate = ({ eventTimeMs }: AttemptEvent, now: number): boolean =>
  eventTimeMs !== null && eventTimeMs < now - HORIZON_MS;

export interface Unplaced {
  readonly reason:
    | 'unknown_connector'
    | 'no_processor'
    | 'unknown_processor'
    | 'no_segment'
    | 'unknown_payment_method'
    | 'unknown_country'
    | 'no_amount'
    | 'no_currency';
  readonly field: string;
}

/** Whom the event is about: by the vendor's name for it, else the source's own. Its id, for the table is asked later. */
export function processorIdOf(event: AttemptEvent, source: WebhookSource): string | Unplaced {
  const { connectors, processorId } = source;
  const name = event.connectorName?.toLowerCase() ?? null;
  if (name !== null && Object.hasOwn(connectors, name)) return connectors[name]!;
  // A name that is told and not in the list is another's, and no reason to give the result to whoever is the default.
  if (name !== null && Object.keys(connectors).length > 0) return { reason: 'unknown_connector', field: 'connectors' };
  return processorId ?? { reason: 'no_processor', field: 'processor_id' };
}

export interface Placing {
  readonly source: WebhookSource;
  readonly processor: RegisteredProcessor;
  readonly decision: JoinedDecision | null;
  /** False: the source tells successes only. */
  readonly reportsFailures: boolean;
  /** What the sender's signature leaves open. */
  readonly unsignedDetails: readonly EventDetail[];
  /** What becomes of its deliveries when somebody sends them again. */
  readonly oldDelivery: OldDelivery;
  readonly now: number;
}

export function placeEvent(event: AttemptEvent, placing: Placing): Addressed | Unplaced {
  const { source, processor, now } = placing;
  const result = RESULTS[event.kind];
  if (result === null) throw new Error(`an event of kind ${event.kind} is no result`);
  const isUncounted = isAfterFinal(event.kind) || isLate(event, now);
  const told = isAfterFinal(event.kind) ? RESIDUAL : segmentOf(event, source, processor);
  // Of what is not counted whatever is told is good enough for history.
  const segment = typeof told !== 'string' && isUncounted ? RESIDUAL : told;
  if (typeof segment !== 'string') return segment;
  const money = isUncounted ? anyMoneyOf(event) : moneyOf(event);
  if ('reason' in money) return money;
  const spokenBy = {
    family: spokenFamily(event.connectorName, source.adapter),
    networkCode: event.networkDeclineCode ?? null,
    issuerCountry: event.issuerCountry ?? null,
  };
  const canonical: CanonicalResult = {
    processorId: processor.id,
    transactionId: asTransactionId(transactionIdOf(event)),
    result,
    fault: faultOf(result, event.declineCode, event.network, spokenBy),
    segment,
    declineCode: event.declineCode,
    ...money,
    // A sender's clock that is ahead of ours tells nothing better than the arrival.
    eventTimeMs: Math.min(event.eventTimeMs ?? now, now),
    hasOwnEventTime: event.eventTimeMs !== null && event.eventTimeMs <= now,
    latencyMs: measure(event.latencyMs),
    feeMinor: measure(event.feeMinor),
    attempt: 1,
    decision: placing.decision,
    comparedBy: 'result',
    ...teachingOf(result, event.declineCode, event.network, spokenBy),
    ...(!placing.reportsFailures && { teachesApproval: false as const }),
    ...(isReplayable(placing.oldDelivery, event.eventTimeMs, now) && { isReplayable: true as const }),
  };
  return { result: canonical, processor, telling: tellingFrom(event, placing) };
}

/** A fingerprint of the vendor's is the merchant's only where the merchant uses it, too; where it is not, its ledger holds no payment of ours. */
function tellingFrom(given: AttemptEvent, { source, unsignedDetails }: Placing): AttemptTelling | null {
  const event = withSignedDetails(given, unsignedDetails);
  return tellingOf({
    ...(unsignedDetails.length > 0 && { detailsSigned: false as const }),
    fingerprint: event.credentialFingerprint,
    alias: event.transactionId === null ? null : event.attemptKey,
    network: event.network,
    networkDeclineCode: event.networkDeclineCode ?? null,
    adviceCode: event.adviceCode,
    family: spokenFamily(event.connectorName, source.adapter),
  });
}

/**
 * The merchant's own id where the vendor tells it. What comes after the final goes by the vendor's key alone: its events tell that key
 * always and the merchant's id now and then, and one refund must not count under both.
 */
const transactionIdOf = ({ kind, transactionId, attemptKey }: AttemptEvent): string =>
  isAfterFinal(kind) ? attemptKey : (transactionId ?? attemptKey);

function segmentOf(
  event: AttemptEvent,
  { segments }: WebhookSource,
  processor: RegisteredProcessor,
): SegmentKey | Unplaced {
  const told = event.paymentMethod ?? segments.paymentMethodDefault;
  const country = (event.country ?? segments.countryDefault)?.toUpperCase() ?? null;
  if (told === null) return { reason: 'no_segment', field: 'payment_method' };
  if (country === null) return { reason: 'no_segment', field: 'country' };
  const word = told.toLowerCase();
  // An event that was kept is read by a mapping that was mended since.
  const mapped = Object.hasOwn(segments.paymentMethods, word) ? segments.paymentMethods[word]! : told;
  const method = [told.toUpperCase(), mapped].find((name) => processor.paymentMethods.includes(name));
  if (method === undefined) return { reason: 'unknown_payment_method', field: 'payment_method' };
  if (!processor.countries.includes(country)) return { reason: 'unknown_country', field: 'country' };
  return segmentKey(method, country);
}

function moneyOf({
  amountMinor,
  currency,
}: AttemptEvent): Unplaced | Pick<CanonicalResult, 'amountMinor' | 'currency'> {
  if (currency === null || !isKnownCurrency(currency)) return { reason: 'no_currency', field: 'currency' };
  return amountMinor === null ? { reason: 'no_amount', field: 'amount' } : { amountMinor, currency };
}

/** After the final, or late, nothing is counted in money: that it happened is what is told. */
const anyMoneyOf = ({ amountMinor, currency }: AttemptEvent): Pick<CanonicalResult, 'amountMinor' | 'currency'> => ({
  amountMinor: amountMinor ?? 0,
  currency: currency ?? NO_CURRENCY,
});

const measure = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) && value >= 0 ? value : null;
