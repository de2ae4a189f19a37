// What routing has brought against simpler routing, live and in shadow.
import type { App } from '../context.ts';
import { problem, serve } from '../endpoint.ts';
import { readStretch } from '../../domain/analytics/stretch.ts';
import type { RoutingFilter, RoutingFindings } from '../../ports/analytics-port.ts';
import { RoutingStats, routingStatsJson, RoutingStatsQuery } from '../schemas/routing-stats.ts';
import { routingVerdict, type TrafficVerdict } from '../../domain/evaluation/routing-verdict.ts';
import type { Traffic } from '../../domain/evaluation/routing-policies.ts';
import type { z } from '@hono/zod-openapi';

export function mountRoutingStats(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/routing/stats',
      scope: 'read',
      tag: 'Analytics',
      summary: 'What routing has brought',
      description:
        'Accuracy, and lift against simpler routing by doubly robust off-policy estimation from the probabilities of a sample of decisions. Without `from` and `to` the last 30 days. Judged every five minutes by the job `roll-up-history`, and again until the last result has come.',
      query: RoutingStatsQuery,
      answer: { status: 200, description: 'With 95% intervals, or a word where there are none', schema: RoutingStats },
      responses: { 503: problem('History is out of reach, or none is kept') },
    },
    async ({ world, query, now }) => {
      const read = readStretch(askedOf(query), 'day', now);
      if (!read.ok) {
        const { field, message } = read;
        return { refused: { reason: 'invalid_request', errors: [{ field, code: 'invalid_field', message }] } };
      }
      const { analytics } = world;
      if (analytics === null) return { refused: { reason: 'history_away' } };
      const [findings, judged] = await Promise.all([
        analytics.routing(read.stretch, filterOf(query)),
        analytics.judgedAtMs(),
      ]);
      if (!findings.ok) return { refused: { reason: 'history_away', fault: findings.fault } };
      if (!judged.ok) return { refused: { reason: 'history_away', fault: judged.fault } };
      const of = (traffic: Traffic): TrafficVerdict => verdictOf(traffic, findings.value);
      return { body: routingStatsJson(read.stretch, judged.value, { live: of('live'), shadow: of('shadow') }) };
    },
  );
}

type Query = z.output<typeof RoutingStatsQuery>;

const askedOf = ({ from, to }: Query) => ({
  fromMs: from === undefined ? null : Date.parse(from),
  toMs: to === undefined ? null : Date.parse(to),
});

const filterOf = ({ payment_method, country, strategy }: Query): RoutingFilter => ({
  ...(payment_method !== undefined && { paymentMethod: payment_method }),
  ...(country !== undefined && { country }),
  ...(strategy !== undefined && { strategy }),
});

const verdictOf = (traffic: Traffic, { policies, counts }: RoutingFindings): TrafficVerdict =>
  routingVerdict(
    traffic,
    policies.filter((one) => one.traffic === traffic),
    counts
      .filter((one) => one.traffic === traffic)
      .map(({ decisions, judged, approved, awaiting, offRecommendation, undrawn, outOfReach }) => ({
        decisions,
        judged,
        approved,
        awaiting,
        offRecommendation,
        undrawn,
        outOfReach,
      })),
  );
