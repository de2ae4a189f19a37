// The night demo's checkout: asks the house where each payment of a minute goes, sends it there, and tells the result when it is there.
import type { IncomingResult } from '../../../src/flows/record-results.ts';
import { type NightAttempt, nightAttempt, type NightPayment, paymentsIn } from './customers.ts';
import type { NightHouse } from './night-house.ts';
import { recommendRoute } from '../../../src/flows/recommend-route.ts';
import { recordResults } from '../../../src/flows/record-results.ts';
import type { RouteRequest } from '../../../src/domain/routing/route-request.ts';
import { MINUTE_MS } from '../../../src/domain/payment-anomalies/reading-plan.ts';

export interface NightSale {
  readonly payment: NightPayment;
  readonly processor: string;
  readonly attempt: NightAttempt;
}

interface Waiting {
  readonly dueMs: number;
  readonly result: IncomingResult;
}

/** Of an attempt that ended with a 5xx nobody knows whether it was charged, until its processor says that it was not. */
const SETTLED_AFTER_MS = 15 * MINUTE_MS;
const NOT_CHARGED = 'not_charged';

/** Payments whose results are still on their way when their minute ends. */
export class Checkout {
  readonly #house: NightHouse;
  readonly #seed: number;
  readonly #startMs: number;
  #waiting: Waiting[] = [];

  /** `startMs`: when the first of the played days begins. */
  constructor(house: NightHouse, seed: number, startMs: number) {
    [this.#house, this.#seed, this.#startMs] = [house, seed, startMs];
  }

  /** The clock stands at the end of the minute afterwards. */
  async sell(minute: number): Promise<readonly NightSale[]> {
    const [house, beganMs] = [this.#house, this.#startMs + minute * MINUTE_MS];
    const sales: NightSale[] = [];
    for (const payment of paymentsIn(this.#seed, minute)) {
      await this.#tellUntil(beganMs + payment.afterMs);
      house.now = beganMs + payment.afterMs;
      sales.push(await this.#sellOne(payment, minute));
    }
    await this.#tellUntil(beganMs + MINUTE_MS - 1);
    await house.settle();
    house.now = beganMs + MINUTE_MS;
    return sales;
  }

  async #sellOne(payment: NightPayment, minute: number): Promise<NightSale> {
    const { world, now } = this.#house;
    const answer = await recommendRoute(world, requestOf(payment));
    const processor = answer?.decision.chosen ?? null;
    if (processor === null) throw new Error(`payment ${payment.number} (${payment.segment}): nobody was recommended`);
    const attempt = nightAttempt(this.#seed, payment, processor, minute);
    const result = resultOf(payment, attempt, { processor, decisionId: answer?.decisionId ?? null });
    const dueMs = now + attempt.latencyMs;
    this.#waiting.push({ dueMs, result });
    if (attempt.result === 'error')
      this.#waiting.push({ dueMs: dueMs + SETTLED_AFTER_MS, result: { ...result, declineCode: NOT_CHARGED } });
    return { payment, processor, attempt };
  }

  async #tellUntil(ms: number): Promise<void> {
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= ms).sort((left, right) => left.dueMs - right.dueMs);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ dueMs }) => dueMs > ms);
    for (const { dueMs, result } of due) {
      this.#house.now = dueMs;
      const answers = await recordResults(this.#house.world, [result], null);
      if (answers?.[0]?.outcome !== 'recorded') throw new Error(`${result.transactionId} was not recorded`);
    }
  }
}

const requestOf = ({ number, paymentMethod, country, amountMinor, currency, bin }: NightPayment): RouteRequest => ({
  ...{ paymentMethod, country, amountMinor, currency, bin, network: null, threeDs: null, customerRef: null },
  ...{ paymentId: `night_${number}`, credentialKind: null, metadata: {}, eligibleProcessors: null, strategy: null },
  actualProcessor: null,
});

function resultOf(
  { number, paymentMethod, country, amountMinor, currency, bin }: NightPayment,
  { result, declineCode, latencyMs }: NightAttempt,
  { processor: processorId, decisionId }: { readonly processor: string; readonly decisionId: string | null },
): IncomingResult {
  return {
    ...{ processorId, result, paymentMethod, country, amountMinor, currency, bin, decisionId, declineCode, latencyMs },
    ...{ transactionId: `night_${number}`, paymentId: null, credentialFingerprint: `card_${number}`, attempt: 1 },
    ...{ amount: null, fee: null, timestamp: null, network: null, networkDeclineCode: null, adviceCode: null },
    ...{ family: null, issuerCountry: null, customerRef: null, initiator: null, threeDs: null, position: 0 },
  };
}
