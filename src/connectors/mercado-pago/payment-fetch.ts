// Asks Mercado Pago for one payment: within a time, following no redirect (the token goes nowhere else), and telling apart why it failed.
import type { Reading } from '../../ports/webhook-adapter.ts';
import { misshapen, unreadable } from '../wire.ts';
import { Payment } from './wire-schema.ts';

const PAYMENTS_URL = 'https://api.mercadopago.com/v1/payments/';

/** Reasons that pass by themselves: the sender is asked to come again. */
export const PASSING_REASONS: ReadonlySet<string> = new Set(['fetch_failed', 'fetch_timed_out', 'rate_limited']);

export interface PaymentQuestion {
  readonly accessToken: string;
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
}

export type PaymentAnswer =
  | { readonly ok: true; readonly payment: Payment }
  | { readonly ok: false; readonly reading: Reading };

/** `item` is what a dead letter keeps, and asks with again. */
export async function fetchPayment(id: string, item: unknown, question: PaymentQuestion): Promise<PaymentAnswer> {
  const failed = (reason: string, field: string | null = null): PaymentAnswer => ({
    ok: false,
    reading: unreadable(reason, field, item),
  });
  const answer = await withinTime(question.timeoutMs, (signal) => ask(id, question, signal));
  if (answer === 'late') return failed('fetch_timed_out');
  if (answer === 'failed') return failed('fetch_failed');
  if (answer.status !== 200) return failed(reasonOf(answer.status));
  const reading = Payment.safeParse(jsonValue(answer.body));
  if (!reading.success) return { ok: false, reading: misshapen(reading.error, item) };
  return reading.data.id === id ? { ok: true, payment: reading.data } : failed('another_payment', 'id');
}

async function ask(
  id: string,
  { accessToken, fetch }: PaymentQuestion,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const response = await fetch(PAYMENTS_URL + encodeURIComponent(id), {
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
    redirect: 'manual',
    signal,
  });
  return { status: response.status, body: await response.text() };
}

/** The race is for a `fetch`, or a body, that does not heed its signal. */
async function withinTime<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | 'late' | 'failed'> {
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<'late'>((resolve) => {
    signal.addEventListener('abort', () => resolve('late'), { once: true });
  });
  const done = work(signal).catch(() => (signal.aborted ? ('late' as const) : ('failed' as const)));
  return Promise.race([done, late]);
}

function reasonOf(status: number): string {
  if (status === 404) return 'payment_not_found';
  if (status === 401 || status === 403) return 'access_token_refused';
  return status === 429 ? 'rate_limited' : 'fetch_failed';
}

function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
