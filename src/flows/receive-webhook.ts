// Takes one delivery in: signature before anything is parsed, then its events into the ledgers, and what cannot be understood into the dead letters. Rules: SPEC.md [WHK].
import { maskCardNumbersIn } from '../domain/results/card-number-mask.ts';
import { maskCardNumbers } from '../domain/results/card-number.ts';
import type { Acknowledgement, Delivery, FetchingAdapter, Reading, WebhookAdapter } from '../ports/webhook-adapter.ts';
import type { LetterItem, WebhookCount, WebhookLetter } from '../ports/webhook-port.ts';
import type { World } from '../ports/world.ts';
import { type OpenSource, openSource } from './open-source.ts';
import { recordEvents, type RecordedEvent } from './record-events.ts';

export type WebhookAnswer =
  | { readonly outcome: 'acknowledged'; readonly acknowledgement: Acknowledgement }
  | { readonly outcome: 'unknown_source' }
  /** Why is counted, not told. */
  | { readonly outcome: 'unverified' }
  /** The sender is asked to come again. */
  | { readonly outcome: 'not_recorded' };

/** A dead letter keeps no larger body than that; such a one can be read by nobody and is not tried again. */
const BODY_CHARACTERS_MAX = 65_536;

export async function receiveWebhook(world: World, sourceId: string, delivery: Delivery): Promise<WebhookAnswer> {
  const { webhooks } = world;
  const opening = await openSource(webhooks, sourceId, delivery.receivedAtMs);
  if (!opening.ok) return { outcome: opening.reason === 'unreachable' ? 'not_recorded' : 'unknown_source' };
  const { open } = opening;
  const countDelivery = (outcome: string): void =>
    webhooks.count([{ sourceId: open.source.id, what: 'delivery', outcome, count: 1 }]);
  const verdict = await open.adapter.verify(delivery, open.settings);
  if (!verdict.ok) {
    countDelivery(verdict.reason);
    return { outcome: 'unverified' };
  }
  const reading = await readWhole(world, open, delivery);
  const acknowledgement = open.adapter.acknowledge(reading);
  const isAskedAgain = acknowledgement.status >= 500;
  const taken = await takeIn(world, open, { reading, delivery, isAskedAgain });
  if (!taken) {
    countDelivery('not_recorded');
    return { outcome: 'not_recorded' };
  }
  if (isAskedAgain) {
    countDelivery('asked_again');
    return { outcome: 'not_recorded' };
  }
  countDelivery('accepted');
  return { outcome: 'acknowledged', acknowledgement };
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

interface Taking {
  readonly reading: Reading;
  readonly delivery: Delivery;
  /** What is unreadable comes again by itself, so that no dead letter is needed. */
  readonly isAskedAgain: boolean;
}

/** False: something could not be kept, and everything is to come again; what was recorded is then a duplicate. */
async function takeIn(world: World, open: OpenSource, { reading, delivery, isAskedAgain }: Taking): Promise<boolean> {
  const { source, adapter, settings } = open;
  const now = delivery.receivedAtMs;
  const from = { source, reportsFailures: adapter.declaration.reportsFailures };
  const recorded = await recordEvents(world, from, reading.events, now);
  if (recorded.some(({ outcome }) => outcome.outcome === 'not_recorded')) return false;
  const letters = recorded.flatMap((event) => letterOf(event, source.id, now));
  const [unreadable] = isAskedAgain ? [] : reading.unreadable;
  if (unreadable !== undefined) {
    const { reason, field } = unreadable;
    const item = deliveryItem(delivery, settings.secrets);
    letters.push({
      sourceId: source.id,
      reason,
      field: field === null ? null : maskCardNumbers(field),
      item,
      atMs: now,
    });
  }
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

/** Of a delivery only what reading it again needs; a secret in its path is left out. */
function deliveryItem(delivery: Delivery, secrets: readonly string[]): LetterItem {
  const parts = delivery.pathRest.split('/').map((part) => (secrets.includes(part) ? '-' : maskedPart(part)));
  return {
    kind: 'delivery',
    body: maskedJson(delivery.rawBody),
    pathRest: parts.join('/'),
    query: [...delivery.query].map(([name, value]) => [maskCardNumbers(name), maskCardNumbers(value)] as const),
  };
}

/** As it stands in the path, where what is percent-encoded may hide a number or stand beside it like a digit of it. */
function maskedPart(part: string): string {
  const plain = decoded(part);
  const masked = maskCardNumbers(plain);
  return masked === plain ? maskCardNumbers(part) : encodeURIComponent(masked);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}

function maskedJson(rawBody: Uint8Array): string | null {
  if (rawBody.length > BODY_CHARACTERS_MAX) return null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rawBody);
    return JSON.stringify(maskCardNumbersIn(JSON.parse(text)).value);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function countsOf(sourceId: string, reading: Reading, recorded: readonly RecordedEvent[]): readonly WebhookCount[] {
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
