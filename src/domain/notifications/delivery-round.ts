// Sending: which messages are due, what an answer changes, when to look again, and replay by hand.
import { newHealth, type ChannelHealth, type ChannelRoute } from './channel.ts';
import { accept, lastWordOf, withinBounds, withRevisions, type DeliveryBook } from './delivery-book.ts';
import { answerText, isOfAlert, verdictOf, type Answer } from './delivery.ts';
import type { Delivery, FailureReason, Progress } from './delivery.ts';
import { cut, SEVERITIES, severityRank, TEST_KIND, type Incident } from './incident.ts';

export interface Round {
  readonly book: DeliveryBook;
  /** To be sent now: at most one a channel, so that a receiver that hangs holds up nobody but itself. */
  readonly started: readonly Delivery[];
}

/** From this failed attempt on, 5 minutes and 5 seconds after the first, the other channels hear that this one fails. */
const TROUBLE_ATTEMPTS = 3;
const TROUBLE_HOLD_MS = 300_000;
const ANSWER_TEXT_MAX = 300;
const CHANNEL_FAILING = 'channel_failing';

export interface RoundOptions {
  readonly max: number;
  /** Longer than any attempt may take. */
  readonly leaseMs: number;
  /** The sender began a new life: nothing is under way, and what was, failed. */
  readonly isRestart: boolean;
}

export function begin(
  book: DeliveryBook,
  routes: readonly ChannelRoute[],
  now: number,
  { max, leaseMs, isRestart }: RoundOptions,
): Round {
  const lost = book.deliveries.filter(
    ({ progress }) => progress.state === 'sending' && (isRestart || progress.untilMs <= now),
  );
  const answer: Answer = { kind: 'no_answer', why: 'interrupted' };
  const interrupted = lost.reduce(
    (current, { id, progress: { attempts } }) => settle(current, { id, attempts, answer }, routes, now),
    withRevisions(book, routes, now),
  );
  const present = withoutRemoved(interrupted, routes, now);
  const started = dueOf(present, now)
    .slice(0, max)
    .map((delivery): Delivery => {
      const attempts = delivery.progress.attempts + 1;
      return { ...delivery, progress: { state: 'sending', attempts, untilMs: now + leaseMs } };
    });
  return { book: replaced(present, started), started };
}

/** The answer to attempt number `attempts` of a delivery; one that comes too late changes nothing. */
export function settle(
  book: DeliveryBook,
  { id, attempts, answer }: { readonly id: string; readonly attempts: number; readonly answer: Answer },
  routes: readonly ChannelRoute[],
  now: number,
): DeliveryBook {
  const delivery = book.deliveries.find((each) => each.id === id);
  if (delivery?.progress.state !== 'sending' || delivery.progress.attempts !== attempts) return book;
  const lastAnswer = { atMs: now, text: cut(answerText(answer), ANSWER_TEXT_MAX) };
  const verdict = verdictOf(answer, delivery.channelKind, attempts);
  const { channelId } = delivery;
  const settled = (progress: Progress): DeliveryBook =>
    withinBounds(replaced(book, [{ ...delivery, progress, lastAnswer }]), channelId, now);
  const failed = (reason: FailureReason): Progress => ({ state: 'failed', attempts, atMs: now, reason });
  switch (verdict.verdict) {
    case 'delivered':
      return delivered(settled({ state: 'delivered', attempts, atMs: now }), delivery, routes, now);
    case 'gone': {
      const gone = withHealth(settled(failed('endpoint_gone')), channelId, { disabledAtMs: now });
      return troubled(failWaiting(gone, channelId, 'endpoint_gone', now), { delivery, answer }, routes, now);
    }
    case 'rejected':
      return troubled(settled(failed('rejected')), { delivery, answer }, routes, now);
    case 'exhausted': {
      const held = hold(settled(failed('exhausted')), channelId, now + verdict.holdMs);
      return troubled(held, { delivery, answer }, routes, now);
    }
    case 'retry': {
      const waiting = settled({ state: 'waiting', attempts, dueAtMs: now + verdict.delayMs });
      const held = hold(waiting, channelId, now + verdict.holdMs);
      const isTrouble = attempts >= TROUBLE_ATTEMPTS || verdict.holdMs > TROUBLE_HOLD_MS;
      return isTrouble ? troubled(held, { delivery, answer }, routes, now) : held;
    }
  }
}

