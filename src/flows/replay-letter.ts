// Gives one dead letter of a webhook another try under today's mapping: recorded now, it leaves the list; else it stays and says why. Rules: SPEC.md [WHK].
import type { Delivery } from '../ports/webhook-adapter.ts';
import type { EventOutcome } from '../ports/event-recorder.ts';
import type { KeptWebhookLetter, LetterItem } from '../ports/webhook-port.ts';
import type { World } from '../ports/world.ts';
import { type OpenSource, openSource } from './open-source.ts';
import { readWhole } from './receive-webhook.ts';
import { eventSourceOf, recordEvents } from './record-events.ts';

export type LetterReplay =
  | { readonly outcome: 'recorded' | 'duplicate' | 'late' | 'ignored' }
  | { readonly outcome: 'refused'; readonly reason: string; readonly field: string | null }
  | { readonly outcome: 'not_recorded' }
  | { readonly outcome: 'unknown_source' }
  | { readonly outcome: 'gone' };

export async function replayLetter(world: World, id: string, now: number): Promise<LetterReplay> {
  const { intake } = world.webhooks;
  const letter = await intake.letter(id);
  if (letter === null) return { outcome: 'gone' };
  const opening = await openSource(world.webhooks, letter.sourceId, now);
  if (!opening.ok) return { outcome: opening.reason === 'unreachable' ? 'not_recorded' : 'unknown_source' };
  const replay = await tryAgain(world, opening.open, letter, now);
  if (isDone(replay)) await intake.remove(id);
  return replay;
}

/** It was verified when it came; nobody signs what we have masked. */
async function tryAgain(
  world: World,
  open: OpenSource,
  { item, reason, field }: KeptWebhookLetter,
  now: number,
): Promise<LetterReplay> {
  const from = eventSourceOf(open);
  if (item.kind === 'event') return worstOf((await recordEvents(world, from, [item.event], now)).map(outcomeOf));
  const delivery = deliveryOf(item, now);
  if (delivery === null) return { outcome: 'refused', reason, field };
  const reading = await readWhole(world, open, delivery);
  const recorded = await recordEvents(world, from, reading.events, now);
  const [unreadable] = reading.unreadable;
  if (unreadable !== undefined) return { outcome: 'refused', reason: unreadable.reason, field: unreadable.field };
  return worstOf(recorded.map(outcomeOf));
}

const outcomeOf = ({ outcome }: { readonly outcome: EventOutcome }): EventOutcome => outcome;

/** Of a delivery with several events: one that is not done keeps the letter. */
function worstOf(outcomes: readonly EventOutcome[]): LetterReplay {
  for (const wanted of ['not_recorded', 'refused', 'recorded', 'late', 'duplicate'] as const) {
    const found = outcomes.find(({ outcome }) => outcome === wanted);
    if (found !== undefined) return found;
  }
  return { outcome: 'ignored' };
}

const isDone = ({ outcome }: LetterReplay): boolean =>
  outcome === 'recorded' || outcome === 'duplicate' || outcome === 'late' || outcome === 'ignored';

function deliveryOf(item: Extract<LetterItem, { readonly kind: 'delivery' }>, now: number): Delivery | null {
  if (item.body === null) return null;
  return {
    rawBody: new TextEncoder().encode(item.body),
    headers: new Map(),
    pathRest: item.pathRest,
    query: new Map(item.query),
    ipAddress: null,
    receivedAtMs: now,
  };
}
