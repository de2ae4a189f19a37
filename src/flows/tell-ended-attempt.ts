// What a question about the next attempt tells of the one that ended: unknown, its processor hears of it at once; ended, whoever held it for unknown does. Rules: SPEC.md [UNK].
import { asTransactionId } from '../domain/identity.ts';
import { faultOf } from '../domain/results/fault.ts';
import { handOver } from './hand-over.ts';
import { keepDetails, NO_DETAILS } from './keep-details.ts';
import { HORIZON_MS } from '../domain/results/event-time.ts';
import type { ToldAttempt } from '../domain/retries/told-attempt.ts';
import { type AttemptTelling, tellingOf } from '../domain/unknowns/attempt-telling.ts';
import { segmentKey } from '../domain/segment.ts';
import { teachingOf } from '../domain/results/card-state-decline.ts';
import type { ApiResult, CanonicalResult } from '../domain/results/canonical-result.ts';
import type { AskedNext } from './next-question.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { OwnWord, Watched } from '../domain/unknowns/unknown-attempt.ts';
import type { SlotOwner } from './release-slot.ts';
import type { World } from '../ports/world.ts';

export interface EndedAttempt {
  readonly asked: AskedNext;
  readonly told: ToldAttempt;
  readonly processor: RegisteredProcessor;
  readonly now: number;
}

/** `unknown_not_recorded`: the caller is to report the attempt itself, or nobody will know of it when its final comes. */
export async function tellEndedAttempt(world: World, ended: EndedAttempt): Promise<readonly 'unknown_not_recorded'[]> {
  const { told, processor } = ended;
  switch (told.result) {
    case 'not_sent':
      return [];
    case 'voided':
    case 'refunded': {
      const undone = { ids: [told.transactionId], as: told.result, amountMinor: null, atMs: told.atMs };
      world.later(world.processors.undo(processor, [undone]));
      return [];
    }
    case 'timeout':
      return await tellUnknown(world, ended);
    case 'approved':
    case 'declined':
    case 'error': {
      const [results, tellings] = [[await finalOf(world, ended, told.result)], [tellingBy(ended)]];
      world.later(
        isCounted(ended)
          ? world.processors.settle(processor, results, tellings)
          : world.processors.settleLate(processor, results, tellings),
      );
      return [];
    }
  }
}

/**
 * What its processor knows of an attempt that failed by its caller's word, before anything is advised; what it hears later goes to the ledgers of the payment.
 * `null`: it cannot be asked.
 */
export async function watchEndedAttempt(world: World, ended: EndedAttempt): Promise<Watched | null> {
  const { told, processor } = ended;
  const { result } = told;
  if (result === 'approved' || result === 'voided' || result === 'refunded') return NOTHING_KNOWN;
  const answer = result === 'declined' || result === 'error' ? await resultOf(world, ended, result) : null;
  return await world.processors.watch(processor, wordOf(ended, result), answer);
}

const NOTHING_KNOWN: Watched = { isApproved: false, fingerprint: null, paymentId: null };

function wordOf(ended: EndedAttempt, as: OwnWord['as']): OwnWord {
  const { asked, told } = ended;
  const { transactionId, amountMinor, currency, atMs } = told;
  const segment = segmentKey(asked.route.paymentMethod.toUpperCase(), asked.route.country.toUpperCase());
  return { transactionId, as, segment, amountMinor, currency, atMs, telling: tellingBy(ended) };
}

/** The attempt that was promised: whatever its processor has heard of it, or hears, goes to the payment, too. `null`: it cannot be asked. */
export async function watchPromisedAttempt(
  world: World,
  ended: EndedAttempt,
  promised: { readonly processor: RegisteredProcessor; readonly transactionId: string; readonly owner: SlotOwner },
): Promise<Watched | null> {
  const { fingerprint, paymentId } = promised.owner;
  const telling = tellingOf({ fingerprint, paymentId, network: ended.told.network });
  const word = { ...wordOf(ended, 'promised'), transactionId: promised.transactionId, atMs: ended.now, telling };
  return await world.processors.watch(promised.processor, word, null);
}

function tellingBy({ asked, told }: EndedAttempt): AttemptTelling | null {
  const { paymentId, network, networkDeclineCode, adviceCode, family } = told;
  const whose = { fingerprint: asked.fingerprint, paymentId };
  return tellingOf({ ...whose, network, networkDeclineCode, adviceCode, family, isAsked: true });
}

async function tellUnknown(world: World, ended: EndedAttempt): Promise<readonly 'unknown_not_recorded'[]> {
  const { processor } = ended;
  const result = await resultOf(world, ended, 'timeout');
  const [handed] = result === null ? [] : await handOver(world, [{ result, processor, telling: tellingBy(ended) }]);
  // A conflict is a timeout that was reported with another amount: it is recorded, and this is heard beside it.
  const isKept = handed?.outcome === 'recorded' || handed?.outcome === 'duplicate' || handed?.outcome === 'refused';
  if (isKept) return [];
  // Of no segment of the processor's, or of days ago: nothing can be counted of it, and nobody knows its end all the same.
  const isWatched = (await world.processors.watch(processor, wordOf(ended, 'timeout'), null)) !== null;
  return isWatched ? [] : ['unknown_not_recorded'];
}

/** Compared by its result alone, for the caller's own report tells more and is to be a duplicate. `null`: of no segment of the processor's, or too long ago. */
const resultOf = async (world: World, ended: EndedAttempt, result: ApiResult): Promise<CanonicalResult | null> =>
  isCounted(ended) ? await finalOf(world, ended, result) : null;

function isCounted({ asked, told, processor, now }: EndedAttempt): boolean {
  const { paymentMethod, country } = asked.route;
  const isServed =
    processor.paymentMethods.includes(paymentMethod.toUpperCase()) &&
    processor.countries.includes(country.toUpperCase());
  return isServed && told.atMs >= now - HORIZON_MS;
}

async function finalOf(
  world: World,
  { asked, told, processor }: EndedAttempt,
  result: ApiResult,
): Promise<CanonicalResult> {
  const paymentMethod = asked.route.paymentMethod.toUpperCase();
  const country = asked.route.country.toUpperCase();
  const { family, networkDeclineCode: networkCode, issuerCountry } = told;
  const spokenBy = { family, networkCode, issuerCountry: issuerCountry ?? null };
  const final: CanonicalResult = {
    processorId: processor.id,
    transactionId: asTransactionId(told.transactionId),
    result,
    fault: faultOf(result, told.declineCode, told.network, spokenBy),
    segment: segmentKey(paymentMethod, country),
    declineCode: told.declineCode,
    amountMinor: told.amountMinor,
    currency: told.currency,
    eventTimeMs: told.atMs,
    hasOwnEventTime: asked.timestamp !== null,
    latencyMs: null,
    feeMinor: null,
    attempt: asked.attemptsMade,
    decision: null,
    comparedBy: 'result',
    ...teachingOf(result, told.declineCode, told.network, spokenBy),
  };
  const { bin, threeDs, customerRef } = asked.route;
  const { paymentId, network, adviceCode } = told;
  const codes = { network, networkDeclineCode: networkCode, adviceCode, family, issuerCountry: issuerCountry ?? null };
  const whose = { paymentId, customerRef, credentialFingerprint: asked.fingerprint };
  return await keepDetails(world, final, { ...NO_DETAILS, ...codes, ...whose, bin, threeDs });
}
