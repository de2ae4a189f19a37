// Alerts by page: the newest ones, or what changed since a moment; within a page oldest first.
import type { App } from '../context.ts';
import { serve } from '../endpoint.ts';
import { AlertList, alertJson, AlertQuery } from '../schemas/alerts.ts';

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
}
