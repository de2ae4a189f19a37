// Alerts by page: the newest ones, or what changed since a moment, within a page oldest first; and who works on one.
import type { App } from '../context.ts';
import { AcknowledgeBody } from '../schemas/notifications.ts';
import { actorOf } from '../actor.ts';
import { type Answer, serve } from '../endpoint.ts';
import { AlertAnswer, alertJson, AlertList, AlertParams, AlertQuery } from '../schemas/alerts.ts';
import type { AlertAcknowledged } from '../../domain/notifications/word.ts';
import { BOOTSTRAP_KEY_ID } from '../../domain/configuration/access.ts';
import type { World } from '../../ports/world.ts';

export function mountAlerts(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/alerts',
      scope: 'read',
      tag: 'Alerts',
      summary: 'List alerts',
      description:
        'One alert per real change, with its evidence and the money at risk. Without `since` and `cursor`: the newest page, which is the last one. With either: from there on; `since=1970-01-01T00:00:00Z` begins with the oldest that is kept.',
      query: AlertQuery,
      answer: { status: 200, description: 'In the order of opening, oldest first', schema: AlertList },
    },
    async ({ world, query }) => {
      const sinceMs = query.since === undefined ? null : Date.parse(query.since);
      const { items, nextCursor } = await world.registry.alerts(sinceMs, query.cursor ?? null, query.limit);
      return { body: { alerts: items.map(alertJson), count: items.length, next_cursor: nextCursor } };
    },
  );
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/alerts/{id}/acknowledge',
      scope: 'operate',
      tag: 'Alerts',
      summary: 'Say who works on an alert',
      description: "Everyone who was told of the alert is told that. An alert that begins anew is nobody's again.",
      params: AlertParams,
      body: AcknowledgeBody,
      bodyOptional: true,
      answer: { status: 200, description: 'As it is now', schema: AlertAnswer },
    },
    async (call) => {
      const { world, keyId, params } = call;
      const by = AcknowledgeBody.parse(call.body).by ?? (await nameOf(world, keyId));
      return told(await world.registry.acknowledge(params.id, by, actorOf(call)));
    },
  );
}

/** As people know it; a key that ended this moment has only its id left. */
async function nameOf({ registry }: World, keyId: string): Promise<string> {
  if (keyId === BOOTSTRAP_KEY_ID) return keyId;
  return (await registry.listKeys()).find(({ id }) => id === keyId)?.name ?? keyId;
}

function told(outcome: AlertAcknowledged): Answer<ReturnType<typeof alertJson>> {
  if (outcome.ok) return { body: alertJson(outcome.alert) };
  switch (outcome.reason) {
    case 'not_found':
      return { refused: { reason: 'not_found', what: 'alert' } };
    case 'closed':
      return { refused: { reason: 'alert_closed' } };
    case 'acknowledged':
      return { refused: { reason: 'already_acknowledged' } };
  }
}
