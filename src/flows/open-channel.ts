// A channel as the sender needs it: its address and its secrets in clear, which leave the memory of this call never.
import type { Channel } from '../domain/notifications/channel.ts';
import { livingSecrets } from '../domain/configuration/webhook-source.ts';
import { routeOf, type StoredChannel } from '../domain/configuration/notification-channel.ts';
import type { SecretBox } from '../ports/secret-box.ts';

/** What a sealed text of this channel was sealed for. */
export const channelPlace = (channelId: string): string => `channel ${channelId}`;

/**
 * What can no longer be opened (its key was taken away) is empty: the sender refuses such a channel and the others are told of it, while
 * a channel that were left out would take its messages with it.
 */
export async function openChannel(box: SecretBox, stored: StoredChannel, now: number): Promise<Channel> {
  const place = channelPlace(stored.id);
  const url = (await box.open(stored.secretUrl, place)) ?? '';
  const opened = await Promise.all(livingSecrets(stored.secrets, now).map(({ sealed }) => box.open(sealed, place)));
  const secrets = opened.filter((secret) => secret !== null);
  const route = routeOf(stored);
  switch (stored.kind) {
    case 'webhook':
      return { ...route, kind: 'webhook', url, secrets };
    case 'slack':
      return { ...route, kind: 'slack', url };
    case 'pagerduty':
      return { ...route, kind: 'pagerduty', url, routingKey: secrets[0] ?? '' };
  }
}
