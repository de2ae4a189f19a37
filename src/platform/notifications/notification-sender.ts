// One attempt to reach one channel: the address is judged, the message built, the answer read no further than needed.
import { addressFault } from './receiver-address.ts';
import { pagerdutyMessage } from './pagerduty-message.ts';
import { readRetryAfter, type Answer, type Delivery } from '../../domain/notifications/delivery.ts';
import { slackMessage } from './slack-message.ts';
import { areSecrets, webhookMessage } from './webhook-message.ts';
import type { Channel } from '../../domain/notifications/channel.ts';
import type { Message } from './message.ts';
import type { NotificationSender } from '../../ports/notification-port.ts';

/** Standard Webhooks recommends 15 to 30 s. */
export const SEND_TIMEOUT_MS = 15_000;
/** What is read of a refusal, to show people why. */
const EXCERPT_BYTES = 200;
const EXCERPT_WAIT_MS = 1_000;
/** So few characters of a secret give nothing away. */
const SECRET_HINT = 4;

export interface SenderSettings {
  /** Http and loopback are allowed: tests and local trials only. */
  readonly allowLoopback: boolean;
  /** Where people look further; `null`: no link. */
  readonly consoleUrl: string | null;
  readonly timeoutMs: number;
  readonly clock: () => number;
}

export function createNotificationSender(settings: SenderSettings): NotificationSender {
  return {
    async send(channel: Channel, delivery: Delivery): Promise<Answer> {
      // At every attempt: what was allowed when it was saved need not be allowed now.
      const fault = addressFault(channel.url, settings);
      if (fault !== null) return { kind: 'unsendable', why: fault };
      if (channel.kind === 'webhook' && !areSecrets(channel.secrets)) return { kind: 'unsendable', why: 'bad_secret' };
      return await post(channel, messageOf(channel, delivery, settings), settings);
    },
  };
}

function messageOf(channel: Channel, delivery: Delivery, { consoleUrl, clock }: SenderSettings): Message {
  switch (channel.kind) {
    case 'webhook':
      return webhookMessage(channel, delivery, clock());
    case 'slack':
      return slackMessage(delivery, consoleUrl);
    case 'pagerduty':
      return pagerdutyMessage(channel, delivery, consoleUrl);
  }
}

async function post(
  channel: Channel,
  { headers, body }: Message,
  { timeoutMs, clock }: SenderSettings,
): Promise<Answer> {
  try {
    const response = await fetch(channel.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Signalbox', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      kind: 'status',
      status: response.status,
      retryAfterMs: readRetryAfter(response.headers.get('retry-after'), clock()),
      excerpt: withoutSecrets(await excerptOf(response), channel),
    };
  } catch (error) {
    // The fault's own text may hold the address, which is Slack's secret.
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return { kind: 'no_answer', why: isTimeout ? 'timeout' : 'connection' };
  }
}

/** The rest is never read, however long it is or however slowly it comes. */
async function excerptOf(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader();
  let text = '';
  if (!response.ok) {
    const decoder = new TextDecoder();
    const deadline = new Promise<null>((resolve) => setTimeout(() => resolve(null), EXCERPT_WAIT_MS));
    while (text.length < EXCERPT_BYTES) {
      const chunk = await Promise.race([reader.read().catch(() => null), deadline]);
      if (chunk === null || chunk.done) break;
      text += decoder.decode(chunk.value.subarray(0, EXCERPT_BYTES), { stream: true });
    }
  }
  void reader.cancel().catch(() => undefined);
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .slice(0, EXCERPT_BYTES)
    .trim();
}

/** A receiver may quote what it was sent; a quotation that the end of the excerpt cuts off is taken out too. */
function withoutSecrets(excerpt: string, channel: Channel): string {
  return secretsOf(channel).reduce((text, secret) => {
    const clean = text.replaceAll(secret, '[secret]');
    const cutOff = Array.from({ length: secret.length - SECRET_HINT }, (_, index) => secret.length - 1 - index).find(
      (length) => clean.endsWith(secret.slice(0, length)),
    );
    return cutOff === undefined ? clean : `${clean.slice(0, -cutOff)}[secret]`;
  }, excerpt);
}

function secretsOf(channel: Channel): readonly string[] {
  const { pathname, search } = new URL(channel.url);
  const own = channel.kind === 'webhook' ? channel.secrets : channel.kind === 'pagerduty' ? [channel.routingKey] : [];
  return [...own, `${pathname}${search}`].filter(({ length }) => length > SECRET_HINT);
}
