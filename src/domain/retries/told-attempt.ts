// One attempt as callers tell it, in the ledger's own terms: its outcome, and what its decline asks for.
import { DUPLICATE_RECORDS } from '../results/declines/duplicate-records.ts';
import { networkNamed } from '../results/card-networks.ts';
import { networkRegion } from '../results/declines/network-regions.ts';
import { isOnRail, type Speaker } from '../results/declines/decline-tables.ts';
import { readAdvice, readDecline, type DeclineMeaning } from '../results/declines/read-decline.ts';
import type { AdviceRecord } from '../results/declines/advice-records.ts';
import type { ApiResult } from '../results/canonical-result.ts';
import type { AttemptOutcome, DeclineReading, LedgerAttempt } from './attempt-reading.ts';
import { attemptId } from './attempt-reading.ts';
import type { ProcessorId } from '../identity.ts';

/** `not_sent`: it never left the processor. `voided`: cancelled, and the cancel is confirmed. `refunded`: all of it was given back. */
export const TOLD_RESULTS = ['approved', 'declined', 'error', 'timeout', 'not_sent', 'voided', 'refunded'] as const;
export type ToldResult = (typeof TOLD_RESULTS)[number];

export interface ToldAttempt {
  readonly processorId: ProcessorId;
  readonly transactionId: string;
  readonly paymentId: string | null;
  readonly result: ToldResult;
  readonly declineCode: string | null;
  readonly networkDeclineCode: string | null;
  readonly adviceCode: string | null;
  /** Card network or rail, however it is written. */
  readonly network: string | null;
  /** Whose words the codes are, e.g. `adyen`; `null`: not told. */
  readonly family: string | null;
  /** Of the card's issuer, ISO 3166-1 alpha-2; left out: not told. */
  readonly issuerCountry?: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly atMs: number;
}

const OUTCOMES: Readonly<Record<ToldResult, AttemptOutcome>> = {
  approved: 'approved',
  declined: 'declined',
  error: 'failed',
  timeout: 'unknown',
  not_sent: 'not_sent',
  voided: 'voided',
  refunded: 'refunded',
};

/** One merchant is one card acceptor to the networks, whichever processor it goes through. */
const ACCEPTOR = 'main';

export function ledgerAttemptOf(told: ToldAttempt): LedgerAttempt {
  return {
    id: attemptId(told.processorId, told.transactionId),
    paymentId: told.paymentId,
    processorId: told.processorId,
    acceptor: ACCEPTOR,
    amountMinor: told.amountMinor,
    currency: told.currency,
    network: networkNamed(told.network),
    atMs: told.atMs,
    outcome: OUTCOMES[told.result],
    reading: isAnswer(told.result) ? readingOf(told, told.result) : null,
  };
}

/** Of an issuer or a processor, to what was asked of it. */
const isAnswer = (result: ToldResult): result is ApiResult =>
  result !== 'not_sent' && result !== 'voided' && result !== 'refunded';

function readingOf(told: ToldAttempt, result: ApiResult): DeclineReading | null {
  const { declineCode, networkDeclineCode, adviceCode, network, family, issuerCountry = null, atMs } = told;
  const speaker = { family, network, region: networkRegion(network, issuerCountry), at: atMs };
  const read = readDecline({ ...speaker, result, code: declineCode, networkCode: networkDeclineCode, adviceCode });
  if (read === null) return null;
  const advice = readAdvice(adviceCode, speaker);
  return {
    // That nobody has listed a card's decline is no issuer's "never": it is a decline without advice, which is not retried unless the merchant says so.
    class: read.listed || read.class !== 'never' ? read.class : 'later',
    fault: read.fault,
    visaCategory: read.visaCategory ?? categoryAdvised(advice),
    macCode: advice?.family === 'mastercard' ? advice.code : null,
    waitMs: read.waitMs,
    processorAdvice: processorAdvised(advice) ?? adviceInCode(read, declineCode, speaker),
    ...(DUPLICATE_RECORDS.has(read.ruleId) ? { isDuplicate: true } : {}),
  };
}

/** Some processors say in the code itself what to do; and on a rail, where no network's rules say more, that it is "not now" is all the advice there is. */
function adviceInCode(
  read: DeclineMeaning,
  declineCode: string | null,
  speaker: Speaker,
): DeclineReading['processorAdvice'] {
  if (read.class !== 'later' || !read.listed) return null;
  return isOnRail(speaker) ? 'try_again_later' : processorAdvised(readAdvice(declineCode, speaker));
}

/** Some processors hand Visa's category on as an advice code of one digit. */
function categoryAdvised(advice: AdviceRecord | null): 1 | 2 | 3 | null {
  if (advice?.family !== 'visa') return null;
  return advice.class === 'never' ? 1 : advice.class === 'later' ? 2 : 3;
}

function processorAdvised(advice: AdviceRecord | null): DeclineReading['processorAdvice'] {
  if (advice === null || advice.family === 'mastercard' || advice.family === 'visa') return null;
  if (advice.class === 'never') return 'do_not_try_again';
  if (advice.class === 'later') return 'try_again_later';
  return advice.class === 'fix_data' ? 'confirm_card_data' : null;
}
