// A PagerDuty event: Events API v2 (PagerDuty/developer-docs, "Send an Alert Event" and "Overview", read 2026-11-21), one dedup key an incident.
import { headline, isoText, moneyText, reaction } from './incident-text.ts';
import type { Action, AlertDelivery } from '../../domain/notifications/delivery.ts';
import type { Channel } from '../../domain/notifications/channel.ts';
import type { Message } from './message.ts';
import { cut } from '../../domain/notifications/incident.ts';

const SUMMARY_MAX = 1_024;

/** A further trigger with the key of an open incident is added to it: how it got worse. */
const EVENT_ACTIONS: Readonly<Record<Action, 'trigger' | 'acknowledge' | 'resolve'>> = {
  open: 'trigger',
  update: 'trigger',
  acknowledge: 'acknowledge',
  close: 'resolve',
};

export function pagerdutyMessage(
  { routingKey }: Extract<Channel, { kind: 'pagerduty' }>,
  { action, incident }: AlertDelivery,
  consoleUrl: string | null,
): Message {
  const event_action = EVENT_ACTIONS[action];
  const event = { routing_key: routingKey, event_action, dedup_key: incident.id };
  if (event_action !== 'trigger') return { headers: {}, body: JSON.stringify(event) };
  const payload = {
    summary: cut(`${headline(incident, action)}: ${incident.reason}`, SUMMARY_MAX),
    source: incident.processorId === null || incident.processorId === '*' ? 'signalbox' : incident.processorId,
    severity: incident.severity,
    timestamp: isoText(incident.openedAtMs),
    ...(incident.segment !== null && { component: incident.segment }),
    group: 'payments',
    class: incident.kind,
    custom_details: {
      ...incident.evidence,
      status: incident.toStatus,
      money_at_risk: moneyText(incident),
      what_signalbox_does: reaction(incident),
    },
  };
  const link =
    consoleUrl === null ? {} : { client_url: consoleUrl, links: [{ href: consoleUrl, text: 'Open Signalbox' }] };
  return { headers: {}, body: JSON.stringify({ ...event, client: 'Signalbox', ...link, payload }) };
}
