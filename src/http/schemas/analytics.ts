// Counted attempts as the API tells them: counts, rates where there is anything to divide, money by currency.
import { z } from '@hono/zod-openapi';
import { attemptsOf, type MoneySums, ratesOf } from '../../domain/analytics/attempt-counts.ts';
import type { Stretch } from '../../domain/analytics/stretch.ts';
import {
  type Counted,
  type Dimension,
  DIMENSIONS,
  type SeriesPoint,
  type SummaryRow,
} from '../../ports/analytics-port.ts';
import {
  CountryText,
  CurrencyText,
  IdText,
  limitText,
  MethodText,
  Moment,
  MomentOut,
  momentOf,
  NextCursor,
} from './primitives.ts';

const CLASSES = ['technical', 'later', 'customer_action', 'fix_data', 'never', 'unknown', 'unclassified'] as const;
const filters = {
  processor_id: IdText.optional(),
  payment_method: MethodText.optional(),
  country: CountryText.optional(),
  decline_class: z.enum(CLASSES).optional().openapi({
    description: 'Only failures of this class; `unclassified`: recorded before classes were kept',
  }),
  currency: CurrencyText.optional(),
};
const between = {
  from: Moment.optional().openapi({ description: 'Rounded down to the hour, or day' }),
  to: Moment.optional().openapi({ description: 'Rounded up; left out: now' }),
};

export const SummaryQuery = z.object({ ...between, ...filters });

/** The names that attempts have in the API; `by` and the points of a series use them. */
export const NAMES = {
  processor: 'processor_id',
  method: 'payment_method',
  country: 'country',
  decline_class: 'decline_class',
  currency: 'currency',
} as const satisfies Readonly<Record<Dimension, string>>;

export const SeriesQuery = z.object({
  ...between,
  bucket: z.enum(['hour', 'day']).default('hour').openapi({ description: 'Days are UTC' }),
  by: z
    .string()
    .regex(/^[a-z_]+(,[a-z_]+){0,4}$/, `must be some of ${DIMENSIONS.join(', ')}, comma separated`)
    .optional()
    .openapi({ description: `Some of ${DIMENSIONS.join(', ')}, comma separated`, example: 'processor,country' }),
  ...filters,
  limit: limitText(500, 200, 'Points'),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,1000}$/, 'must be a `next_cursor` that was given out')
    .optional()
    .openapi({ description: '`next_cursor` of the page before, with the same question' }),
  format: z.enum(['json', 'csv']).optional().openapi({ description: 'As the header `Accept: text/csv` asks, too' }),
});
export type SeriesQuery = z.output<typeof SeriesQuery>;

const Money = z
  .object({
    attempted_minor: z.number(),
    approved_minor: z.number(),
    refunded_minor: z.number(),
    disputed_minor: z.number(),
    fee_minor: z.number().openapi({ description: 'As far as fees were told' }),
  })
  .openapi('MoneySums');

const counts = {
  attempts: z
    .number()
    .openapi({ description: 'Approved, declined, errors and timeouts; a settled timeout counts once' }),
  approved: z.number(),
  declined: z.number(),
  errors: z.number(),
  timeouts: z.number().openapi({ description: 'Whose final has not come' }),
  refunded: z.number(),
  disputed: z.number(),
  retries: z.number().openapi({ description: 'Attempts that were not the first of their payment' }),
  recommended: z.number().openapi({ description: 'Attempts that went where a decision said' }),
  off_recommendation: z.number().openapi({ description: 'Attempts that had a decision and went elsewhere' }),
  authorization_rate: z.number().nullable().openapi({ description: 'approved / (approved + declined), 0-1' }),
  error_rate: z.number().nullable().openapi({ description: '(errors + timeouts) / attempts, 0-1' }),
  latency_ms_mean: z.number().nullable(),
};

const Counts = z.object({
  ...counts,
  money: Money.nullable().openapi({ description: '`null`: of several currencies, or nothing' }),
});
const listOf = (name: string) => z.array(z.object({ [name]: z.string(), ...Counts.shape }));

export const AnalyticsSummary = z
  .object({
    from: MomentOut,
    to: MomentOut,
    rolled_up_at: MomentOut.nullable().openapi({
      description: 'How far this is up to date; `null`: nothing was counted yet',
    }),
    total: Counts,
    by_processor: listOf(NAMES.processor),
    by_payment_method: listOf(NAMES.method),
    by_country: listOf(NAMES.country),
    by_decline_class: z
      .array(z.object({ decline_class: z.string(), attempts: z.number(), share: z.number() }))
      .openapi({ description: 'Failures; `share` of all of them' }),
    by_currency: listOf(NAMES.currency),
  })
  .openapi('AnalyticsSummary');

