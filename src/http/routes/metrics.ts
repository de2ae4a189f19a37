// Prometheus metrics: read from this place's own table, so that a scrape wakes no processor; what webhooks, jobs, copies of the table, scaling and history left is asked of their own objects, and left out while those are away.
import type { App } from '../context.ts';
import { copyMetricsText } from '../copy-metrics.ts';
import { jobMetricsText } from '../job-metrics.ts';
import { serve } from '../endpoint.ts';
import { z } from '@hono/zod-openapi';
import { webhookMetricsText } from '../webhook-metrics.ts';
import { scalingMetricsText } from '../scaling-metrics.ts';
import { historyMetricsText } from '../history-metrics.ts';
import { METRICS_TYPE, metricsText } from '../metrics-text.ts';

export function mountMetrics(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/metrics',
      scope: 'read',
      tag: 'Service',
      summary: 'Metrics for Prometheus',
      description: 'Send the key with `authorization: { credentials: sbx_... }` in the scrape configuration.',
      answer: { status: 200, description: 'Text format 0.0.4', schema: z.string(), mediaType: 'text/plain' },
    },
    async ({ world, now }) => {
      const held = await world.tables.table(now);
      if (held === null) return { refused: { reason: 'no_table' } };
      const [webhooks, jobs, copies, scaling, history] = await Promise.all([
        world.webhooks.intake.summary().then(webhookMetricsText, () => ''),
        world.jobs.book.read().then(jobMetricsText, () => ''),
        world.copies.standings().then(
          (standings) => copyMetricsText(standings, now),
          () => '',
        ),
        world.registry.scaling().then(
          (state) => scalingMetricsText(state, now),
          () => '',
        ),
        world.history.standings().then(historyMetricsText, () => ''),
      ]);
      const text = metricsText(held, world.settings.version, now) + webhooks + jobs + copies + scaling + history;
      return { response: new Response(text, { headers: { 'Content-Type': METRICS_TYPE } }) };
    },
  );
}
