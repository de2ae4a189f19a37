// Rolling up over Neon's HTTP driver: attempts are counted in PostgreSQL itself; of decisions only a bounded sample comes here.
import { askNeon, type NeonAnswer, type NeonOptions } from './neon-query.ts';
import { judgementColumns, sampledDecisionOf } from './policy-columns.ts';
import { HOUR_MS, type Stretch } from '../domain/analytics/stretch.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import type { HourJudgement, SampledDecision } from '../domain/evaluation/routing-policies.ts';
import type { RollUpPort } from '../ports/analytics-port.ts';
import type { SegmentRecord, SegmentShare } from '../domain/evaluation/surroundings.ts';

const OPEN_HOURS = `
  SELECT DISTINCT recorded_hour FROM roll_up_marks WHERE marks > rolled_marks ORDER BY recorded_hour DESC LIMIT $1`;
/** A merchant that names a processor which is not registered is answered as any other. */
const IS_SHADOW = 'coalesce(actual_processor_id = processor_id, false)';
/** One look into the index for each hour. */
const DECIDED_HOURS = `
  SELECT hour, judged_at
  FROM generate_series($1::timestamptz, $2::timestamptz - interval '1 hour', interval '1 hour') AS hour
  LEFT JOIN judged_hours ON decided_hour = hour
  WHERE EXISTS (SELECT FROM decisions WHERE decided_at >= hour AND decided_at < hour + interval '1 hour')`;
/** The nonce seeds the draw; its hash does not know what was drawn. A decision that two attempts name is the first one's. */
const DECISIONS = `
  SELECT d.*, a.result, a.amount_minor, a.currency, a.fee_minor, a.is_off_recommendation, a.had_permit
  FROM (
    SELECT nonce, payment_method, country, strategy, processor_id, propensity, probabilities, is_deterministic,
      ${IS_SHADOW} AS is_shadow,
      sample_rate * least(1, $3::float8 / count(*) OVER ()) AS sample_rate
    FROM decisions
    WHERE decided_at >= $1 AND decided_at < $2
    ORDER BY hashtext(nonce) LIMIT $3::int
  ) AS d
  LEFT JOIN (
    SELECT DISTINCT ON (decision_nonce)
      decision_nonce, result, amount_minor, currency, fee_minor, is_off_recommendation, had_permit
    FROM attempts
    WHERE decided_at >= $1 AND decided_at < $2 AND attempt = 1 AND teaches_approval AND stage IN ('unknown', 'final')
    ORDER BY decision_nonce, stage, recorded_at
  ) AS a ON a.decision_nonce = d.nonce`;
const SEGMENT_RECORDS = `
  SELECT processor_id, payment_method, country, sum(approved + declined + error + timeout)::float8 AS attempts,
    sum(approved)::float8 AS approved
  FROM attempt_days WHERE decline_class = '*' AND event_day >= $1 AND event_day < $2 GROUP BY 1, 2, 3`;
const MERCHANT_CHOICES = `
  SELECT processor_id, payment_method, country, count(*)::float8 AS decisions
  FROM decisions WHERE decided_at >= $1 AND decided_at < $2 AND ${IS_SHADOW} GROUP BY 1, 2, 3`;

export function createNeonRollUps(options: NeonOptions): RollUpPort {
  return new NeonRollUps(options);
}

class NeonRollUps implements RollUpPort {
  readonly #options: NeonOptions;

  constructor(options: NeonOptions) {
    this.#options = options;
  }

  async openHours(limit: number): Promise<HistoryReply<readonly number[]>> {
    return await this.#ask(OPEN_HOURS, [limit], ({ rows }) => rows.map((row) => timeOf(row['recorded_hour'])));
  }

  async rollUp(hourMs: number, now: number): Promise<HistoryReply<number>> {
    const given = [momentText(hourMs), momentText(now)];
    return await this.#ask('SELECT history_roll_up($1, $2) AS counted', given, ({ rows }) =>
      Number(rows[0]?.['counted']),
    );
  }

  async decidedHours({ fromMs, toMs }: Stretch): Promise<HistoryReply<ReadonlyMap<number, number | null>>> {
    return await this.#ask(
      DECIDED_HOURS,
      [momentText(fromMs), momentText(toMs)],
      ({ rows }) =>
        new Map(
          rows.map(({ hour, judged_at: judgedAt }) => [timeOf(hour), judgedAt === null ? null : timeOf(judgedAt)]),
        ),
    );
  }

  async decisionsOf(hourMs: number, limit: number): Promise<HistoryReply<readonly SampledDecision[]>> {
    const given = [momentText(hourMs), momentText(hourMs + HOUR_MS), limit];
    return await this.#ask(DECISIONS, given, ({ rows }) => rows.map(sampledDecisionOf));
  }

  async segmentRecords({ fromMs, toMs }: Stretch): Promise<HistoryReply<readonly SegmentRecord[]>> {
    return await this.#ask(SEGMENT_RECORDS, [momentText(fromMs), momentText(toMs)], ({ rows }) =>
      rows.map((row) => ({
        ...segmentOf(row),
        attempts: Number(row['attempts']),
        approved: Number(row['approved']),
      })),
    );
  }

  async merchantChoices({ fromMs, toMs }: Stretch): Promise<HistoryReply<readonly SegmentShare[]>> {
    return await this.#ask(MERCHANT_CHOICES, [momentText(fromMs), momentText(toMs)], ({ rows }) =>
      rows.map((row) => ({ ...segmentOf(row), decisions: Number(row['decisions']) })),
    );
  }

  async keepJudgement(hourMs: number, now: number, judgement: HourJudgement): Promise<HistoryReply<void>> {
    const { policies, counts } = judgementColumns(hourMs, judgement);
    const given = [momentText(hourMs), momentText(now), JSON.stringify(policies), JSON.stringify(counts)];
    return await this.#ask('SELECT history_keep_judgement($1, $2, $3, $4)', given, () => undefined);
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
const timeOf = (moment: unknown): number => (moment as Date).getTime();
const segmentOf = (row: Readonly<Record<string, unknown>>) => ({
  processorId: String(row['processor_id']),
  paymentMethod: String(row['payment_method']),
  country: String(row['country']),
});
