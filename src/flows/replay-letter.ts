// Gives dead letters of webhooks another try under today's mapping: what has nothing more to say leaves the list, the rest stays and says why. Rules: SPEC.md [WHK].
import type { Delivery } from '../ports/webhook-adapter.ts';
import type { EventOutcome } from '../ports/event-recorder.ts';
import type { KeptWebhookLetter, LetterItem } from '../ports/webhook-port.ts';
import type { World } from '../ports/world.ts';
import { type LastWord, leavesList } from './letter-outcome.ts';
import { type OpenSource, openSource } from './open-source.ts';
import { countsOf, readWhole } from './receive-webhook.ts';
import { eventSourceOf, recordEvents, type RecordedEvent } from './record-events.ts';

export type LetterReplay =
  | { readonly outcome: LastWord }
  | { readonly outcome: 'refused'; readonly reason: string; readonly field: string | null }
  | { readonly outcome: 'not_recorded' }
  | { readonly outcome: 'unknown_source' }
  | { readonly outcome: 'gone' };

export interface ReplayedLetter {
  readonly id: string;
  readonly replay: LetterReplay;
}

/** Each may ask its vendor, and its processor; one after the other would be long. */
const AT_ONCE = 10;

/** In the order of the ids. */
export async function replayLetters(
  world: World,
  ids: readonly string[],
  now: number,
): Promise<readonly ReplayedLetter[]> {
  const replayed: ReplayedLetter[] = [];
  for (let at = 0; at < ids.length; at += AT_ONCE)
    replayed.push(
      ...(await Promise.all(
        ids.slice(at, at + AT_ONCE).map(async (id) => ({ id, replay: await replayOne(world, id, now) })),
      )),
    );
  return replayed;
}

/** Of many, one for whom the dead letters are out of reach must not hide what became of the others. */
async function replayOne(world: World, id: string, now: number): Promise<LetterReplay> {
  try {
    return await replayLetter(world, id, now);
  } catch (error) {
    if ((error as { readonly retryable?: unknown }).retryable === true) return { outcome: 'not_recorded' };
    throw error;
  }
}

export async function replayLetter(world: World, id: string, now: number): Promise<LetterReplay> {
  const { intake } = world.webhooks;
  const letter = await intake.letter(id);
  if (letter === null) return { outcome: 'gone' };
  const opening = await openSource(world.webhooks, letter.sourceId, now);
  if (!opening.ok) return { outcome: opening.reason === 'unreachable' ? 'not_recorded' : 'unknown_source' };
  const { replay, recorded, ignored } = await tryAgain(world, opening.open, letter, now);
  if (!leavesList(replay)) return replay;
  await intake.remove(id);
  world.webhooks.count(countsOf(letter.sourceId, { ignored, unreadable: [] }, recorded));
  return replay;
}

interface Tried {
  readonly replay: LetterReplay;
  readonly recorded: readonly RecordedEvent[];
  readonly ignored: readonly string[];
}

/** It was verified when it came; nobody signs what we have masked. */
async function tryAgain(
  world: World,
  open: OpenSource,
  { item, reason, field }: KeptWebhookLetter,
  now: number,
): Promise<Tried> {
  const from = eventSourceOf(open);
  if (item.kind === 'event') return triedBy(await recordEvents(world, from, [item.event], now), []);
  const delivery = deliveryOf(item, now);
  if (delivery === null) return { replay: { outcome: 'refused', reason, field }, recorded: [], ignored: [] };
  const reading = await readWhole(world, open, delivery);
  const tried = triedBy(await recordEvents(world, from, reading.events, now), reading.ignored);
  const [unreadable] = reading.unreadable;
  if (unreadable === undefined) return tried;
  return { ...tried, replay: { outcome: 'refused', reason: unreadable.reason, field: unreadable.field } };
}

const triedBy = (recorded: readonly RecordedEvent[], ignored: readonly string[]): Tried => ({
  replay: worstOf(recorded.map(({ outcome }) => outcome)),
  recorded,
  ignored,
});

/** Of a delivery with several events: one that is not done keeps the letter. */
function worstOf(outcomes: readonly EventOutcome[]): LetterReplay {
  for (const wanted of ['not_recorded', 'refused', 'recorded', 'late', 'duplicate'] as const) {
    const found = outcomes.find(({ outcome }) => outcome === wanted);
    if (found !== undefined) return found;
  }
  return { outcome: 'ignored' };
}

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
