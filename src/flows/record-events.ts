// Takes a source's events all the way into the ledgers of their processors, and says of each what became of it. Rules: SPEC.md [WHK].
import type { AttemptEvent } from '../domain/results/attempt-event.ts';
import { type EventDetail, withSignedDetails } from '../domain/results/event-details.ts';
import type { EventOutcome } from '../ports/event-recorder.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';
import type { OpenSource } from './open-source.ts';
import { keepDetails, NO_DETAILS } from './keep-details.ts';
import { spokenFamily } from '../domain/results/declines/spoken-family.ts';
import type { World } from '../ports/world.ts';
import { type Addressed, type HandedOver, handOver, joinDecision, processorsFor } from './hand-over.ts';
import { type OldDelivery, oldDeliveryOf } from '../domain/results/replay.ts';
import { settleLate } from './settle-late.ts';
import { isLate, placeEvent, processorIdOf, type Silence, silenceOf } from './place-event.ts';
import { maskEvent } from './mask-event.ts';
import { noteEvents, tellUndone } from './note-events.ts';

export interface EventSource {
  readonly source: WebhookSource;
  readonly reportsFailures: boolean;
  readonly unsignedDetails: readonly EventDetail[];
  readonly oldDelivery: OldDelivery;
}

export function eventSourceOf({ source, adapter }: Pick<OpenSource, 'source' | 'adapter'>): EventSource {
  const { reportsFailures, unsignedDetails, signs, replayWindowMs } = adapter.declaration;
  const windowMs = adapter.replayWindowOf === undefined ? replayWindowMs : adapter.replayWindowOf(source.own);
  return { source, reportsFailures, unsignedDetails, oldDelivery: oldDeliveryOf(signs, windowMs) };
}

export interface RecordedEvent {
  /** As it may be kept. */
  readonly event: AttemptEvent;
  readonly outcome: EventOutcome;
  /** Why nothing was recorded of it; only with `ignored`. */
  readonly silence: Silence | null;
  readonly maskedFields: number;
}

/** In the order of the events. Never throws on what a sender may send. */
export async function recordEvents(
  world: World,
  from: EventSource,
  events: readonly AttemptEvent[],
  now: number,
): Promise<readonly RecordedEvent[]> {
  const masked = await Promise.all(events.map(async (event) => await maskEvent(world, event)));
  const answers = masked.map(({ event, count }): RecordedEvent => {
    const silence = silenceOf(event);
    return { event, silence, maskedFields: count, outcome: { outcome: 'ignored' } };
  });
  const telling = answers.flatMap(({ silence }, index) => (silence === null ? [index] : []));
  const outcomes = await recordTelling(
    world,
    from,
    telling.map((index) => answers[index]!.event),
    now,
  );
  telling.forEach((index, position) => {
    answers[index] = { ...answers[index]!, outcome: outcomes[position]! };
  });
  const untold = await tellUndone(world, from, answers, now);
  noteEvents(world, from, answers, now);
  return answers.map((answer, index) =>
    untold.has(index) ? { ...answer, outcome: { outcome: 'not_recorded' } } : answer,
  );
}

async function recordTelling(
  world: World,
  { source, ...said }: EventSource,
  events: readonly AttemptEvent[],
  now: number,
): Promise<readonly EventOutcome[]> {
  const ids = events.map((event) => processorIdOf(event, source));
  const processors = await processorsFor(
    world,
    ids.filter((id) => typeof id === 'string'),
    now,
  );
  if (processors === null) return events.map(() => ({ outcome: 'not_recorded' }));
  const placed = await Promise.all(
    events.map(async (event, index): Promise<Placed | EventOutcome> => {
      const id = ids[index]!;
      if (typeof id !== 'string') return { outcome: 'refused', ...id };
      const processor = processors.get(id);
      if (processor === undefined) return UNKNOWN_PROCESSOR;
      const { decision } = await joinDecision(world, event.decisionToken, processor, now);
      const result = placeEvent(event, { ...said, source, processor, decision, now });
      if ('reason' in result) return { outcome: 'refused', ...result };
      const kept = await keepDetails(world, result.result, detailsOf(event, { ...said, source }));
      return { ...result, result: kept, isLate: isLate(event, now) };
    }),
  );
  return await handOverPlaced(world, placed);
}

/** What the signature leaves open is no fact of the attempt. */
function detailsOf(told: AttemptEvent, { source, unsignedDetails }: Pick<EventSource, 'source' | 'unsignedDetails'>) {
  const { network, adviceCode, credentialFingerprint, ...event } = withSignedDetails(told, unsignedDetails);
  return {
    ...NO_DETAILS,
    network,
    adviceCode,
    credentialFingerprint,
    networkDeclineCode: event.networkDeclineCode ?? null,
    issuerCountry: event.issuerCountry ?? null,
    family: spokenFamily(event.connectorName, source.adapter),
  };
}

type Placed = Addressed & { readonly isLate: boolean };

const UNKNOWN_PROCESSOR: EventOutcome = { outcome: 'refused', reason: 'unknown_processor', field: 'processor_id' };

async function handOverPlaced(
  world: World,
  placed: readonly (Placed | EventOutcome)[],
): Promise<readonly EventOutcome[]> {
  const good = placed.filter((item): item is Placed => !('outcome' in item));
  const [fresh, late] = [good.filter((item) => !item.isLate), good.filter((item) => item.isLate)];
  const handed = (await handOver(world, fresh)).map(outcomeOf);
  // After them: what they make unknown is then settled.
  const settled = await settleLate(world, late);
  let [freshAt, lateAt] = [0, 0];
  return placed.map((item) => {
    if ('outcome' in item) return item;
    return item.isLate ? settled[lateAt++]! : handed[freshAt++]!;
  });
}

function outcomeOf(handed: HandedOver): EventOutcome {
  switch (handed.outcome) {
    case 'recorded':
    case 'duplicate':
      return { outcome: handed.outcome };
    case 'refused':
      return { outcome: 'refused', reason: handed.reason, field: 'transaction_id' };
    case 'unknown_processor':
      return UNKNOWN_PROCESSOR;
    case 'not_recorded':
      return { outcome: 'not_recorded' };
  }
}
