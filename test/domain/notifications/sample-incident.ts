// Alerts, incidents and channels for tests of notifications, and a walk of a book through time.
import { asProcessorId } from '../../../src/domain/identity.ts';
import { segmentKey } from '../../../src/domain/segment.ts';
import { accept, EMPTY_DELIVERY_BOOK, type DeliveryBook } from '../../../src/domain/notifications/delivery-book.ts';
import { begin, settle } from '../../../src/domain/notifications/delivery-round.ts';
import { SEVERITIES, type Incident } from '../../../src/domain/notifications/incident.ts';
import type { Alert } from '../../../src/domain/health/alert-book.ts';
import {
  isOfAlert,
  type AlertDelivery,
  type Answer,
  type Delivery,
} from '../../../src/domain/notifications/delivery.ts';
import type { NamedEvent } from '../../../src/domain/notifications/named-event.ts';
import type { ChannelRoute } from '../../../src/domain/notifications/channel.ts';

export const T0 = 1_790_000_000_000;
export const LEASE_MS = 30_000;

export const alertOf = (fields: Partial<Alert> = {}): Alert => ({
  id: 'alt_1',
  processorId: asProcessorId('processor_a'),
  segment: segmentKey('PIX', 'BR'),
  kind: 'breaker',
  fromStatus: 'HEALTHY',
  toStatus: 'DOWN',
  openedAtMs: T0,
  updatedAtMs: T0,
  closedAtMs: null,
  reason: 'five technical failures in a row',
  evidence: { failures: 5 },
  moneyAtRisk: { minorPerHour: 123_450, currency: 'BRL' },
  ...fields,
});

export const incident = (fields: Partial<Incident> = {}): Incident => ({
  id: 'alt_1',
  kind: 'breaker',
  severity: 'error',
  subject: 'processor_a (PIX in BR)',
  processorId: 'processor_a',
  segment: 'PIX|BR',
  fromStatus: 'HEALTHY',
  toStatus: 'DOWN',
  openedAtMs: T0,
  updatedAtMs: T0,
  closedAtMs: null,
  acknowledgedBy: null,
  reason: 'five technical failures in a row',
  evidence: { failures: 5 },
  moneyAtRisk: null,
  ...fields,
});

export const closing = (fields: Partial<Incident> = {}): Incident =>
  incident({ updatedAtMs: T0 + 1, closedAtMs: T0 + 1, ...fields });

export const route = (id: string, fields: Partial<ChannelRoute> = {}): ChannelRoute => ({
  id,
  revision: 1,
  kind: 'webhook',
  severities: SEVERITIES,
  ...fields,
});

export const eventOf = (fields: Partial<NamedEvent> = {}): NamedEvent => ({
  id: 'scaled_up_1_3',
  name: 'scaled_up',
  atMs: T0,
  data: '{"change":{"from":2,"to":3}}',
  ...fields,
});

export function ofAlert(delivery: Delivery | undefined): AlertDelivery {
  if (delivery === undefined || !isOfAlert(delivery)) throw new Error('it is of no alert');
  return delivery;
}
export const incidentIn = (delivery: Delivery | undefined): Incident => ofAlert(delivery).incident;

export const status = (code: number, retryAfterMs: number | null = null): Answer => ({
  kind: 'status',
  status: code,
  retryAfterMs,
});

export const accepted = (
  incidents: readonly Incident[],
  routes: readonly ChannelRoute[],
  book: DeliveryBook = EMPTY_DELIVERY_BOOK,
): DeliveryBook => accept(book, incidents, routes, T0);

/** One round at `now`: what was started is answered at once. */
export function round(
  book: DeliveryBook,
  routes: readonly ChannelRoute[],
  now: number,
  answer: (delivery: Delivery) => Answer,
): DeliveryBook {
  const step = begin(book, routes, now, { max: 6, leaseMs: LEASE_MS, isRestart: false });
  return step.started.reduce(
    (current, delivery) =>
      settle(current, { id: delivery.id, attempts: delivery.progress.attempts, answer: answer(delivery) }, routes, now),
    step.book,
  );
}

/** `ops open delivered 1`: channel, action, state and attempts, in the order of sequence. */
export const states = ({ deliveries }: DeliveryBook): string[] =>
  deliveries.map(({ channelId, action, progress }) =>
    [channelId, action, progress.state === 'failed' ? progress.reason : progress.state, progress.attempts].join(' '),
  );
