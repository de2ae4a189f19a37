// Asks Mercado Pago for one payment or order: within a time, following no redirect (the token goes nowhere else), and telling apart why it failed.
import type { z } from 'zod';
import type { AttemptEvent } from '../../domain/results/attempt-event.ts';
import type { Reading } from '../../ports/webhook-adapter.ts';
import { misshapen, unreadable } from '../wire.ts';
import { Order, Payment } from './wire-schema.ts';

/** Reasons that pass by themselves: the sender is asked to come again. */
export const PASSING_REASONS: ReadonlySet<string> = new Set(['fetch_failed', 'fetch_timed_out', 'rate_limited']);

interface Resource<T extends { readonly id: string }> {
  /** Stands in the reasons of dead letters. */
  readonly name: string;
  readonly url: string;
  readonly schema: z.ZodType<T>;
}

export const PAYMENTS: Resource<Payment> = {
  name: 'payment',
  url: 'https://api.mercadopago.com/v1/payments/',
  schema: Payment,
};
export const ORDERS: Resource<Order> = {
  name: 'order',
  url: 'https://api.mercadopago.com/v1/orders/',
  schema: Order,
};

export interface Question {
  readonly accessToken: string;
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reading: Reading };

/** `asked` names it, and is what a dead letter keeps and asks with again. */
export async function fetchResource<T extends { readonly id: string }>(
  resource: Resource<T>,
  asked: AttemptEvent,
  question: Question,
): Promise<Answer<T>> {
  const failed = (reason: string, field: string | null = null): Answer<T> => ({
    ok: false,
    reading: unreadable(reason, field, asked),
  });
  const url = resource.url + encodeURIComponent(asked.attemptKey);
  const answer = await withinTime(question.timeoutMs, (signal) => ask(url, question, signal));
  if (answer === 'late') return failed('fetch_timed_out');
  if (answer === 'failed') return failed('fetch_failed');
  if (answer.status !== 200) return failed(reasonOf(answer.status, resource.name));
  const reading = resource.schema.safeParse(jsonValue(answer.body));
  if (!reading.success) return { ok: false, reading: misshapen(reading.error, asked) };
  return reading.data.id === asked.attemptKey
    ? { ok: true, value: reading.data }
    : failed(`another_${resource.name}`, 'id');
}

async function ask(
  url: string,
  { accessToken, fetch }: Question,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const response = await fetch(url, {
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

function reasonOf(status: number, name: string): string {
  if (status === 404) return `${name}_not_found`;
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