export const AnalyticsSeries = z
  .object({
    from: MomentOut,
    to: MomentOut,
    bucket: z.enum(['hour', 'day']),
    by: z.array(z.enum(DIMENSIONS)),
    rolled_up_at: MomentOut.nullable(),
    points: z.array(
      z
        .object({
          at: MomentOut.openapi({ description: 'The beginning of the hour, or day' }),
          processor_id: z.string().optional(),
          payment_method: z.string().optional(),
          country: z.string().optional(),
          decline_class: z.string().optional(),
          currency: z.string().optional(),
          ...Counts.shape,
        })
        .openapi('AnalyticsPoint'),
    ),
    count: z.int(),
    next_cursor: NextCursor,
  })
  .openapi('AnalyticsSeries');

type CountsJson = z.output<typeof Counts>;

function moneyJson(money: MoneySums | null): CountsJson['money'] {
  return (
    money && {
      attempted_minor: money.attemptedMinor,
      approved_minor: money.approvedMinor,
      refunded_minor: money.refundedMinor,
      disputed_minor: money.disputedMinor,
      fee_minor: money.feeMinor,
    }
  );
}

/** `ofFailures`: of a class of declines there are no rates, for nothing else can be in it. */
function countsJson(counted: Counted, ofFailures: boolean): CountsJson {
  const { attempts, authorizationRate, errorRate, latencyMeanMs } = ratesOf(counted);
  return {
    attempts,
    approved: counted.approved,
    declined: counted.declined,
    errors: counted.error,
    timeouts: counted.timeout,
    refunded: counted.refunded,
    disputed: counted.disputed,
    retries: counted.retries,
    recommended: counted.recommended,
    off_recommendation: counted.offRecommendation,
    authorization_rate: ofFailures ? null : authorizationRate,
    error_rate: ofFailures ? null : errorRate,
    latency_ms_mean: latencyMeanMs,
    money: moneyJson(counted.money),
  };
}

const NOTHING: Counted = {
  approved: 0,
  declined: 0,
  error: 0,
  timeout: 0,
  refunded: 0,
  disputed: 0,
  retries: 0,
  recommended: 0,
  offRecommendation: 0,
  latencyMs: 0,
  latencies: 0,
  money: null,
};

export function summaryJson(
  rows: readonly SummaryRow[],
  { fromMs, toMs }: Stretch,
  told: { readonly rolledUpAtMs: number | null; readonly ofFailures: boolean },
): z.output<typeof AnalyticsSummary> {
  const { rolledUpAtMs, ofFailures } = told;
  const by = (dimension: Dimension): SummaryRow[] =>
    rows
      .filter((row) => row.by === dimension)
      .sort((left, right) => attemptsOf(right) - attemptsOf(left) || (String(left.key) < String(right.key) ? -1 : 1));
  const listed = (dimension: Dimension) =>
    by(dimension).map((row) => ({ [NAMES[dimension]]: row.key ?? '', ...countsJson(row, ofFailures) }));
  const classes = by('decline_class');
  const failures = classes.reduce((sum, row) => sum + attemptsOf(row), 0);
  return {
    from: momentOf(fromMs),
    to: momentOf(toMs),
    rolled_up_at: rolledUpAtMs === null ? null : momentOf(rolledUpAtMs),
    total: countsJson(rows.find((row) => row.by === null) ?? NOTHING, ofFailures),
    by_processor: listed('processor'),
    by_payment_method: listed('method'),
    by_country: listed('country'),
    by_decline_class: classes.map((row) => ({
      decline_class: row.key ?? '',
      attempts: attemptsOf(row),
      share: failures > 0 ? attemptsOf(row) / failures : 0,
    })),
    by_currency: listed('currency'),
  } as z.output<typeof AnalyticsSummary>;
}

export interface ToldSeries {
  readonly by: readonly Dimension[];
  readonly ofFailures: boolean;
}

export type PointJson = z.output<typeof AnalyticsSeries>['points'][number];

export function pointJson({ atMs, keys, ...counted }: SeriesPoint, { by, ofFailures }: ToldSeries): PointJson {
  const named = Object.fromEntries(by.map((dimension, index) => [NAMES[dimension], keys[index] ?? '']));
  return { at: momentOf(atMs), ...named, ...countsJson(counted, ofFailures) };
}
