// One attempt to reach one channel: the address is judged, the message built, and of the answer the status taken.
import { addressFault } from './receiver-address.ts';
import { pagerdutyMessage } from './pagerduty-message.ts';
import { isOfAlert, readRetryAfter, type Answer, type Delivery } from '../../domain/notifications/delivery.ts';
import { slackMessage } from './slack-message.ts';
import { areSecrets, webhookMessage } from './webhook-message.ts';
import type { Channel } from '../../domain/notifications/channel.ts';
import type { Message } from './message.ts';
import type { NotificationSender } from '../../ports/notification-port.ts';

/** Standard Webhooks recommends 15 to 30 s. */
export const SEND_TIMEOUT_MS = 15_000;

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
      const message = messageOf(channel, delivery, settings);
      if (message === null) return { kind: 'unsendable', why: 'no_webhook' };
      return await post(channel, message, settings);
    },
  };
}

/** `null`: an event, for a channel that is no webhook any more. */
function messageOf(channel: Channel, delivery: Delivery, { consoleUrl, clock }: SenderSettings): Message | null {
  if (channel.kind === 'webhook') return webhookMessage(channel, delivery, clock());
  if (!isOfAlert(delivery)) return null;
  switch (channel.kind) {
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
    // Not read: a receiver may quote what it was sent in any spelling, and of every kind of channel that holds a secret.
    void response.body?.cancel().catch(() => undefined);
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'), clock());
    return { kind: 'status', status: response.status, retryAfterMs };
  } catch (error) {
    // The fault's own text may hold the address, which is Slack's secret.
    const isTimeout = error instanceof Error && error.name === 'TimeoutError';
    return { kind: 'no_answer', why: isTimeout ? 'timeout' : 'connection' };
  }
}