/** An event that arrives says nothing of alerts that do not. */
function delivered(book: DeliveryBook, delivery: Delivery, routes: readonly ChannelRoute[], now: number): DeliveryBook {
  const { channelId } = delivery;
  const isFailing = (each: Delivery): boolean =>
    each.channelId === channelId && isOfAlert(each) && each.progress.state === 'waiting' && each.progress.attempts > 0;
  if (!isOfAlert(delivery) && book.deliveries.some(isFailing)) return book;
  return closeTrouble(book, channelId, { reason: 'Alerts reach this channel again', routes, now });
}

/** `null`: nothing will happen without a caller. */
export function nextAlarm(book: DeliveryBook): number | null {
  const times = [
    ...book.deliveries.flatMap(({ progress }) => (progress.state === 'sending' ? [progress.untilMs] : [])),
    ...startable(book).map(({ dueAtMs }) => dueAtMs),
  ];
  return times.length === 0 ? null : Math.min(...times);
}

export type Replayed =
  | { readonly ok: true; readonly book: DeliveryBook }
  | { readonly ok: false; readonly reason: 'not_found' | 'being_sent' };

/** By hand: at once and with ten new attempts. What followed it in its incident and channel follows it again, so that no `close` stays overtaken. */
export function replay(book: DeliveryBook, id: string, now: number): Replayed {
  const chosen = book.deliveries.find((delivery) => delivery.id === id);
  if (chosen === undefined) return { ok: false, reason: 'not_found' };
  const again = book.deliveries.filter(
    (delivery) => lane(delivery) === lane(chosen) && delivery.sequence >= chosen.sequence,
  );
  if (again.some(isSending)) return { ok: false, reason: 'being_sent' };
  const waiting = again.map(
    (delivery): Delivery => ({ ...delivery, progress: { state: 'waiting', attempts: 0, dueAtMs: now } }),
  );
  const lifted = withHealth(replaced(book, waiting), chosen.channelId, { disabledAtMs: null, heldUntilMs: 0 });
  return { ok: true, book: withinBounds(lifted, chosen.channelId, now) };
}

/** The messages of one incident to one channel: told in order, each when the one before has been delivered or given up. An event waits for none. */
function lane(delivery: Delivery): string {
  return `${delivery.channelId} ${isOfAlert(delivery) ? delivery.incident.id : delivery.id}`;
}

function isSending({ progress }: Delivery): boolean {
  return progress.state === 'sending';
}

/** The first unsettled message of each lane of a channel that is idle and not disabled, and when it may go. */
function startable(book: DeliveryBook): readonly { readonly delivery: Delivery; readonly dueAtMs: number }[] {
  const busy = new Set(book.deliveries.filter(isSending).map(({ channelId }) => channelId));
  const health = new Map(book.health.map((each) => [each.channelId, each]));
  const lanes = new Set<string>();
  return book.deliveries.flatMap((delivery) => {
    const { progress, channelId } = delivery;
    if (progress.state !== 'waiting' || lanes.has(lane(delivery))) return [];
    lanes.add(lane(delivery));
    const known = health.get(channelId);
    if (busy.has(channelId) || (known?.disabledAtMs ?? null) !== null) return [];
    return [{ delivery, dueAtMs: Math.max(progress.dueAtMs, known?.heldUntilMs ?? 0) }];
  });
}

/** Events come after every alert. */
function urgencyRank(delivery: Delivery): number {
  return isOfAlert(delivery) ? severityRank(delivery.incident.severity) : SEVERITIES.length;
}

/** The gravest first, then the one that waits longest; one a channel. */
function dueOf(book: DeliveryBook, now: number): readonly Delivery[] {
  const due = startable(book)
    .filter(({ dueAtMs }) => dueAtMs <= now)
    .sort(
      (a, b) =>
        urgencyRank(a.delivery) - urgencyRank(b.delivery) ||
        a.dueAtMs - b.dueAtMs ||
        a.delivery.sequence - b.delivery.sequence,
    );
  const channels = new Set<string>();
  return due.flatMap(({ delivery }) => {
    if (channels.has(delivery.channelId)) return [];
    channels.add(delivery.channelId);
    return [delivery];
  });
}

function withoutRemoved(book: DeliveryBook, routes: readonly ChannelRoute[], now: number): DeliveryBook {
  const isPresent = (channelId: string): boolean => routes.some(({ id }) => id === channelId);
  const waiting = book.deliveries.filter(({ progress }) => progress.state === 'waiting');
  const known = new Set([...book.health, ...waiting].map(({ channelId }) => channelId));
  return [...known]
    .filter((channelId) => !isPresent(channelId))
    .reduce((current, channelId) => {
      const failed = failWaiting(current, channelId, 'channel_removed', now);
      const closed = closeTrouble(failed, channelId, { reason: 'The channel was removed', routes, now });
      return { ...closed, health: closed.health.filter((each) => each.channelId !== channelId) };
    }, book);
}

