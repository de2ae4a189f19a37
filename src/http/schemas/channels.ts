// Channels that alerts go to, as the API tells them: addresses and secrets go in and never come out.
import { z } from '@hono/zod-openapi';
import type { ChannelInput } from '../../flows/manage-channels.ts';
import { PAGERDUTY_URLS } from '../../domain/notifications/channel.ts';
import { EVENT_NAMES } from '../../domain/notifications/named-event.ts';
import { SEVERITIES } from '../../domain/notifications/incident.ts';
import type { StoredChannel } from '../../domain/configuration/notification-channel.ts';
import { listOf, WORDS_MAX } from './lists.ts';
import { MomentOut, momentOf, momentOrNull } from './primitives.ts';

const SECRETS_MAX = 2;
const SecretText = z.string().min(1).max(512);
const KindText = z.enum(['webhook', 'slack', 'pagerduty']);
export const SeverityText = z.enum(SEVERITIES);
export const EventText = z.enum(EVENT_NAMES);

/** The reference leads nowhere else, and so shows no address as such. */
const shortened = (url: string): string => url.replace('https://', '');

export const ChannelBody = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    kind: KindText,
    severities: listOf(SeverityText, WORDS_MAX).min(1).openapi({ description: 'Which alerts it hears of' }),
    events: listOf(EventText, WORDS_MAX).default([]).openapi({
      description:
        'Of webhook channels: what it hears of beside alerts, after them, as the live socket tells it. Left out: nothing',
    }),
    url: z
      .string()
      .min(1)
      .max(2_048)
      .optional()
      .openapi({
        description: `By https, of a public host. Left out: the one it has stays, and a new PagerDuty channel gets ${shortened(PAGERDUTY_URLS.us)}; accounts in the EU give ${shortened(PAGERDUTY_URLS.eu)}`,
      }),
    secrets: listOf(SecretText, SECRETS_MAX).optional().openapi({
      description:
        'Of webhook channels: `whsec_` and base64 of 24 to 64 bytes, newest first; each signs. Left out: those it has stay',
    }),
    routing_key: SecretText.optional().openapi({
      description: 'Of PagerDuty channels: the integration key of an Events API v2 integration. Left out: it stays',
    }),
  })
  .openapi('ChannelInput', {
    example: {
      name: 'Payments on call',
      kind: 'pagerduty',
      severities: ['critical', 'error'],
      routing_key: '...',
    },
  });

export const ChannelRotationBody = z
  .strictObject({
    secret: SecretText,
    overlap_seconds: z
      .number()
      .min(0)
      .max(2_592_000)
      .default(86_400)
      .openapi({ description: 'How long the one before it signs too' }),
  })
  .openapi('ChannelRotation', { example: { secret: 'whsec_...', overlap_seconds: 86_400 } });

export const ChannelAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: KindText,
    severities: z.array(SeverityText),
    events: z.array(EventText),
    host: z.string().openapi({ description: 'Of its address; the rest is not shown', example: 'hooks.slack.com' }),
    secrets: z
      .array(z.object({ id: z.string(), created_at: MomentOut, expires_at: MomentOut.nullable() }))
      .openapi({ description: 'Of a PagerDuty channel its routing key' }),
    revision: z.int(),
    created_at: MomentOut,
    updated_at: MomentOut,
  })
  .openapi('Channel');
export const ChannelList = z.object({ channels: z.array(ChannelAnswer), count: z.int() }).openapi('ChannelList');

export const TestAnswer = z
  .object({
    notifications: z.array(z.string()).openapi({ description: 'Their ids, as GET /notifications lists them' }),
  })
  .openapi('ChannelTest');

export const channelInputOf = (id: string, body: z.output<typeof ChannelBody>): ChannelInput => ({
  id,
  name: body.name,
  kind: body.kind,
  severities: SEVERITIES.filter((severity) => body.severities.includes(severity)),
  events: EVENT_NAMES.filter((name) => body.events.includes(name)),
  url: body.url ?? null,
  secrets: body.secrets ?? null,
  routingKey: body.routing_key ?? null,
});

export const channelJson = (channel: StoredChannel): z.output<typeof ChannelAnswer> => ({
  id: channel.id,
  name: channel.name,
  kind: channel.kind,
  severities: [...channel.severities],
  events: [...(channel.events ?? [])],
  host: channel.host,
  secrets: channel.secrets.map(({ id, createdAtMs, expiresAtMs }) => ({
    id,
    created_at: momentOf(createdAtMs),
    expires_at: momentOrNull(expiresAtMs),
  })),
  revision: channel.revision,
  created_at: momentOf(channel.createdAtMs),
  updated_at: momentOf(channel.updatedAtMs),
});
