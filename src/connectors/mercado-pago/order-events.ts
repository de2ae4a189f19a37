// What a Mercado Pago order says of its attempts: each payment transaction in it is one, by status and status_detail.
import type { AttemptEvent, AttemptEventKind } from '../../domain/results/attempt-event.ts';
import type { Reading } from '../../ports/webhook-adapter.ts';
import { attemptEvent, decisionTokenIn } from '../told-event.ts';
import { majorMoneyOf } from '../told-values.ts';
import { ignored, NOTHING, readingOf, unreadable } from '../wire.ts';
import type { PaymentContext } from './payment-events.ts';
import { marketOf, networkOf, paymentMethodOf } from './told-fields.ts';
import type { Order, OrderPayment } from './wire-schema.ts';

/**
 * In `kindOf`: details that say the contrary. A chargeback is one however it ended: of `settled` and `reimbursed` the documents of orders and
 * of payments say each the opposite of who got the money.
 */
const STATUS_KINDS: ReadonlyMap<string, AttemptEventKind> = new Map([
  ['created', 'pending'],
  ['processing', 'pending'],
  ['in_review', 'pending'],
  ['action_required', 'pending'],
  ['at_terminal', 'pending'],
  ['processed', 'authorised'],
  ['failed', 'declined'],
  ['expired', 'abandoned'],
  // Both spellings are documented.
  ['canceled', 'voided'],
  ['cancelled', 'voided'],
  ['refunded', 'refunded'],
  ['charged_back', 'disputed'],
]);

const DETAIL_KINDS: ReadonlyMap<string, AttemptEventKind> = new Map([
  ['action_required:waiting_capture', 'authorised'],
  // It was sent, the terminal alone knows, and this status will not change.
  ['action_required:check_on_terminal', 'unknown'],
  ['processed:partially_refunded', 'refunded'],
  ['processed:refunded', 'refunded'],
  ['failed:processing_error', 'error'],
  // The payment of such an order is `cancelled`, `expired`: told there, it is the same.
  ['failed:3ds_challenge_expired', 'abandoned'],
]);

/**
 * An order is asked for once per notification and tells all its payments each time: what was recorded before is a duplicate. No event has an
 * id: the notification's is of them all, and two events of one id are one.
 */
export function orderReading(order: Order, asked: AttemptEvent, context: PaymentContext): Reading {
  const payments = order.transactions?.payments ?? [];
  if (payments.length === 0) return ignored('order:no_payments');
  return readingOf(
    payments.map((payment, index) => {
      const kind = kindOf(payment);
      return kind === null
        ? unreadable('unknown_status', `transactions.payments.${index}.status`, asked)
        : { ...NOTHING, events: eventsOf(payment, kind, { order, ...context }) };
    }),
  );
}

const kindOf = ({ status, status_detail: detail }: OrderPayment): AttemptEventKind | null =>
  DETAIL_KINDS.get(`${status}:${detail}`) ?? STATUS_KINDS.get(status) ?? null;

interface OrderContext extends PaymentContext {
  readonly order: Order;
}

function eventsOf(payment: OrderPayment, kind: AttemptEventKind, context: OrderContext): readonly AttemptEvent[] {
  const { order } = context;
  const currency = order.currency ?? marketOf(order.country_code)?.currency ?? null;
  const tell = (as: AttemptEventKind, amount: number | string | null, eventTimeMs: number | null): AttemptEvent =>
    attemptEvent(
      { eventType: `order:${payment.status}`, kind: as, attemptKey: payment.reference_id ?? payment.id },
      {
        ...joinOf(payment, context),
        ...segmentOf(payment, context),
        ...majorMoneyOf(amount, currency),
        declineCode: as === 'declined' || as === 'error' ? payment.status_detail : null,
        eventTimeMs,
      },
    );
  const { amount, refunded_amount: refunded } = payment;
  const isAfterFinal = kind === 'refunded' || kind === 'disputed';
  if (!isAfterFinal) return [tell(kind, amount, order.last_updated_date)];
  const givenBack = kind === 'refunded' ? (refunded ?? (payment.status === 'refunded' ? amount : null)) : amount;
  // An order tells no time of its approval. Its creation is at most too early: told again months later, the approval is old news and counts in no window.
  return [tell('authorised', amount, order.created_date), tell(kind, givenBack, order.last_updated_date)];
}

/** The reference is the order's; it can name one attempt alone, its first, and the next ones go by ids of their own. */
function joinOf(
  { id }: OrderPayment,
  { order, referenceIsTransaction }: OrderContext,
): Pick<AttemptEvent, 'decisionToken' | 'transactionId'> {
  const { external_reference: reference, transactions } = order;
  const isFirst = transactions?.payments?.every((other) => id <= other.id) ?? false;
  if (!isFirst) return { decisionToken: null, transactionId: null };
  const decisionToken = decisionTokenIn(reference);
  return { decisionToken, transactionId: referenceIsTransaction && decisionToken === null ? reference : null };
}

function segmentOf(
  { payment_method: paid }: OrderPayment,
  { order, segments }: OrderContext,
): Pick<AttemptEvent, 'paymentMethod' | 'country' | 'network'> {
  const paidWith = { method: paid?.id ?? null, type: paid?.type ?? null };
  return {
    paymentMethod: paymentMethodOf(paidWith, segments),
    country: (marketOf(order.country_code) ?? marketOf(order.currency))?.country ?? segments.countryDefault,
    network: networkOf(paidWith),
  };
}