function failWaiting(book: DeliveryBook, channelId: string, reason: FailureReason, now: number): DeliveryBook {
  const failed = book.deliveries
    .filter((delivery) => delivery.channelId === channelId && delivery.progress.state === 'waiting')
    .map((delivery): Delivery => {
      const { attempts } = delivery.progress;
      return { ...delivery, progress: { state: 'failed', attempts, atMs: now, reason } };
    });
  return failed.length === 0 ? book : withinBounds(replaced(book, failed), channelId, now);
}

/**
 * A channel that fails is an incident of its own, told to every other channel once, until it delivers again. Only messages of other
 * incidents show it, and no tests: word of one failing channel must not raise word of the next, or two that falter would talk about each other for ever.
 * Events show it only where their endpoint is gone, which alerts go to as well: a receiver may not know what to do with an event.
 */
function troubled(
  book: DeliveryBook,
  { delivery, answer }: { readonly delivery: Delivery; readonly answer: Answer },
  routes: readonly ChannelRoute[],
  now: number,
): DeliveryBook {
  const { channelId } = delivery;
  const { disabledAtMs, troubleId } = healthOf(book, channelId);
  const isTrouble = isOfAlert(delivery)
    ? delivery.incident.kind !== CHANNEL_FAILING && delivery.incident.kind !== TEST_KIND
    : disabledAtMs !== null;
  if (!isTrouble || troubleId !== null) return book;
  const id = `chn_${channelId}_${now}`;
  const reason = `Alerts do not reach this channel: ${answerText(answer)}`;
  const noted = withHealth(book, channelId, { troubleId: id });
  return accept(noted, [troubleOf(delivery, id, reason, now)], others(routes, channelId), now);
}

function closeTrouble(
  book: DeliveryBook,
  channelId: string,
  { reason, routes, now }: { readonly reason: string; readonly routes: readonly ChannelRoute[]; readonly now: number },
): DeliveryBook {
  const { troubleId } = healthOf(book, channelId);
  if (troubleId === null) return book;
  const last = lastWordOf(book, troubleId);
  const noted = withHealth(book, channelId, { troubleId: null });
  if (last === null) return noted;
  const closed = { ...last, reason, updatedAtMs: now, closedAtMs: now };
  return accept(noted, [closed], others(routes, channelId), now);
}

function troubleOf({ channelId, channelKind }: Delivery, id: string, reason: string, now: number): Incident {
  return {
    id,
    kind: CHANNEL_FAILING,
    severity: 'warning',
    subject: `${channelKind} channel ${channelId}`,
    processorId: null,
    segment: null,
    fromStatus: null,
    toStatus: null,
    openedAtMs: now,
    updatedAtMs: now,
    closedAtMs: null,
    acknowledgedBy: null,
    reason,
    evidence: {},
    moneyAtRisk: null,
  };
}

/** That alerts are lost is for everyone, whatever severities they chose. */
function others(routes: readonly ChannelRoute[], channelId: string): ChannelRoute[] {
  return routes.filter(({ id }) => id !== channelId).map((route) => ({ ...route, severities: SEVERITIES }));
}

function hold(book: DeliveryBook, channelId: string, untilMs: number): DeliveryBook {
  const { heldUntilMs } = healthOf(book, channelId);
  return untilMs <= heldUntilMs ? book : withHealth(book, channelId, { heldUntilMs: untilMs });
}

function healthOf({ health }: DeliveryBook, channelId: string): ChannelHealth {
  return health.find((each) => each.channelId === channelId) ?? newHealth({ id: channelId, revision: 0 });
}

export function withHealth(book: DeliveryBook, channelId: string, fields: Partial<ChannelHealth>): DeliveryBook {
  const next = { ...healthOf(book, channelId), ...fields };
  return { ...book, health: [...book.health.filter((each) => each.channelId !== channelId), next] };
}

function replaced(book: DeliveryBook, changed: readonly Delivery[]): DeliveryBook {
  const byId = new Map(changed.map((delivery) => [delivery.id, delivery]));
  return { ...book, deliveries: book.deliveries.map((delivery) => byId.get(delivery.id) ?? delivery) };
}
