// Takes one delivery in: signature before anything is parsed, then its events into the ledgers, and what cannot be understood into the dead letters. Rules: SPEC.md [WHK].
import { holdsCardNumberInId } from '../domain/results/card-number-in-id.ts';
import { longNumbersAsText } from '../domain/results/card-number-digits.ts';
import { maskCardNumbersIn } from '../domain/results/card-number-mask.ts';
import { holdsCardNumber, maskCardNumbers } from '../domain/results/card-number.ts';
import type { Acknowledgement, Delivery, FetchingAdapter, Reading, WebhookAdapter } from '../ports/webhook-adapter.ts';
import type { LetterItem, WebhookCount, WebhookLetter } from '../ports/webhook-port.ts';
import type { World } from '../ports/world.ts';
import { hashIds } from './hash-ids.ts';
import { type OpenSource, openSource } from './open-source.ts';
import { eventSourceOf, recordEvents, type RecordedEvent } from './record-events.ts';

export type WebhookAnswer =
  | { readonly outcome: 'acknowledged'; readonly acknowledgement: Acknowledgement }
  | { readonly outcome: 'unknown_source' }
  /** Why is counted, not told. */
  | { readonly outcome: 'unverified' }
  /** The sender is asked to come again. */
  | { readonly outcome: 'not_recorded' };

/** A dead letter keeps no larger body than that; such a one can be read by nobody and is not tried again. */
const BODY_CHARACTERS_MAX = 65_536;

/** Of the time that its sender waits; the rest is the way back. */
const ANSWER_SHARE = 0.8;
/** How long the sender waits is not known before; none gives up sooner than after 5 s. */
const OPEN_WAIT_MS = 2_000;

export async function receiveWebhook(world: World, sourceId: string, received: Delivery): Promise<WebhookAnswer> {
  const { webhooks } = world;
  const opening = await webhooks.withinTime(OPEN_WAIT_MS, () => openSource(webhooks, sourceId, received.receivedAtMs));
  if (opening === null) return { outcome: 'not_recorded' };
  if (!opening.ok) return { outcome: opening.reason === 'unreachable' ? 'not_recorded' : 'unknown_source' };
  const { open } = opening;
  const countDelivery = (outcome: string): void =>
    webhooks.count([{ sourceId: open.source.id, what: 'delivery', outcome, count: 1 }]);
  const verdict = await open.adapter.verify(received, open.settings);
  if (!verdict.ok) {
    countDelivery(verdict.reason);
    return { outcome: 'unverified' };
  }
  const taking = answerTo(world, open, withEveryDigit(received));
  const spentMs = world.now() - received.receivedAtMs;
  const waitMs = open.adapter.declaration.answerWithinMs * ANSWER_SHARE - spentMs;
  const answered = await webhooks.withinTime(Math.max(0, waitMs), () => taking);
  if (answered === null) {
    // Half of it may be on disk: what is begun goes on, and is a duplicate when the sender comes again.
    world.later(taking);
    countDelivery('out_of_time');
    return { outcome: 'not_recorded' };
  }
  const { counted, ...answer } = answered;
  countDelivery(counted);
  return answer;
}

type Answered = Extract<WebhookAnswer, { readonly outcome: 'acknowledged' | 'not_recorded' }> & {
  readonly counted: 'accepted' | 'asked_again' | 'not_recorded';
};

async function answerTo(world: World, open: OpenSource, delivery: Delivery): Promise<Answered> {
  const reading = await readWhole(world, open, delivery);
  const acknowledgement = open.adapter.acknowledge(reading);
  const isAskedAgain = acknowledgement.status >= 500;
  const taken = await takeIn(world, open, { reading, delivery, isAskedAgain });
  if (!taken) return { outcome: 'not_recorded', counted: 'not_recorded' };
  if (isAskedAgain) return { outcome: 'not_recorded', counted: 'asked_again' };
  return { outcome: 'acknowledged', acknowledgement, counted: 'accepted' };
}

/** With what has to be asked for. Never throws on what a sender may send. */
export async function readWhole(world: World, { adapter, settings }: OpenSource, delivery: Delivery): Promise<Reading> {
  const reading = await adapter.read(delivery, settings);
  if (!isFetching(adapter) || reading.events.length === 0) return reading;
  const completed = await adapter.complete(reading.events, settings, world.webhooks.fetch);
  return {
    events: completed.events,
    ignored: [...reading.ignored, ...completed.ignored],
    unreadable: [...reading.unreadable, ...completed.unreadable],
  };
}

const isFetching = (adapter: WebhookAdapter): adapter is FetchingAdapter => adapter.declaration.needsFetch;

type DeliveryItem = Extract<LetterItem, { readonly kind: 'delivery' }>;

