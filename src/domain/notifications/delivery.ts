// One message to one channel: its states, when it is tried again, and what an answer means for it.
import type { ChannelKind } from './channel.ts';
import type { Incident } from './incident.ts';
import type { NamedEvent } from './named-event.ts';

export type Action = 'open' | 'update' | 'acknowledge' | 'close';

export type FailureReason =
  /** Ten attempts failed. */
  | 'exhausted'
  /** The same message again would be refused again. */
  | 'rejected'
  /** 410: the endpoint wants no more. */
  | 'endpoint_gone'
  | 'channel_removed'
  /** The channel's queue was full and this one mattered least. */
  | 'displaced';

export type Progress =
  | { readonly state: 'waiting'; readonly attempts: number; readonly dueAtMs: number }
  /** Counted before it is made, so that a crash in the middle is an attempt too. `untilMs`: no answer comes after. */
  | { readonly state: 'sending'; readonly attempts: number; readonly untilMs: number }
  | { readonly state: 'delivered'; readonly attempts: number; readonly atMs: number }
  | { readonly state: 'failed'; readonly attempts: number; readonly atMs: number; readonly reason: FailureReason };

/** Plain JSON without secrets. */
interface DeliveryOfAny {
  /** The `webhook-id`: the same for every attempt and every replay. No full stop in it, for it is signed before one. */
  readonly id: string;
  readonly sequence: number;
  readonly channelId: string;
  readonly channelKind: ChannelKind;
  readonly createdAtMs: number;
  readonly progress: Progress;
  readonly lastAnswer: { readonly atMs: number; readonly text: string } | null;
}

export interface AlertDelivery extends DeliveryOfAny {
  readonly action: Action;
  readonly incident: Incident;
}

export interface EventDelivery extends DeliveryOfAny {
  readonly action: 'tell';
  readonly event: NamedEvent;
}

export type Delivery = AlertDelivery | EventDelivery;

export const isOfAlert = (delivery: Delivery): delivery is AlertDelivery => delivery.action !== 'tell';

/** What came of one attempt. */
export type Answer =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'no_answer'; readonly why: 'timeout' | 'connection' | 'interrupted' }
  /** Nothing was sent. */
  | { readonly kind: 'unsendable'; readonly why: string };

export type Verdict =
  | { readonly verdict: 'delivered' }
  | { readonly verdict: 'gone' }
  | { readonly verdict: 'rejected' }
  | { readonly verdict: 'exhausted'; readonly holdMs: number }
  /** `holdMs`: how long the whole channel is left alone. */
  | { readonly verdict: 'retry'; readonly delayMs: number; readonly holdMs: number };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Standard Webhooks 1.0.0, "Deliverability and reliability": the wait before each attempt, 75 h 35 min 5 s in all. */
export const SCHEDULE_MS: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** The longest step: a receiver may ask for patience, not for ever. */
export const RETRY_AFTER_MAX_MS = 24 * HOUR;
/** An overloaded receiver is left alone as long as its message, but a new incident does not wait for an old one's long steps. */
const HOLD_MAX_MS = 5 * MINUTE;
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 504]);

/** `attempts`: made so far, the one just answered among them. */
export function verdictOf(answer: Answer, kind: ChannelKind, attempts: number): Verdict {
  if (answer.kind === 'unsendable') return { verdict: 'rejected' };
  if (answer.kind === 'no_answer') return laterOr(attempts, 0, 0);
  const { status } = answer;
  if (status >= 200 && status <= 299) return { verdict: 'delivered' };
  if (status === 410) return { verdict: 'gone' };
  // Slack and PagerDuty say by 400 that they cannot read what was sent; PagerDuty's overview asks not to send it again.
  if (status === 400 && kind !== 'webhook') return { verdict: 'rejected' };
  const askedMs = Math.min(answer.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  const overloadedMs = OVERLOADED.has(status) ? Math.min(SCHEDULE_MS[attempts] ?? HOLD_MAX_MS, HOLD_MAX_MS) : 0;
  return laterOr(attempts, askedMs, Math.max(askedMs, overloadedMs));
}

function laterOr(attempts: number, askedMs: number, holdMs: number): Verdict {
  const stepMs = SCHEDULE_MS[attempts];
  if (stepMs === undefined) return { verdict: 'exhausted', holdMs };
  return { verdict: 'retry', delayMs: Math.max(stepMs, askedMs), holdMs };
}

/** RFC 9110, 10.2.3: seconds or an HTTP date; `null` for anything else. In ms from `now`. */
export function readRetryAfter(text: string | null, now: number): number | null {
  if (text === null) return null;
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return Math.min(Number(trimmed) * SECOND, RETRY_AFTER_MAX_MS);
  if (!/^[A-Za-z]{3,9},? /.test(trimmed)) return null;
  const atMs = Date.parse(trimmed);
  return Number.isNaN(atMs) ? null : Math.min(Math.max(0, atMs - now), RETRY_AFTER_MAX_MS);
}

export function isSettled({ progress }: Delivery): boolean {
  return progress.state === 'delivered' || progress.state === 'failed';
}

export function answerText(answer: Answer): string {
  if (answer.kind === 'status') return String(answer.status);
  return answer.kind === 'no_answer' ? `no answer: ${answer.why}` : `not sent: ${answer.why}`;
}
