// Messages to people as the API tells them: what was said of which alert, to which channel, and what came of it.
import { z } from '@hono/zod-openapi';
import type { ChannelHealth } from '../../domain/notifications/channel.ts';
import { isOfAlert, type Delivery } from '../../domain/notifications/delivery.ts';
import { TEST_KIND } from '../../domain/notifications/incident.ts';
import { MomentOut, momentOf, momentOrNull, NextCursor } from './primitives.ts';
import { EventText, SeverityText } from './channels.ts';

export const NotificationParams = z.object({
  id: z
    .string()
    .regex(/^(?:ntf_[1-9]\d{0,14}_[A-Za-z0-9_-]{1,200}|evt_[A-Za-z0-9_-]{1,270})$/, 'must be the id of a notification')
    .openapi({ param: { name: 'id', in: 'path' }, example: 'ntf_1_alt_4f0c' }),
});

export const NotificationAnswer = z
  .object({
    id: z.string().openapi({ description: 'The `webhook-id`: the same for every attempt and every replay' }),
    channel_id: z.string(),
    channel_kind: z.enum(['webhook', 'slack', 'pagerduty']),
    action: z.enum(['open', 'update', 'acknowledge', 'close', 'tell']).openapi({ description: 'tell: an event' }),
    test: z.boolean(),
    alert: z
      .object({
        id: z.string().openapi({ description: 'Of the alert, or of a failing channel; the dedup key' }),
        kind: z.string(),
        severity: SeverityText,
        subject: z.string(),
        reason: z.string(),
      })
      .nullable()
      .openapi({ description: '`null`: it is of an event' }),
    event: z
      .object({ id: z.string(), name: EventText })
      .nullable()
      .openapi({ description: '`null`: it is of an alert' }),
    state: z.enum(['waiting', 'sending', 'delivered', 'failed']),
    attempts: z.int().openapi({ description: 'Begun so far, of ten' }),
    due_at: MomentOut.nullable().openapi({ description: 'Of a waiting one: not tried before' }),
    settled_at: MomentOut.nullable(),
    failure: z.enum(['exhausted', 'rejected', 'endpoint_gone', 'channel_removed', 'displaced']).nullable(),
    last_answer: z.object({ at: MomentOut, text: z.string() }).nullable(),
    created_at: MomentOut,
  })
  .openapi('Notification');

export const NotificationList = z
  .object({
    notifications: z.array(NotificationAnswer),
    channels: z
      .array(
        z.object({
          id: z.string(),
          held_until: MomentOut.nullable().openapi({ description: 'Nothing is sent to it before' }),
          disabled_at: MomentOut.nullable().openapi({
            description: 'It answered 410: nothing is sent until it is changed, tested or replayed to',
          }),
          failing: z.boolean().openapi({ description: 'The other channels were told so' }),
        }),
      )
      .openapi({ description: 'How each has been answering; one that was never sent anything may be missing' }),
    count: z.int(),
    next_cursor: NextCursor,
  })
  .openapi('NotificationList');

export const AcknowledgeBody = z
  .strictObject({
    by: z
      .string()
      .trim()
      .min(1)
      .max(120)
      .optional()
      .openapi({ description: "Who works on it, as people shall read it; left out: the API key's name" }),
  })
  .openapi('Acknowledge', { example: { by: 'Ada' } });

export function notificationJson(delivery: Delivery): z.output<typeof NotificationAnswer> {
  const { progress, lastAnswer } = delivery;
  const incident = isOfAlert(delivery) ? delivery.incident : null;
  const event = isOfAlert(delivery) ? null : delivery.event;
  const isSettled = progress.state === 'delivered' || progress.state === 'failed';
  return {
    id: delivery.id,
    channel_id: delivery.channelId,
    channel_kind: delivery.channelKind,
    action: delivery.action,
    test: incident?.kind === TEST_KIND,
    alert: incident && {
      id: incident.id,
      kind: incident.kind,
      severity: incident.severity,
      subject: incident.subject,
      reason: incident.reason,
    },
    event: event && { id: event.id, name: event.name },
    state: progress.state,
    attempts: progress.attempts,
    due_at: progress.state === 'waiting' ? momentOf(progress.dueAtMs) : null,
    settled_at: isSettled ? momentOf(progress.atMs) : null,
    failure: progress.state === 'failed' ? progress.reason : null,
    last_answer: lastAnswer && { at: momentOf(lastAnswer.atMs), text: lastAnswer.text },
    created_at: momentOf(delivery.createdAtMs),
  };
}

export const healthJson = (health: ChannelHealth, now: number) => ({
  id: health.channelId,
  held_until: health.heldUntilMs > now ? momentOf(health.heldUntilMs) : null,
  disabled_at: momentOrNull(health.disabledAtMs),
  failing: health.troubleId !== null,
});
