// Analytics over Neon's HTTP driver: it reads roll-ups alone, never attempts, so that a question costs the same however much was recorded.
import { askNeon, type NeonAnswer, type NeonOptions, type NeonRow } from './neon-query.ts';
import { COLUMNS, conditionsOf, countedOf, MEASURES, SUMS } from './analytics-columns.ts';
import { decisionCountsOf, policyTallyOf } from './policy-columns.ts';
import { DIMENSIONS } from '../ports/analytics-port.ts';
import { BUCKET_MS, partsOf, type Stretch } from '../domain/analytics/stretch.ts';
import type {
  AnalyticsPort,
  AttemptFilter,
  Dimension,
  RoutingFilter,
  RoutingFindings,
  SeriesPoint,
  SeriesQuestion,
  SummaryRow,
} from '../ports/analytics-port.ts';
import type { HistoryReply } from '../ports/history-port.ts';

/** Of a page that is begun. */
const BUCKETS_FIRST = 24;
const HOURS = { table: 'attempt_hours', column: 'event_hour' };
const DAYS = { table: 'attempt_days', column: 'event_day' };
/** Alone in the summary; failures by class are asked for beside them. */
const ALONE = DIMENSIONS.filter((dimension) => dimension !== 'decline_class');
/** A timeout that was settled in another hour leaves nothing behind. */
const ANYTHING = 'sum(approved + declined + error + timeout + refunded + disputed) <> 0';
const TALLY = ['payments', 'samples', 'w', 'ww', 'r', 'rr', 'wr', 'wrr', 'wwr', 'wwrr', 'v', 'vv', 'vr'];
const COUNTS = ['decisions', 'judged', 'approved', 'awaiting', 'off_recommendation', 'undrawn', 'out_of_reach'];

export function createNeonAnalytics(options: NeonOptions): AnalyticsPort {
  return new NeonAnalytics(options);
}

class NeonAnalytics implements AnalyticsPort {
  readonly #options: NeonOptions;

  constructor(options: NeonOptions) {
    this.#options = options;
  }

  async summary(stretch: Stretch, filter: AttemptFilter): Promise<HistoryReply<readonly SummaryRow[]>> {
    const [all, failures] = await Promise.all([
      this.#summed(stretch, filter, ALONE, false),
      this.#summed(stretch, filter, ['decline_class'], true),
    ]);
    if (!all.ok) return all;
    return failures.ok
      ? { ok: true, value: [...all.value, ...failures.value.filter(({ by }) => by !== null)] }
      : failures;
  }

