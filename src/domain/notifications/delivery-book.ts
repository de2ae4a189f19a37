// Every message that is on its way to people or was: which incidents make one, for which channel, and what happens when there are too many.
import { isChosen, newHealth, type ChannelHealth, type ChannelRoute } from './channel.ts';
import { isOfAlert, isSettled, type Action, type AlertDelivery, type Delivery } from './delivery.ts';
import { fitted, severityRank, type Incident, type Severity } from './incident.ts';

/** What was last told of an incident, and to whom: `close` goes to those who heard of it, whatever its severity has become. */
export interface Told {
  readonly incidentId: string;
  readonly open: boolean;
  readonly updatedAtMs: number;
  readonly kind: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly acknowledged: boolean;
  readonly channels: readonly string[];
}

/** Plain JSON. */
export interface DeliveryBook {
  readonly format: 1;
  /** Of the newest delivery. */
  readonly sequence: number;
  /** The newest of the Registry's words that has been heard. */
  readonly heardThrough: number;
  /** In the order of their sequence. */
  readonly deliveries: readonly Delivery[];
  /** The last told is the last. */
  readonly told: readonly Told[];
  readonly health: readonly ChannelHealth[];
}

export const EMPTY_DELIVERY_BOOK: DeliveryBook = {
  format: 1,
  sequence: 0,
  heardThrough: 0,
  deliveries: [],
  told: [],
  health: [],
};

/** Unsettled messages of one channel; its own, so that a dead receiver's backlog displaces nobody else's. */
export const CHANNEL_QUEUE_MAX = 200;
/** Settled messages of alerts that stay to be listed and replayed. */
export const SETTLED_MAX = 1_000;
/** And of events, which so push out none of them. */
export const SETTLED_EVENTS_MAX = 500;
const TOLD_MAX = 500;

/** Takes incidents as they are now; the same one again, or an older word of it, changes nothing. */
export function accept(
  book: DeliveryBook,
  incidents: readonly Incident[],
  routes: readonly ChannelRoute[],
  now: number,
): DeliveryBook {
  return incidents.reduce(
    (current, incident) => tell(current, fitted(incident), routes, now),
    withRevisions(book, routes, now),
  );
}

export type Acknowledged =
  | { readonly ok: true; readonly book: DeliveryBook }
  | { readonly ok: false; readonly reason: 'not_found' | 'closed' | 'acknowledged' };

/** Somebody works on it: those who were told of the incident are told that, once. */
export function acknowledge(
  book: DeliveryBook,
  { incidentId, by }: { readonly incidentId: string; readonly by: string },
  routes: readonly ChannelRoute[],
  now: number,
): Acknowledged {
  const told = book.told.find((known) => known.incidentId === incidentId);
  const last = lastWordOf(book, incidentId);
  if (told === undefined || last === null) return { ok: false, reason: 'not_found' };
  if (!told.open) return { ok: false, reason: 'closed' };
  if (told.acknowledged) return { ok: false, reason: 'acknowledged' };
  const incident = fitted({ ...last, acknowledgedBy: by });
  const messages = routes
    .filter(({ id }) => told.channels.includes(id))
    .map((route) => ({ route, action: 'acknowledge' as const }));
  return { ok: true, book: enqueue(remember(book, { ...told, acknowledged: true }), messages, incident, now) };
}

/** As it was last told of; `null`: no message of it is kept. */
export function lastWordOf({ deliveries }: DeliveryBook, incidentId: string): Incident | null {
  return deliveries.filter(isOfAlert).findLast(({ incident }) => incident.id === incidentId)?.incident ?? null;
}

function tell(book: DeliveryBook, incident: Incident, routes: readonly ChannelRoute[], now: number): DeliveryBook {
  const told = book.told.find(({ incidentId }) => incidentId === incident.id) ?? null;
  if (told !== null && incident.updatedAtMs < told.updatedAtMs) return book;
  const { updatedAtMs, kind, severity, subject } = incident;
  if (incident.closedAtMs !== null) {
    // What ended before anyone heard of it is nobody's business.
    if (told === null || !told.open) return book;
    const messages = routes
      .filter(({ id }) => told.channels.includes(id))
      .map((route) => ({ route, action: 'close' as const }));
    return enqueue(remember(book, { ...told, open: false, updatedAtMs }), messages, incident, now);
  }
  const isOpening = told === null || !told.open;
  if (!isOpening && !hasGrown(told, incident)) return remember(book, { ...told, updatedAtMs });
  const reached = isOpening ? [] : told.channels;
  const chosen = routes.filter((route) => reached.includes(route.id) || isChosen(route, severity));
  const messages = chosen.map((route) => ({
    route,
    action: reached.includes(route.id) ? ('update' as const) : ('open' as const),
  }));
  const acknowledged = !isOpening && told.acknowledged;
  const channels = [...new Set([...reached, ...chosen.map(({ id }) => id)])];
  const next = { incidentId: incident.id, open: true, updatedAtMs, kind, severity, subject, acknowledged, channels };
  return enqueue(remember(book, next), messages, incident, now);
}

/** Worth a second message: graver, of another kind, or further spread. New evidence alone is not. */
function hasGrown(told: Told, { severity, kind, subject }: Incident): boolean {
  return severityRank(severity) < severityRank(told.severity) || kind !== told.kind || subject !== told.subject;
}

