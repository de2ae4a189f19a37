// Which sources are streams, which Signalbox reads itself; all others are webhooks, which come to it.
import type { WebhookSource } from './webhook-source.ts';

export const STREAM_ADAPTER = 'redis-stream';

export const isStream = ({ adapter }: Pick<WebhookSource, 'adapter'>): boolean => adapter === STREAM_ADAPTER;

export const isReadStream = (source: Pick<WebhookSource, 'adapter' | 'enabled'>): boolean =>
  isStream(source) && source.enabled;
