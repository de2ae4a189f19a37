// Tells what events say of the money to whoever remembers their payments: voids and refunds to the processor's object, attempts of a known credential to its ledger. Rules: SPEC.md [UNK].
import { asProcessorId } from '../domain/identity.ts';
import { isCardNumberKey } from '../domain/unknowns/attempt-telling.ts';
import { ledgerAttemptOf, type ToldResult } from '../domain/retries/told-attempt.ts';
import { processorsFor } from './hand-over.ts';
import { processorIdOf } from './place-event.ts';
import type { AttemptEvent, AttemptEventKind } from '../domain/results/attempt-event.ts';
import type { LedgerAttempt } from '../domain/retries/attempt-reading.ts';
import type { EventSource, RecordedEvent } from './record-events.ts';
import { spokenFamily } from '../domain/results/declines/spoken-family.ts';
import { withSignedDetails } from '../domain/results/event-details.ts';
import type { Undone } from '../domain/unknowns/unknown-attempt.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';
import type { World } from '../ports/world.ts';

const UNDONE: Readonly<Partial<Record<AttemptEventKind, Undone['as']>>> = { voided: 'voided', refunded: 'refunded' };

const TOLD: Readonly<Record<AttemptEventKind, ToldResult | null>> = {
  authorised: 'approved',
  declined: 'declined',
  error: 'error',
  unknown: 'timeout',
  voided: 'voided',
  // How much of it was given back is judged where the attempt is known.
  refunded: null,
  disputed: null,
  pending: null,
  abandoned: null,
};

/** Indexes of those that could not be told: their sender comes again, for nobody else will. */
export async function tellUndone(
  world: World,
  { source, unsignedDetails }: EventSource,
  recorded: readonly RecordedEvent[],
  now: number,
): Promise<ReadonlySet<number>> {
  const byProcessor = new Map<string, { readonly index: number; readonly undone: Undone }[]>();
  recorded.forEach(({ event, outcome }, index) => {
    const undone = undoneBy(withSignedDetails(event, unsignedDetails), now);
    const id = processorIdOf(event, source);
    // Nothing that the signature does not cover moves money.
    if (undone === null || !event.moneyStateSigned || outcome.outcome === 'not_recorded' || typeof id !== 'string')
      return;
    byProcessor.set(id, [...(byProcessor.get(id) ?? []), { index, undone }]);
  });
  if (byProcessor.size === 0) return new Set();
  const processors = await processorsFor(world, [...byProcessor.keys()], now);
  const failed = await Promise.all(
    [...byProcessor].map(async ([id, items]) => {
      const processor = processors?.get(id);
      if (processors !== null && processor === undefined) return [];
      const isTold =
        processor !== undefined &&
        (await world.processors.undo(
          processor,
          items.map(({ undone }) => undone),
        ));
      return isTold ? [] : items.map(({ index }) => index);
    }),
  );
  return new Set(failed.flat());
}

function undoneBy(event: AttemptEvent, now: number): Undone | null {
  const as = UNDONE[event.kind];
  if (as === undefined) return null;
  const ids = event.transactionId === null ? [event.attemptKey] : [event.transactionId, event.attemptKey];
  return { ids, as, amountMinor: event.amountMinor, atMs: Math.min(event.eventTimeMs ?? now, now) };
}

/** Behind the answer, as results of the API are: a ledger that is out of reach refuses no event. */
export function noteEvents(
  world: World,
  { source, unsignedDetails }: EventSource,
  recorded: readonly RecordedEvent[],
  now: number,
): void {
  const attemptsOf = new Map<string, LedgerAttempt[]>();
  for (const { event: told } of recorded.filter(isNoted)) {
    const event = withSignedDetails(told, unsignedDetails);
    const fingerprint = event.credentialFingerprint;
    const attempt = attemptBy(event, source, now);
    if (fingerprint === null || attempt === null || isCardNumberKey(fingerprint)) continue;
    attemptsOf.set(fingerprint, [...(attemptsOf.get(fingerprint) ?? []), attempt]);
  }
  if (attemptsOf.size === 0) return;
  world.later(world.credentials.note([...attemptsOf].map(([fingerprint, attempts]) => ({ fingerprint, attempts }))));
}

const NOTED: ReadonlySet<string> = new Set(['recorded', 'duplicate', 'late']);

/** An approval that contradicts a failure is refused where results are counted; where money is spent it must be known all the same. */
function isNoted({ event, outcome }: RecordedEvent): boolean {
  if (!event.moneyStateSigned) return false;
  if (NOTED.has(outcome.outcome) || event.kind === 'voided') return true;
  return outcome.outcome === 'refused' && outcome.reason === 'conflicting_body' && event.kind === 'authorised';
}

function attemptBy(event: AttemptEvent, source: WebhookSource, now: number): LedgerAttempt | null {
  const result = TOLD[event.kind];
  const id = processorIdOf(event, source);
  const { amountMinor, currency } = event;
  if (result === null || typeof id !== 'string' || amountMinor === null || currency === null) return null;
  return ledgerAttemptOf({
    processorId: asProcessorId(id),
    transactionId: event.transactionId ?? event.attemptKey,
    paymentId: null,
    result,
    declineCode: event.declineCode,
    networkDeclineCode: event.networkDeclineCode ?? null,
    adviceCode: event.adviceCode,
    network: event.network,
    family: spokenFamily(event.connectorName, source.adapter),
    issuerCountry: event.issuerCountry ?? null,
    amountMinor,
    currency,
    atMs: Math.min(event.eventTimeMs ?? now, now),
  });
}
