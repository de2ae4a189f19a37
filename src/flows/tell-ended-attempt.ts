// What a question about the next attempt tells of the one that ended: unknown, its processor hears of it at once; ended, whoever held it for unknown does. Rules: SPEC.md [UNK].
import { asTransactionId } from '../domain/identity.ts';
import { faultOf } from '../domain/results/fault.ts';
import { handOver } from './hand-over.ts';
import { HORIZON_MS } from '../domain/results/event-time.ts';
import type { ToldAttempt } from '../domain/retries/told-attempt.ts';
import { type AttemptTelling, ledgerKeyOf, tellingOf } from '../domain/unknowns/attempt-telling.ts';
import { segmentKey } from '../domain/segment.ts';
import { teachingOf } from '../domain/results/card-state-decline.ts';
import type { ApiResult, CanonicalResult } from '../domain/results/canonical-result.ts';
import type { AskedNext } from './next-question.ts';
import type { RegisteredProcessor } from '../domain/processor-config.ts';
import type { World } from '../ports/world.ts';

export interface EndedAttempt {
  readonly asked: AskedNext;
  readonly told: ToldAttempt;
  readonly processor: RegisteredProcessor;
  readonly now: number;
}

/** `unknown_not_recorded`: the caller is to report the attempt itself, or nobody will know of it when its final comes. */
export async function tellEndedAttempt(world: World, ended: EndedAttempt): Promise<readonly 'unknown_not_recorded'[]> {
  const { asked, told, processor } = ended;
  const ledgerKey = ledgerKeyOf(asked.fingerprint, told.paymentId);
  const { paymentId, network, networkDeclineCode, adviceCode, family } = told;
  const telling = tellingOf({ ledgerKey, paymentId, network, networkDeclineCode, adviceCode, family });
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
      return await tellUnknown(world, ended, telling);
    case 'approved':
    case 'declined':
    case 'error': {
      const result = resultOf(ended, told.result);
      if (result !== null) world.later(world.processors.settle(processor, [result], [telling]));
      return [];
    }
  }
}

async function tellUnknown(
  world: World,
  ended: EndedAttempt,
  telling: AttemptTelling | null,
): Promise<readonly 'unknown_not_recorded'[]> {
  const result = resultOf(ended, 'timeout');
  if (result === null) return ['unknown_not_recorded'];
  const [handed] = await handOver(world, [{ result, processor: ended.processor, telling }]);
  // A conflict is a timeout that was reported with another amount: it is recorded, and this is heard beside it.
  const isKept = handed?.outcome === 'recorded' || handed?.outcome === 'duplicate' || handed?.outcome === 'refused';
  return isKept ? [] : ['unknown_not_recorded'];
}

/** Compared by its result alone, for the caller's own report tells more and is to be a duplicate. `null`: of no segment of the processor's, or too long ago. */
function resultOf({ asked, told, processor, now }: EndedAttempt, result: ApiResult): CanonicalResult | null {
  const paymentMethod = asked.route.paymentMethod.toUpperCase();
  const country = asked.route.country.toUpperCase();
  const isServed = processor.paymentMethods.includes(paymentMethod) && processor.countries.includes(country);
  if (!isServed || told.atMs < now - HORIZON_MS) return null;
  const { family, networkDeclineCode: networkCode, issuerCountry } = told;
  const spokenBy = { family, networkCode, issuerCountry: issuerCountry ?? null };
  return {
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
}
