import { describe, expect, test } from 'vitest';
import { acceptEvents } from '../../../src/domain/notifications/event-deliveries.ts';
import { accepted, eventOf, incident, LEASE_MS, round, route, states, status, T0 } from './sample-incident.ts';
import { begin, nextAlarm, replay } from '../../../src/domain/notifications/delivery-round.ts';
import {
  CHANNEL_QUEUE_MAX,
  EMPTY_DELIVERY_BOOK,
  SETTLED_EVENTS_MAX,
  SETTLED_MAX,
  type DeliveryBook,
} from '../../../src/domain/notifications/delivery-book.ts';
import { changesOf, readBook } from '../../../src/domain/notifications/stored-book.ts';
import { isOfAlert } from '../../../src/domain/notifications/delivery.ts';
import type { ChannelRoute } from '../../../src/domain/notifications/channel.ts';
import type { NamedEvent } from '../../../src/domain/notifications/named-event.ts';

const OPS = route('ops', { events: ['scaled_up', 'healing_event'] });
const DEAF = route('deaf');
const CHAT = route('chat', { kind: 'slack', events: ['scaled_up'] });
const options = { max: 6, leaseMs: LEASE_MS, isRestart: false };

const told = (
  events: readonly NamedEvent[],
  routes: readonly ChannelRoute[] = [OPS],
  book: DeliveryBook = EMPTY_DELIVERY_BOOK,
): DeliveryBook => acceptEvents(book, events, routes, T0);
const many = (count: number, word = 'scaled_up'): NamedEvent[] =>
  Array.from({ length: count }, (_, index) => eventOf({ id: `${word}_${index}` }));
const alerts = (count: number, word = 'alt'): ReturnType<typeof incident>[] =>
  Array.from({ length: count }, (_, index) => incident({ id: `${word}_${index}`, severity: 'info' }));

describe('a named event', () => {
  test('[NTF-37] goes to the webhook channels that chose its name, and to no other', () => {
    const book = told([eventOf(), eventOf({ id: 'x', name: 'scaled_down' })], [OPS, DEAF, CHAT]);
    expect(states(book)).toEqual(['ops tell waiting 0']);
  });

  test('[NTF-39] is told to a channel once, under an id of its own, and again only by hand', () => {
    const twice = told([eventOf()], [OPS], told([eventOf(), eventOf()]));
    expect(twice.deliveries.map(({ id }) => id)).toEqual(['evt_ops_scaled_up_1_3']);
    const delivered = round(twice, [OPS], T0, () => status(200));
    expect(states(told([eventOf()], [OPS], delivered))).toEqual(['ops tell delivered 1']);
    const again = replay(delivered, 'evt_ops_scaled_up_1_3', T0 + 1);
    expect(again.ok && states(again.book)).toEqual(['ops tell waiting 0']);
  });

  test('[NTF-40] goes after every alert, and waits for no other event', () => {
    const book = accepted([incident({ severity: 'info' })], [OPS], told(many(2)));
    const first = begin(book, [OPS], T0, options);
    expect(first.started.map(({ action }) => action)).toEqual(['open']);
    const refused = round(told(many(2)), [OPS], T0, () => status(500));
    expect(begin(refused, [OPS], T0, options).started.map(({ id }) => id)).toEqual(['evt_ops_scaled_up_1']);
  });

  test('[NTF-40] gives way to any alert in a full queue, the oldest first, and displaces none', () => {
    const full = told(many(CHANNEL_QUEUE_MAX + 1));
    expect(states(full).filter((state) => state.includes('displaced'))).toHaveLength(1);
    expect(states(full)[0]).toContain('displaced');
    const crowded = accepted(alerts(CHANNEL_QUEUE_MAX), [OPS], full);
    const waiting = crowded.deliveries.filter(({ progress }) => progress.state === 'waiting');
    expect(waiting).toHaveLength(CHANNEL_QUEUE_MAX);
    expect(waiting.every(isOfAlert)).toBe(true);
    expect(states(told([eventOf({ id: 'late' })], [OPS], crowded)).at(-1)).toBe('ops tell displaced 0');
  });

  test('[NTF-40] that is settled pushes no settled alert out of the list', () => {
    const gone = { ...OPS, revision: 2 };
    const failed = round(accepted([incident()], [gone]), [gone], T0, () => status(410));
    const filled = told(many(SETTLED_EVENTS_MAX + 10), [gone], accepted(alerts(SETTLED_MAX + 10), [gone], failed));
    const kept = filled.deliveries.filter(isOfAlert);
    expect([kept.length, filled.deliveries.length - kept.length]).toEqual([SETTLED_MAX, SETTLED_EVENTS_MAX]);
    expect(nextAlarm(filled)).toBeNull();
  });

  test('[NTF-41] that is refused raises no incident, until its endpoint is gone', () => {
    const routes = [OPS, DEAF];
    let book = told([eventOf()], routes);
    for (let at = nextAlarm(book); at !== null; at = nextAlarm(book)) book = round(book, routes, at, () => status(500));
    expect(states(book)).toEqual(['ops tell exhausted 10']);
    const gone = round(told([eventOf()], routes), routes, T0, () => status(410));
    expect(states(gone)).toEqual(['ops tell endpoint_gone 1', 'deaf open waiting 0']);
  });

  test('[NTF-41] that arrives does not end the trouble of a channel whose alerts do not', () => {
    const routes = [OPS, DEAF];
    let book = accepted([incident({ severity: 'critical' })], [OPS]);
    for (let step = 0; step < 3; step += 1) book = round(book, routes, nextAlarm(book)!, () => status(500));
    expect(book.health.find(({ channelId }) => channelId === 'ops')?.troubleId).not.toBeNull();
    const arrived = round(told([eventOf()], routes, book), routes, T0 + 1_000_000, () => status(200));
    expect(states(arrived)).toEqual(['ops open waiting 3', 'deaf open delivered 1', 'ops tell delivered 1']);
    expect(arrived.health.find(({ channelId }) => channelId === 'ops')?.troubleId).not.toBeNull();
    const alone = round(arrived, routes, T0 + 4_000_000, () => status(200));
    expect(alone.health.find(({ channelId }) => channelId === 'ops')?.troubleId).toBeNull();
  });

  test('[NTF-17] stands on disk as it is', () => {
    const book = told(many(2));
    const { head, written } = changesOf(EMPTY_DELIVERY_BOOK, book);
    expect(
      readBook(
        head!,
        written.map(({ text }) => text),
      ),
    ).toEqual(book);
  });
});
