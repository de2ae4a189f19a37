// How alerts leave the house, and what a caller may ask of the courier that carries them.
import type { Answer, Delivery } from '../domain/notifications/delivery.ts';
import type { Channel, ChannelHealth, ChannelRoute } from '../domain/notifications/channel.ts';
import type { NamedEvent } from '../domain/notifications/named-event.ts';
import type { Issue } from '../domain/configuration/configuration-change.ts';
import type { Page } from './registry-port.ts';
import type { SecretBox } from './secret-box.ts';
import type { Word } from '../domain/notifications/word.ts';

export interface NotificationSender {
  /** One attempt. Never throws, and answers within the sender's time limit. */
  send(channel: Channel, delivery: Delivery): Promise<Answer>;
}

export interface ChannelSource {
  /** As they are set now, with their secrets in clear. A fault leaves everything waiting. */
  channels(): Promise<readonly Channel[]>;
}

export interface AlertCourierPort {
  /** Answers when what has to be told is on disk. A word that was heard before changes nothing. */
  hear(words: readonly Word[], routes: readonly ChannelRoute[]): Promise<void>;
  /** Answers when they are on disk. One that was heard before changes nothing. */
  hearEvents(events: readonly NamedEvent[]): Promise<void>;
  /** Sends a message that is marked as a test, to this channel alone; gives the ids of its deliveries. */
  sendTest(route: ChannelRoute): Promise<readonly string[]>;
  /** Newest first. */
  list(cursor: string | null, limit: number): Promise<Page<Delivery>>;
  /** How each channel has been answering. */
  health(): Promise<readonly ChannelHealth[]>;
  replay(
    id: string,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: 'not_found' | 'being_sent' }>;
}

/** What HTTP and flows need: the Registry itself tells the courier of alerts. */
export interface NotificationPort {
  readonly courier: Pick<AlertCourierPort, 'sendTest' | 'list' | 'health' | 'replay'>;
  /** Reading it throws where the Worker's secret was forgotten. */
  readonly box: SecretBox;
  /** What is wrong with a channel as an operator set it, field by field. */
  faults(channel: Channel): readonly Issue[];
}
