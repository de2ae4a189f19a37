// What a Mercado Pago payment says of its attempt, by status and status_detail.
import type { AttemptEvent, AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { SegmentMapping } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn, methodOf } from '../told-event.ts';
import { majorMoneyOf } from '../told-values.ts';
import type { Payment } from './wire-schema.ts';

/** In `kindOf`: `cancelled`, whose detail says who did it, and details that say the contrary. */
const STATUS_KINDS: ReadonlyMap<string, AttemptEventKind> = new Map([
  ['approved', 'authorised'],
  ['authorized', 'authorised'],
  ['pending', 'pending'],
  ['in_process', 'pending'],
  ['rejected', 'declined'],
  ['refunded', 'refunded'],
  ['in_mediation', 'disputed'],
  ['charged_back', 'disputed'],
]);

const METHODS: Readonly<Record<string, string>> = {
  credit_card: 'CARD',
  debit_card: 'CARD',
  prepaid_card: 'CARD',
  account_money: 'WALLET',
  digital_wallet: 'WALLET',
  ticket: 'CASH',
  atm: 'CASH',
  pix: 'PIX',
  oxxo: 'OXXO',
  pse: 'PSE',
  bolbradesco: 'BOLETO',
};
const CARD_TYPES: ReadonlySet<string> = new Set(['credit_card', 'debit_card', 'prepaid_card']);
/** Mercado Pago's own words for networks, debit in Mexico among them. */
const NETWORKS: ReadonlyMap<string, string> = new Map([
  ['master', 'mastercard'],
  ['debmaster', 'mastercard'],
  ['debvisa', 'visa'],
]);
/** An account takes the money of its one country. */
const COUNTRIES: ReadonlyMap<string, string> = new Map([
  ['ARS', 'AR'],
  ['BRL', 'BR'],
  ['CLP', 'CL'],
  ['COP', 'CO'],
  ['MXN', 'MX'],
  ['PEN', 'PE'],
  ['UYU', 'UY'],
]);

export interface PaymentContext {
  readonly segments: SegmentMapping;
  readonly referenceIsTransaction: boolean;
}

export interface Notified {
  readonly eventId: string | null;
  readonly eventType: string;
}

/**
 * `null`: a status that is not known. A payment is asked for once per notification and may have moved on since, so one that was given
 * back or disputed tells of its approval too; what was recorded before is a duplicate.
 */
export function paymentEvents(
  payment: Payment,
  notified: Notified,
  context: PaymentContext,
): readonly AttemptEvent[] | null {
  const kind = kindOf(payment);
  if (kind === null) return null;
  const tell = (as: AttemptEventKind, eventId: string | null, amount: number | string | null): AttemptEvent =>
    attemptEvent(
      { eventType: `${notified.eventType}:${payment.status}`, kind: as, attemptKey: payment.id },
      {
        ...commonFields(payment, context),
        ...majorMoneyOf(amount, payment.currency_id),
        eventId,
        declineCode: as === 'declined' ? payment.status_detail : null,
        eventTimeMs: (as === 'authorised' ? payment.date_approved : null) ?? payment.date_last_updated,
      },
    );
  const { transaction_amount: paid, transaction_amount_refunded: refunded } = payment;
  const now = tell(kind, notified.eventId, kind === 'refunded' ? (refunded ?? paid) : paid);
  const approvedBefore = (kind === 'refunded' || kind === 'disputed') && payment.date_approved !== null;
  // No event id: it is the other's, and two events of one id are one.
  return approvedBefore ? [tell('authorised', null, paid), now] : [now];
}

function kindOf({ status, status_detail: detail }: Payment): AttemptEventKind | null {
  if (status === 'cancelled') return detail === 'expired' || detail === 'by_payer' ? 'abandoned' : 'voided';
  // The chargeback was won: the money came back.
  if (status === 'charged_back' && detail === 'reimbursed') return 'authorised';
  if (status === 'approved' && detail === 'partially_refunded') return 'refunded';
  return STATUS_KINDS.get(status) ?? null;
}

function commonFields(payment: Payment, { segments, referenceIsTransaction }: PaymentContext): Partial<AttemptEvent> {
  const { payment_method_id: method, payment_type_id: type, external_reference: reference, metadata } = payment;
  const currency = payment.currency_id?.toUpperCase() ?? null;
  const referenceToken = decisionTokenIn(reference);
  const ownId = referenceIsTransaction && referenceToken === null ? reference : null;
  const isCard = type !== null && CARD_TYPES.has(type);
  const network = method?.toLowerCase() ?? null;
  return {
    transactionId: metadata?.signalbox_transaction ?? ownId,
    decisionToken: decisionTokenIn(metadata?.signalbox_decision) ?? referenceToken,
    paymentMethod: methodOf(methodWord(payment, segments), segments, METHODS),
    country: COUNTRIES.get(currency ?? '') ?? segments.countryDefault,
    network: isCard && network !== null ? (NETWORKS.get(network) ?? network) : null,
    feeMinor: feeOf(payment),
  };
}

/** The method where somebody has a name for it (`pix`, `oxxo`), else its type (`ticket`). */
function methodWord(
  { payment_method_id: method, payment_type_id: type }: Payment,
  segments: SegmentMapping,
): string | null {
  const named = method !== null && [segments.paymentMethods, METHODS].some((table) => Object.hasOwn(table, method));
  return named ? method : (type ?? method);
}

/** What the merchant pays; fees of the payer's are none of its costs. */
function feeOf({ fee_details: fees, currency_id: currency }: Payment): number | null {
  if (fees === null) return null;
  const own = fees.filter(({ fee_payer: payer }) => payer === 'collector');
  const amounts = own.map(({ amount }) => majorMoneyOf(amount, currency).amountMinor);
  return amounts.reduce((sum, amount) => (sum === null || amount === null ? null : sum + amount), 0);
}