interface Taking {
  readonly reading: Reading;
  readonly delivery: Delivery;
  /** What is unreadable comes again by itself, so that no dead letter is needed. */
  readonly isAskedAgain: boolean;
}

/** False: something could not be kept, and everything is to come again; what was recorded is then a duplicate. */
async function takeIn(world: World, open: OpenSource, { reading, delivery, isAskedAgain }: Taking): Promise<boolean> {
  const { source } = open;
  const now = delivery.receivedAtMs;
  const recorded = await recordEvents(world, eventSourceOf(open), reading.events, now);
  if (recorded.some(({ outcome }) => outcome.outcome === 'not_recorded')) return false;
  const letters = recorded.flatMap((event) => letterOf(event, source.id, now));
  if (!isAskedAgain) letters.push(...(await unreadLetters(world, open, reading, delivery)));
  try {
    if (letters.length > 0) await world.webhooks.intake.bury(letters);
  } catch {
    // Fails closed: what cannot be buried would be lost.
    return false;
  }
  world.webhooks.count(countsOf(source.id, reading, recorded));
  return true;
}

function letterOf({ event, outcome }: RecordedEvent, sourceId: string, atMs: number): WebhookLetter[] {
  if (outcome.outcome !== 'refused') return [];
  const { reason, field } = outcome;
  return [{ sourceId, reason, field, item: { kind: 'event', event }, atMs }];
}

/** One for each item that stands for itself; for what does not, the delivery is kept once. */
async function unreadLetters(
  world: World,
  { source, settings }: OpenSource,
  reading: Reading,
  delivery: Delivery,
): Promise<readonly WebhookLetter[]> {
  const apart = reading.unreadable.filter(({ ownBody }) => ownBody !== undefined);
  const whole = reading.unreadable.find(({ ownBody }) => ownBody === undefined);
  if (apart.length === 0 && whole === undefined) return [];
  const item = await deliveryItem(world, delivery, settings.secrets);
  const kept = [...apart, ...(whole === undefined ? [] : [whole])].map(async ({ reason, field, ownBody }) => ({
    sourceId: source.id,
    reason,
    field: field === null ? null : maskCardNumbers(field),
    item: ownBody === undefined ? item : { ...item, body: await maskedJson(world, encoded(ownBody)) },
    atMs: delivery.receivedAtMs,
  }));
  return await Promise.all(kept);
}

const encoded = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json));

/** Bytes that are no UTF-8 are for the adapter to refuse. */
function withEveryDigit(delivery: Delivery): Delivery {
  const text = textOf(delivery.rawBody);
  if (text === null) return delivery;
  const exact = longNumbersAsText(text);
  return exact === text ? delivery : { ...delivery, rawBody: new TextEncoder().encode(exact) };
}

/** Of a delivery only what reading it again needs; a secret in its path is left out. */
async function deliveryItem(world: World, delivery: Delivery, secrets: readonly string[]): Promise<DeliveryItem> {
  const parts = delivery.pathRest
    .split('/')
    .map(async (part) => (secrets.includes(part) ? '-' : await maskedPart(world, part)));
  return {
    kind: 'delivery',
    body: await maskedJson(world, delivery.rawBody),
    pathRest: (await Promise.all(parts)).join('/'),
    query: [...delivery.query].map(([name, value]) => [maskCardNumbers(name), maskCardNumbers(value)] as const),
  };
}

/** An id in the path is kept as it would be recorded. What is percent-encoded is none, may hide a number, and goes whole. */
async function maskedPart(world: World, part: string): Promise<string> {
  const plain = decoded(part);
  if (plain === null) return '*';
  if (![part, plain].some((text) => holdsCardNumber(text) || holdsCardNumberInId(text))) return part;
  return plain === part ? await world.pseudonym(part) : '*';
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

async function maskedJson(world: World, rawBody: Uint8Array): Promise<string | null> {
  const text = rawBody.length > BODY_CHARACTERS_MAX ? null : textOf(rawBody);
  if (text === null) return null;
  try {
    return JSON.stringify(maskCardNumbersIn(await hashIds(world, JSON.parse(text))).value);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function countsOf(
  sourceId: string,
  reading: Pick<Reading, 'ignored' | 'unreadable'>,
  recorded: readonly RecordedEvent[],
): readonly WebhookCount[] {
  const counts = new Map<string, number>();
  const note = (outcome: string, by = 1): void => void counts.set(outcome, (counts.get(outcome) ?? 0) + by);
  for (const { outcome, silence, maskedFields } of recorded) {
    note(silence ?? outcome.outcome);
    if (maskedFields > 0) note('card_number_masked');
  }
  if (reading.ignored.length > 0) note('ignored', reading.ignored.length);
  if (reading.unreadable.length > 0) note('unreadable', reading.unreadable.length);
  return [...counts].map(([outcome, count]) => ({ sourceId, what: 'event', outcome, count }));
}
