// The demo's checkout: asks which processor to use, uses that one, and reports how it went. At most so many at once, at a steady pace.
import type { ApiClient } from '../api-client.ts';
import { paymentOf, type Payment } from './payments.ts';
import { attempt, type Result, staticChoice } from './simulated-processors.ts';

export interface Sale {
  readonly payment: Payment;
  readonly processor: string;
  /** Admitted through a half-open breaker, to see whether the processor is back. */
  readonly isProbe: boolean;
  readonly result: Result;
  /** What the same payment would have met under static routing. */
  readonly staticResult: Result;
  readonly recommendedAtMs: number;
}

export interface CheckoutOptions {
  readonly api: ApiClient;
  readonly seed: number;
  readonly perSecond: number;
  readonly concurrency: number;
}

export interface Stretch {
  readonly firstNumber: number;
  readonly isOutage: boolean;
  /** Asked before each payment, with the number of payments begun in this stretch. */
  readonly isOver: (begun: number) => boolean;
  readonly onSale: (sale: Sale) => void;
}

export interface StretchResult {
  /** In the order of the payments' numbers. */
  readonly sales: readonly Sale[];
  readonly failures: readonly string[];
}

/** The wait for a processor is shortened by this factor: the order of things stays, the demo does not take all day. */
const LATENCY_SHORTENED = 20;

interface RouteAnswer {
  readonly processor_id: string | null;
  readonly decision_id: string | null;
  readonly permit: boolean;
}

export async function runCheckout(options: CheckoutOptions, stretch: Stretch): Promise<StretchResult> {
  const sales: Sale[] = [];
  const failures: string[] = [];
  const startedMs = performance.now();
  let begun = 0;
  const till = async (): Promise<void> => {
    while (!stretch.isOver(begun)) {
      const turn = begun++;
      await sleepUntil(startedMs + (turn / options.perSecond) * 1000);
      try {
        const sale = await sell(options, paymentOf(options.seed, stretch.firstNumber + turn), stretch.isOutage);
        sales.push(sale);
        stretch.onSale(sale);
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, till));
  return { sales: sales.sort((a, b) => a.payment.number - b.payment.number), failures };
}

async function sell({ api, seed }: CheckoutOptions, payment: Payment, isOutage: boolean): Promise<Sale> {
  const what = {
    payment_method: payment.paymentMethod,
    country: payment.country,
    amount_minor: payment.amountMinor,
    currency: payment.currency,
  };
  const recommendedAtMs = Date.now();
  const route = await api.post<RouteAnswer>('/api/v1/routing/recommend', { ...what, payment_id: idOf(seed, payment) });
  const processor = route.processor_id;
  if (processor === null)
    throw new Error(`payment ${payment.number} (${payment.segment}): no processor was recommended`);
  const { result, latencyMs } = attempt(seed, payment, processor, isOutage);
  await sleepUntil(performance.now() + latencyMs / LATENCY_SHORTENED);
  await api.post('/api/v1/transactions', {
    ...what,
    processor_id: processor,
    result,
    transaction_id: `${idOf(seed, payment)}-1`,
    decision_id: route.decision_id ?? undefined,
    latency_ms: latencyMs,
  });
  const staticResult = attempt(seed, payment, staticChoice(payment.segment), isOutage).result;
  return { payment, processor, isProbe: route.permit, result, staticResult, recommendedAtMs };
}

const idOf = (seed: number, payment: Payment): string => `demo_${seed}_${payment.number}`;

async function sleepUntil(moment: number): Promise<void> {
  const waitMs = moment - performance.now();
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
}
