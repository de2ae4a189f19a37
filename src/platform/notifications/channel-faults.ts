// What is wrong with a channel as an operator set it, field by field, before anything is sent to it.
import { addressFault, type AddressFault } from './receiver-address.ts';
import { areSecrets } from './webhook-message.ts';
import type { Channel } from '../../domain/notifications/channel.ts';
import type { Issue } from '../../domain/configuration/configuration-change.ts';

const ADDRESS_MESSAGES: Readonly<Record<AddressFault, string>> = {
  not_a_url: 'is not an absolute URL of at most 2,048 characters',
  not_https: 'must begin with https://',
  has_credentials: 'must not hold a user name or password',
  private_address: 'is not a public address',
  private_name: 'is not a public host name',
  other_port: 'must be of port 443, or of 1024 or above',
};

const LOOPBACK_MESSAGE =
  'is a loopback address: alerts go there only while the variable ALERT_LOOPBACK is `on`, for trials on one machine';

export function channelFaults(channel: Channel, options: { readonly allowLoopback: boolean }): readonly Issue[] {
  const fault = addressFault(channel.url, options);
  const isLocal = addressFault(channel.url, { allowLoopback: true }) === null;
  return [
    ...(/^[a-z0-9_-]{1,64}$/.test(channel.id) ? [] : [{ field: 'id', message: 'must be 1-64 of a-z, 0-9, _ and -' }]),
    ...(channel.severities.length > 0 ? [] : [{ field: 'severities', message: 'must name at least one severity' }]),
    ...(fault === null ? [] : [{ field: 'url', message: isLocal ? LOOPBACK_MESSAGE : ADDRESS_MESSAGES[fault] }]),
    ...secretFaults(channel),
  ];
}

function secretFaults(channel: Channel): readonly Issue[] {
  switch (channel.kind) {
    case 'slack':
      return [];
    case 'pagerduty': {
      const isKey = /^[A-Za-z0-9]{32}$/.test(channel.routingKey);
      return isKey
        ? []
        : [{ field: 'routing_key', message: 'must be the 32 characters of an Events API v2 integration' }];
    }
    case 'webhook': {
      const message = 'must be one or two of whsec_ and base64 of 24 to 64 bytes';
      return areSecrets(channel.secrets) ? [] : [{ field: 'secrets', message }];
    }
  }
}
