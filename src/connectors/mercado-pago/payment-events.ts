// What a Mercado Pago payment says of its attempt, by status and status_detail.
import type { AttemptEvent, AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { SegmentMapping } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn } from '../told-event.ts';
import { majorMoneyOf } from '../told-values.ts';
import { marketOf, networkOf, paymentMethodOf } from './told-fields.ts';
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
  const referenceToken = decisionTokenIn(reference);
  const ownId = referenceIsTransaction && referenceToken === null ? reference : null;
  const paidWith = { method, type };
  return {
    transactionId: metadata?.signalbox_transaction ?? ownId,
    decisionToken: decisionTokenIn(metadata?.signalbox_decision) ?? referenceToken,
    paymentMethod: paymentMethodOf(paidWith, segments),
    country: marketOf(payment.currency_id)?.country ?? segments.countryDefault,
    network: networkOf(paidWith),
    feeMinor: feeOf(payment),
  };
}

/** What the merchant pays; fees of the payer's are none of its costs. */
function feeOf({ fee_details: fees, currency_id: currency }: Payment): number | null {
  if (fees === null) return null;
  const own = fees.filter(({ fee_payer: payer }) => payer === 'collector');
  const amounts = own.map(({ amount }) => majorMoneyOf(amount, currency).amountMinor);
  return amounts.reduce((sum, amount) => (sum === null || amount === null ? null : sum + amount), 0);
}
