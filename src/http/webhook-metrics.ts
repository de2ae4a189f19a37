// What Prometheus is told of webhooks: deliveries and events by source and outcome, and the dead letters there are.
import type { IntakeSummary, WebhookCount } from '../ports/webhook-port.ts';
import { type Family, familyText } from './metrics-text.ts';

export function webhookMetricsText({ counts, letters, dropped }: IntakeSummary): string {
  const samplesOf = (wanted: WebhookCount['what']): Family['samples'] =>
    counts.flatMap(({ sourceId, what, outcome, count }) =>
      what === wanted ? [[{ source: sourceId, outcome }, count] as const] : [],
    );
  const families: readonly Family[] = [
    {
      name: 'signalbox_webhook_deliveries_total',
      type: 'counter',
      help: 'Webhook deliveries by what became of them; a refused one has recorded nothing.',
      samples: samplesOf('delivery'),
    },
    {
      name: 'signalbox_webhook_events_total',
      type: 'counter',
      help: 'Events in accepted deliveries by what became of them, and again of those that left the dead letters by a replay.',
      samples: samplesOf('event'),
    },
    {
      name: 'signalbox_dead_letters',
      type: 'gauge',
      help: 'Dead letters of webhooks that are kept, by source and reason.',
      samples: letters.map(({ sourceId, reason, count }) => [{ source: sourceId, reason }, count] as const),
    },
    {
      name: 'signalbox_dead_letters_dropped_total',
      type: 'counter',
      help: 'Dead letters of webhooks that are lost, by source: there was no room for more, or they were too old.',
      samples: dropped.map(({ sourceId, cause, count }) => [{ source: sourceId, cause }, count] as const),
    },
  ];
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(familyText)
    .join('');
}
