// How alerts leave the house, and what a caller may ask of the courier that carries them.
import type { Alert } from '../domain/health/alert-book.ts';
import type { Answer, Delivery } from '../domain/notifications/delivery.ts';
import type { Channel, ChannelHealth, ChannelRoute } from '../domain/notifications/channel.ts';
import type { Page } from './registry-port.ts';

export interface NotificationSender {
  /** One attempt. Never throws, and answers within the sender's time limit. */
  send(channel: Channel, delivery: Delivery): Promise<Answer>;
}

export interface ChannelSource {
  /** As they are set now, with their secrets in clear. A fault leaves everything waiting. */
  channels(): Promise<readonly Channel[]>;
}

export interface AlertCourierPort {
  /** Answers when what has to be told is on disk. `alerts`: as the alert book says they are now; telling one twice is harmless. */
  accept(alerts: readonly Alert[], routes: readonly ChannelRoute[]): Promise<void>;
  /** `by`: who works on it, as people shall read it. */
  acknowledge(
    incidentId: string,
    by: string,
    routes: readonly ChannelRoute[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: 'not_found' | 'closed' | 'acknowledged' }>;
  /** Newest first. */
  list(cursor: string | null, limit: number): Promise<Page<Delivery>>;
  /** How each channel has been answering. */
  health(): Promise<readonly ChannelHealth[]>;
  replay(
    id: string,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: 'not_found' | 'being_sent' }>;
}