  /** The total, and each of the dimensions alone. */
  async #summed(
    stretch: Stretch,
    filter: AttemptFilter,
    dimensions: readonly Dimension[],
    byClass: boolean,
  ): Promise<HistoryReply<readonly SummaryRow[]>> {
    const { days, hours } = partsOf(stretch);
    const parts = [...hours.map((part) => ({ ...HOURS, part })), ...(days === null ? [] : [{ ...DAYS, part: days }])];
    const bounds = parts.flatMap(({ part }) => [momentText(part.fromMs), momentText(part.toMs)]);
    const { text, parameters } = conditionsOf(filter, bounds.length, byClass);
    const columns = dimensions.map((dimension) => COLUMNS[dimension]);
    const needed = [...new Set([...columns, 'currency', ...MEASURES])].join(', ');
    const picked = parts.map(
      ({ table, column }, index) =>
        `SELECT ${needed} FROM ${table} WHERE ${column} >= $${2 * index + 1} AND ${column} < $${2 * index + 2}${text}`,
    );
    const question = `
      SELECT ${columns.join(', ')}, grouping(${columns.join(', ')}) AS grouped, ${SUMS}
      FROM (${picked.join(' UNION ALL ')}) AS picked
      GROUP BY GROUPING SETS ((), ${columns.map((column) => `(${column})`).join(', ')})`;
    return await this.#ask(question, [...bounds, ...parameters], ({ rows }) =>
      rows.map((row) => summaryRowOf(row, dimensions)),
    );
  }

  /** A little at a time, as much as the page seems to need: a sum over all that is left would be thrown away but for its beginning. */
  async series(question: SeriesQuestion): Promise<HistoryReply<readonly SeriesPoint[]>> {
    const { stretch, bucket, after, limit } = question;
    const points: SeriesPoint[] = [];
    const beginMs = Math.max(stretch.fromMs, after?.atMs ?? stretch.fromMs);
    let [fromMs, buckets] = [beginMs, BUCKETS_FIRST];
    while (fromMs < stretch.toMs && points.length < limit) {
      const toMs = Math.min(stretch.toMs, fromMs + buckets * BUCKET_MS[bucket]);
      const part = await this.#seriesPart({ ...question, stretch: { fromMs, toMs }, limit: limit - points.length });
      if (!part.ok) return part;
      points.push(...part.value);
      const perBucket = (points.length * BUCKET_MS[bucket]) / (toMs - beginMs);
      buckets = perBucket === 0 ? 4 * buckets : Math.ceil((1.2 * (limit - points.length)) / perBucket) + 1;
      fromMs = toMs;
    }
    return { ok: true, value: points };
  }

  async #seriesPart(question: SeriesQuestion): Promise<HistoryReply<readonly SeriesPoint[]>> {
    const { stretch, bucket, by, filter, after, limit } = question;
    const { table, column } = bucket === 'hour' ? HOURS : DAYS;
    const keys = by.map((dimension) => COLUMNS[dimension]);
    const place = [column, ...keys];
    const bounds: unknown[] = [momentText(stretch.fromMs), momentText(stretch.toMs), limit];
    const { text, parameters } = conditionsOf(filter, bounds.length, by.includes('decline_class'));
    const given = [...bounds, ...parameters];
    const beyond = after === null ? [] : [momentText(after.atMs), ...after.keys];
    // Written out: compared with a text, PostgreSQL would not know a moment for one.
    const behind = beyond.map((_, index) => `$${given.length + index + 1}${index === 0 ? '::timestamptz' : ''}`);
    const answer = `
      SELECT ${place.join(', ')}, ${SUMS}
      FROM ${table}
      WHERE ${column} >= $1 AND ${column} < $2${text}${after === null ? '' : ` AND (${place.join(', ')}) > (${behind.join(', ')})`}
      GROUP BY ${place.join(', ')} HAVING ${ANYTHING} ORDER BY ${place.join(', ')} LIMIT $3`;
    return await this.#ask(answer, [...given, ...beyond], ({ rows }) =>
      rows.map((row) => ({
        atMs: (row[column] as Date).getTime(),
        keys: keys.map((key) => String(row[key])),
        ...countedOf(row),
      })),
    );
  }

  async rolledUpAtMs(): Promise<HistoryReply<number | null>> {
    return await this.#lastOf('SELECT max(rolled_at) AS last FROM roll_up_marks');
  }

  async judgedAtMs(): Promise<HistoryReply<number | null>> {
    return await this.#lastOf('SELECT max(judged_at) AS last FROM judged_hours');
  }

  async routing({ fromMs, toMs }: Stretch, filter: RoutingFilter): Promise<HistoryReply<RoutingFindings>> {
    const { paymentMethod = null, country = null, strategy = null } = filter;
    const given = [momentText(fromMs), momentText(toMs), paymentMethod, country, strategy];
    const where = `
      WHERE decided_hour >= $1 AND decided_hour < $2 AND payment_method = coalesce($3, payment_method)
        AND country = coalesce($4, country) AND strategy = coalesce($5, strategy)`;
    const sums = (columns: readonly string[]): string =>
      columns.map((column) => `sum(${column})::float8 AS ${column}`).join(', ');
    const [policies, counts] = await Promise.all([
      this.#ask(
        `SELECT traffic, policy, measure, currency, ${sums(TALLY)} FROM policy_hours ${where}
         GROUP BY traffic, policy, measure, currency`,
        given,
        ({ rows }) => rows.map(policyTallyOf),
      ),
      this.#ask(`SELECT traffic, ${sums(COUNTS)} FROM decision_hours ${where} GROUP BY traffic`, given, ({ rows }) =>
        rows.map(decisionCountsOf),
      ),
    ]);
    if (!policies.ok) return policies;
    return counts.ok ? { ok: true, value: { policies: policies.value, counts: counts.value } } : counts;
  }

  async #lastOf(question: string): Promise<HistoryReply<number | null>> {
    return await this.#ask(question, [], ({ rows }) => {
      const last = rows[0]?.['last'];
      return last instanceof Date ? last.getTime() : null;
    });
  }

  async #ask<Value>(
    text: string,
    parameters: readonly unknown[],
    read: (answer: NeonAnswer) => Value,
  ): Promise<HistoryReply<Value>> {
    const reply = await askNeon(this.#options, text, parameters);
    return reply.ok ? { ok: true, value: read(reply.value) } : reply;
  }
}

const momentText = (ms: number): string => new Date(ms).toISOString();

/** `grouped` has a bit for each dimension, the last one lowest: set where all of it are added up. */
function summaryRowOf(row: NeonRow, dimensions: readonly Dimension[]): SummaryRow {
  const grouped = Number(row['grouped']);
  const by = dimensions.find((_, index) => (grouped & (1 << (dimensions.length - 1 - index))) === 0) ?? null;
  return { by, key: by === null ? null : String(row[COLUMNS[by]]), ...countedOf(row) };
}
