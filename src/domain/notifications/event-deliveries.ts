// Which named event makes a message for which channel: once each, after and below every alert.
import type { ChannelRoute } from './channel.ts';
import { withinBounds, withRevisions, type DeliveryBook } from './delivery-book.ts';
import type { EventDelivery } from './delivery.ts';
import type { NamedEvent } from './named-event.ts';

/** One that is in the book already changes nothing, whichever of its channels have had it. */
export function acceptEvents(
  book: DeliveryBook,
  events: readonly NamedEvent[],
  routes: readonly ChannelRoute[],
  now: number,
): DeliveryBook {
  return events.reduce<DeliveryBook>(
    (current, event) =>
      routes
        .filter((route) => route.kind === 'webhook' && (route.events ?? []).includes(event.name))
        .reduce<DeliveryBook>((filled, route) => withEvent(filled, event, route, now), current),
    withRevisions(book, routes, now),
  );
}

/** The same for every attempt, every replay and every telling. */
const deliveryId = (channelId: string, { id }: NamedEvent): string => `evt_${channelId}_${id}`;

function withEvent(book: DeliveryBook, event: NamedEvent, route: ChannelRoute, now: number): DeliveryBook {
  const id = deliveryId(route.id, event);
  if (book.deliveries.some((delivery) => delivery.id === id)) return book;
  const isGone = book.health.some(({ channelId, disabledAtMs }) => channelId === route.id && disabledAtMs !== null);
  const delivery: EventDelivery = {
    id,
    sequence: book.sequence + 1,
    channelId: route.id,
    channelKind: route.kind,
    action: 'tell',
    event,
    createdAtMs: now,
    progress: isGone
      ? { state: 'failed', attempts: 0, atMs: now, reason: 'endpoint_gone' }
      : { state: 'waiting', attempts: 0, dueAtMs: now },
    lastAnswer: null,
  };
  const grown = { ...book, sequence: delivery.sequence, deliveries: [...book.deliveries, delivery] };
  return withinBounds(grown, route.id, now);
}