function remember(book: DeliveryBook, told: Told): DeliveryBook {
  const all = [...book.told.filter(({ incidentId }) => incidentId !== told.incidentId), told];
  if (all.length <= TOLD_MAX) return { ...book, told: all };
  const forgotten = all.find(({ open }) => !open) ?? all[0];
  return { ...book, told: all.filter((known) => known !== forgotten) };
}

function enqueue(
  book: DeliveryBook,
  messages: readonly { readonly route: ChannelRoute; readonly action: Action }[],
  incident: Incident,
  now: number,
): DeliveryBook {
  const added = messages.map(({ route, action }, index): AlertDelivery => {
    const sequence = book.sequence + 1 + index;
    const isGone = book.health.some(({ channelId, disabledAtMs }) => channelId === route.id && disabledAtMs !== null);
    return {
      id: `ntf_${sequence}_${incident.id}`,
      sequence,
      channelId: route.id,
      channelKind: route.kind,
      action,
      incident,
      createdAtMs: now,
      progress: isGone
        ? { state: 'failed', attempts: 0, atMs: now, reason: 'endpoint_gone' }
        : { state: 'waiting', attempts: 0, dueAtMs: now },
      lastAnswer: null,
    };
  });
  const grown: DeliveryBook = {
    ...book,
    sequence: book.sequence + added.length,
    deliveries: [...book.deliveries, ...added],
  };
  return messages.reduce<DeliveryBook>((current, { route }) => withinBounds(current, route.id, now), grown);
}

/** In a full queue the least of what waits gives way: events, then updates and acknowledgements, then a kind that fills more than half of it, then by severity, then the oldest. */
export function withinBounds(book: DeliveryBook, channelId: string, now: number): DeliveryBook {
  const open = book.deliveries.filter((delivery) => delivery.channelId === channelId && !isSettled(delivery));
  const crowd = crowdingKind(open);
  const displaced = new Set(
    open
      .filter(({ progress }) => progress.state === 'waiting')
      .sort((a, b) => weight(a, crowd) - weight(b, crowd) || a.sequence - b.sequence)
      .slice(0, Math.max(0, open.length - CHANNEL_QUEUE_MAX)),
  );
  const deliveries = book.deliveries.map((delivery): Delivery => {
    if (!displaced.has(delivery)) return delivery;
    const { attempts } = delivery.progress;
    return { ...delivery, progress: { state: 'failed', attempts, atMs: now, reason: 'displaced' } };
  });
  const settled = deliveries.filter(isSettled);
  const alerts = settled.filter(isOfAlert);
  const events = settled.filter((delivery) => !isOfAlert(delivery));
  const dropped = new Set<Delivery>([
    ...alerts.slice(0, Math.max(0, alerts.length - SETTLED_MAX)),
    ...events.slice(0, Math.max(0, events.length - SETTLED_EVENTS_MAX)),
  ]);
  return { ...book, deliveries: deliveries.filter((delivery) => !dropped.has(delivery)) };
}

function weight(delivery: Delivery, crowd: string | null): number {
  if (!isOfAlert(delivery)) return -300;
  const { action, incident } = delivery;
  if (action === 'update' || action === 'acknowledge') return -200;
  return (incident.kind === crowd ? -100 : 0) - severityRank(incident.severity);
}

/** A flood of one kind must not cost the one message of another. */
function crowdingKind(open: readonly Delivery[]): string | null {
  const counts = new Map<string, number>();
  const alerts = open.filter(isOfAlert);
  for (const { incident } of alerts) counts.set(incident.kind, (counts.get(incident.kind) ?? 0) + 1);
  return [...counts].find(([, count]) => count > alerts.length / 2)?.[0] ?? null;
}

/** A changed channel is a new one: what was held against its former settings is lifted, and what waits for it may go at once. */
export function withRevisions(book: DeliveryBook, routes: readonly ChannelRoute[], now: number): DeliveryBook {
  const changed = routes.filter((route) =>
    book.health.every(({ channelId, revision }) => channelId !== route.id || revision < route.revision),
  );
  if (changed.length === 0) return book;
  const fresh = changed.map((route): ChannelHealth => {
    const known = book.health.find(({ channelId }) => channelId === route.id);
    return { ...newHealth(route), troubleId: known?.troubleId ?? null };
  });
  const isChanged = (channelId: string): boolean => changed.some(({ id }) => id === channelId);
  return {
    ...book,
    deliveries: book.deliveries.map((delivery): Delivery => {
      const { progress, channelId } = delivery;
      if (progress.state !== 'waiting' || progress.dueAtMs <= now || !isChanged(channelId)) return delivery;
      return { ...delivery, progress: { ...progress, dueAtMs: now } };
    }),
    health: [...book.health.filter(({ channelId }) => !isChanged(channelId)), ...fresh],
  };
}

/** Newest first; `cursor` is of the page before. */
export function pageOfDeliveries(
  { deliveries }: DeliveryBook,
  cursor: string | null,
  limit: number,
): { readonly items: readonly Delivery[]; readonly nextCursor: string | null } {
  const before = cursor === null ? Infinity : /^\d{1,15}$/.test(cursor) ? Number(cursor) : -Infinity;
  const rest = deliveries.filter(({ sequence }) => sequence < before).reverse();
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rest.length > limit && last !== undefined ? String(last.sequence) : null };
}
