// Analytics: what became of attempts, in sum and as series, from the roll-ups of history.
import {
  AnalyticsSeries,
  AnalyticsSummary,
  NAMES,
  type PointJson,
  pointJson,
  SeriesQuery,
  summaryJson,
  SummaryQuery,
} from '../schemas/analytics.ts';
import type { App } from '../context.ts';
import { type AttemptFilter, type Dimension, DIMENSIONS, type SeriesQuestion } from '../../ports/analytics-port.ts';
import { CSV_TYPE, csvText } from '../csv-text.ts';
import { cursorText, readCursor } from '../series-cursor.ts';
import type { HistoryFault } from '../../ports/history-port.ts';
import { momentOf, momentOrNull } from '../schemas/primitives.ts';
import { problem, serve } from '../endpoint.ts';
import { readStretch } from '../../domain/analytics/stretch.ts';
import type { Refusal } from '../refusal.ts';
import { z } from '@hono/zod-openapi';

const tag = 'Analytics';
const NOT_KEPT: Refusal = { reason: 'history_away' };
const awayBy = (fault: HistoryFault): Refusal => ({ reason: 'history_away', fault });
const away = { 503: problem('History is out of reach, or none is kept') };

export function mountAnalytics(app: App): void {
  mountSummary(app);
  mountSeries(app);
}

function mountSummary(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/analytics/summary',
      scope: 'read',
      tag,
      summary: 'What became of attempts',
      description:
        'By the hour in which they happened; without `from` and `to` the last 24 hours, at most 92 days. Counted every five minutes by the job `roll-up-history`.',
      query: SummaryQuery,
      answer: { status: 200, description: 'In sum, and by each dimension alone', schema: AnalyticsSummary },
      responses: away,
    },
    async ({ world, query, now }) => {
      const read = readStretch(askedOf(query), 'hour', now);
      if (!read.ok) return { refused: fieldFault(read.field, read.message) };
      const { analytics } = world;
      if (analytics === null) return { refused: NOT_KEPT };
      const filter = filterOf(query);
      const [rows, rolled] = await Promise.all([analytics.summary(read.stretch, filter), analytics.rolledUpAtMs()]);
      if (!rows.ok) return { refused: awayBy(rows.fault) };
      if (!rolled.ok) return { refused: awayBy(rolled.fault) };
      const told = { rolledUpAtMs: rolled.value, ofFailures: query.decline_class !== undefined };
      return { body: summaryJson(rows.value, read.stretch, told) };
    },
  );
}

function mountSeries(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/analytics/series',
      scope: 'read',
      tag,
      summary: 'Attempts by the hour or day',
      description:
        'In the order of time and of what `by` names; buckets without attempts are left out. Without `from` and `to` the last 24 hours or 30 days; at most 92 days by the hour and 800 by the day. As CSV the next page stands in the header `Link`.',
      query: SeriesQuery,
      answer: { status: 200, description: 'A page of it', schema: AnalyticsSeries },
      responses: {
        200: {
          description: 'A page of it',
          content: {
            'application/json': { schema: AnalyticsSeries },
            'text/csv': { schema: z.string() },
          },
        },
        ...away,
      },
    },
    async ({ world, query, now, header, raw }) => {
      const question = questionOf(query, now);
      if ('reason' in question) return { refused: question };
      const { analytics } = world;
      if (analytics === null) return { refused: NOT_KEPT };
      const [page, rolled] = await Promise.all([
        analytics.series({ ...question, limit: question.limit + 1 }),
        analytics.rolledUpAtMs(),
      ]);
      if (!page.ok) return { refused: awayBy(page.fault) };
      if (!rolled.ok) return { refused: awayBy(rolled.fault) };
      const { stretch, bucket, by, limit, filter } = question;
      const shown = page.value.slice(0, limit);
      const last = page.value.length > limit ? shown.at(-1) : undefined;
      const nextCursor = last === undefined ? null : cursorText(last, question);
      const ofFailures = by.includes('decline_class') || filter.decline_class !== undefined;
      const points = shown.map((point) => pointJson(point, { by, ofFailures }));
      if (wantsCsv(query.format, header('accept'))) return { response: csvPage(points, question, raw.url, nextCursor) };
      return {
        body: {
          from: momentOf(stretch.fromMs),
          to: momentOf(stretch.toMs),
          bucket,
          by: [...by],
          rolled_up_at: momentOrNull(rolled.value),
          points,
          count: points.length,
          next_cursor: nextCursor,
        },
      };
    },
  );
}

function questionOf(query: SeriesQuery, now: number): SeriesQuestion | Refusal {
  const { bucket, limit } = query;
  const by = query.by === undefined ? [] : query.by.split(',');
  if (!by.every(isDimension) || new Set(by).size < by.length)
    return fieldFault('by', `must be some of ${DIMENSIONS.join(', ')}, each once`);
  const read = readStretch(askedOf(query), bucket, now);
  if (!read.ok) return fieldFault(read.field, read.message);
  const after = query.cursor === undefined ? null : readCursor(query.cursor, { bucket, by });
  if (after === null && query.cursor !== undefined)
    return fieldFault('cursor', 'must be a `next_cursor` that was given out for the same question');
  return { stretch: read.stretch, bucket, by, filter: filterOf(query), after, limit };
}

const isDimension = (text: string): text is Dimension => (DIMENSIONS as readonly string[]).includes(text);

const fieldFault = (field: string, message: string): Refusal => ({
  reason: 'invalid_request',
  errors: [{ field, code: 'invalid_field', message }],
});

const askedOf = ({ from, to }: z.output<typeof SummaryQuery>) => ({
  fromMs: from === undefined ? null : Date.parse(from),
  toMs: to === undefined ? null : Date.parse(to),
});

function filterOf(query: z.output<typeof SummaryQuery>): AttemptFilter {
  const given = DIMENSIONS.map((dimension) => [dimension, query[NAMES[dimension]]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Of several types in `Accept` the first that we have. */
function wantsCsv(format: SeriesQuery['format'], accept: string | undefined): boolean {
  if (format !== undefined) return format === 'csv';
  const types = (accept ?? '').split(',').map((type) => type.split(';')[0]?.trim().toLowerCase());
  return types.find((type) => type === 'text/csv' || type === 'application/json' || type === '*/*') === 'text/csv';
}

const FIGURES = [
  'attempts',
  'approved',
  'declined',
  'errors',
  'timeouts',
  'refunded',
  'disputed',
  'retries',
  'recommended',
  'off_recommendation',
  'authorization_rate',
  'error_rate',
  'latency_ms_mean',
] as const;
const SUMS = ['attempted_minor', 'approved_minor', 'refunded_minor', 'disputed_minor', 'fee_minor'] as const;

function csvPage(
  points: readonly PointJson[],
  { by }: SeriesQuestion,
  url: string,
  nextCursor: string | null,
): Response {
  const names = by.map((dimension) => NAMES[dimension]);
  const rows = points.map((point) => [
    point.at,
    ...names.map((name) => point[name] ?? null),
    ...FIGURES.map((name) => point[name]),
    ...SUMS.map((name) => point.money?.[name] ?? null),
  ]);
  const headers: Record<string, string> = { 'Content-Type': CSV_TYPE };
  if (nextCursor !== null) {
    const next = new URL(url);
    next.searchParams.set('cursor', nextCursor);
    headers['Link'] = `<${next.pathname}${next.search}>; rel="next"`;
  }
  return new Response(csvText(['at', ...names, ...FIGURES, ...SUMS], rows), { headers });
}
