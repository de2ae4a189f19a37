// A signed webhook by Standard Webhooks 1.0.0 (specification and library 1.1.1 read 2026-11-21): thin enough for 20 kB, id stable over attempts.
import { Webhook } from 'standardwebhooks';
import { isoText } from './incident-text.ts';
import type { Channel } from '../../domain/notifications/channel.ts';
import {
  isOfAlert,
  type Action,
  type AlertDelivery,
  type Delivery,
  type EventDelivery,
} from '../../domain/notifications/delivery.ts';
import type { Message } from './message.ts';

const TYPES: Readonly<Record<Action, string>> = {
  open: 'alert.opened',
  update: 'alert.updated',
  acknowledge: 'alert.acknowledged',
  close: 'alert.closed',
};

/** One, or two while one is rotated out: `whsec_` and base64 of 24 to 64 bytes each. */
export function areSecrets(secrets: readonly string[]): boolean {
  return (secrets.length === 1 || secrets.length === 2) && secrets.every(isSecret);
}

function isSecret(secret: string): boolean {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  if (encoded === undefined || encoded.length % 4 !== 0) return false;
  const bytes = atob(encoded).length;
  return bytes >= 24 && bytes <= 64;
}

/** Throws on secrets that `areSecrets` refuses. */
export function webhookMessage(
  { secrets }: Extract<Channel, { kind: 'webhook' }>,
  delivery: Delivery,
  now: number,
): Message {
  const { id } = delivery;
  const body = isOfAlert(delivery) ? alertBody(delivery) : eventBody(delivery);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, new Date(now), body)).join(' '),
  };
  return { headers, body };
}

function eventBody({ event: { name, atMs, data } }: EventDelivery): string {
  return JSON.stringify({ type: name, timestamp: isoText(atMs), data: JSON.parse(data) as unknown });
}

function alertBody({ action, incident, createdAtMs }: AlertDelivery): string {
  return JSON.stringify({
    type: TYPES[action],
    // Of the event; when the attempt was made stands in the header.
    timestamp: isoText(createdAtMs),
    data: {
      id: incident.id,
      kind: incident.kind,
      severity: incident.severity,
      subject: incident.subject,
      processor_id: incident.processorId,
      segment: incident.segment,
      from_status: incident.fromStatus,
      to_status: incident.toStatus,
      opened_at: isoText(incident.openedAtMs),
      updated_at: isoText(incident.updatedAtMs),
      closed_at: incident.closedAtMs === null ? null : isoText(incident.closedAtMs),
      acknowledged_by: incident.acknowledgedBy,
      reason: incident.reason,
      evidence: incident.evidence,
      money_at_risk: incident.moneyAtRisk && {
        minor_per_hour: incident.moneyAtRisk.minorPerHour,
        currency: incident.moneyAtRisk.currency,
      },
    },
  });
}
