// What models are trained and judged on, over Neon's HTTP driver: attempts are counted in PostgreSQL, of decisions a bounded sample comes here.
import { amountBandOf, hourBandOf } from '../domain/learning/context-effects.ts';
import type { Surrounding, TrainingCell } from '../domain/training/context.ts';
import { askNeon, type NeonAnswer, type NeonOptions, type NeonRow } from './neon-query.ts';
import type { CountedCells, TrainingPastPort } from '../ports/training-port.ts';
import type { DrawnDecision } from '../domain/training/judge-model.ts';
import type { HistoryReply } from '../ports/history-port.ts';
import type { SampledHour } from '../domain/training/training-plan.ts';
import type { Stretch } from '../domain/analytics/stretch.ts';

/** As what learns live has it: a customer's own error happens anywhere, and some senders tell of approvals alone. */
const TEACHING = `recorded_at >= $1::timestamptz AND recorded_at < $2::timestamptz AND attempt = 1
    AND result IN ('approved', 'declined', 'error', 'timeout') AND NOT (result = 'declined' AND fault = 'user')
    AND (teaches_approval OR result IN ('error', 'timeout'))`;

/** Of those that have ended: what is still unknown is little, and would cost as much again. */
const HOURS = `
SELECT date_trunc('hour', recorded_at, 'UTC') AS hour, count(*)::float8 AS samples
FROM attempts WHERE ${TEACHING} AND stage = 'final' GROUP BY 1 ORDER BY 1`;

/** As amountBandOf and hourBandOf have it. */
const placed = (stage: 'final' | 'unknown'): string => `
  SELECT processor_id, epoch, transaction_id, payment_method, country, currency, result,
    CASE WHEN amount_minor < 1 THEN 0 ELSE least(9, length(amount_minor::text)) END AS amount_band,
    (extract(hour FROM coalesce(decided_at, event_at) AT TIME ZONE 'UTC'))::int / 3 AS hour_band
  FROM attempts WHERE ${TEACHING} AND stage = '${stage}'`;
const KEYS = ['payment_method', 'country', 'currency', 'amount_band', 'hour_band'];
/** An attempt is its end, else its beginning. A full join is a hash or a merge, whatever PostgreSQL knows yet of how much there is. */
const CELLS = `
SELECT processor_id, ${KEYS.map((key) => `coalesce(ended.${key}, begun.${key}) AS ${key}`).join(', ')},
  count(*)::float8 AS attempts, (count(*) FILTER (WHERE ended.result = 'approved'))::float8 AS approved,
  (sum(count(*)) OVER ())::float8 AS total
FROM (${placed('final')}) AS ended
FULL JOIN (${placed('unknown')}) AS begun USING (processor_id, epoch, transaction_id)
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY count(*) DESC, 1, 2, 3, 4, 5, 6 LIMIT $3`;

/**
 * Each decision is followed by the attempts that name it, the first one's end before its beginning: told by one sort, for a join would be a loop in a loop
 * while PostgreSQL does not yet know how much there is. The hash of a nonce knows nothing of what was drawn.
 */
const DECISIONS = `
SELECT decided_at, payment_method, country, processor_id, propensity, probabilities, result, amount_minor, currency
FROM (
  SELECT kind, nonce, decided_at, payment_method, country, processor_id, propensity, probabilities, is_drawn,
    lead(told_result) OVER beside AS result, lead(amount_minor) OVER beside AS amount_minor,
    lead(currency) OVER beside AS currency, lead(is_followed) OVER beside AS is_followed
  FROM (
    SELECT 0 AS kind, nonce, decided_at, payment_method, country, processor_id, propensity, probabilities,
      NOT is_deterministic AND actual_processor_id IS DISTINCT FROM processor_id AND propensity > 0 AND propensity <= 1 AS is_drawn,
      NULL AS stage, decided_at AS recorded_at, NULL AS told_result, NULL::bigint AS amount_minor, NULL AS currency, NULL::boolean AS is_followed
    FROM decisions WHERE decided_at >= $1::timestamptz AND decided_at < $2::timestamptz
    UNION ALL
    SELECT 1, decision_nonce, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
      stage, recorded_at, result, amount_minor, currency, NOT coalesce(is_off_recommendation, false) AND NOT coalesce(had_permit, false)
    FROM attempts
    WHERE recorded_at >= $1::timestamptz AND decided_at >= $1::timestamptz AND decided_at < $2::timestamptz
      AND decision_nonce IS NOT NULL AND attempt = 1 AND teaches_approval AND stage IN ('unknown', 'final')
  ) AS both_told
  WINDOW beside AS (PARTITION BY nonce ORDER BY kind, stage, recorded_at)
) AS laid_together
WHERE kind = 0 AND is_drawn AND is_followed
ORDER BY hashtext(nonce), nonce LIMIT $3`;

export function createNeonTraining(options: NeonOptions): TrainingPastPort {
  return new NeonTraining(options);
}

class NeonTraining implements TrainingPastPort {
  readonly #options: NeonOptions;

  constructor(options: NeonOptions) {
    this.#options = options;
  }

  async sampledHours(stretch: Stretch): Promise<HistoryReply<readonly SampledHour[]>> {
    return await this.#ask(HOURS, bounds(stretch), ({ rows }) =>
      rows.map((row) => ({ hourMs: (row['hour'] as Date).getTime(), samples: Number(row['samples']) })),
    );
  }

  async cells(stretch: Stretch, limit: number): Promise<HistoryReply<CountedCells>> {
    return await this.#ask(CELLS, [...bounds(stretch), limit], ({ rows }) => ({
      cells: rows.map(cellOf),
      attempts: Number(rows[0]?.['total'] ?? 0),
    }));
  }

  async drawnDecisions(stretch: Stretch, limit: number): Promise<HistoryReply<readonly DrawnDecision[]>> {
    return await this.#ask(DECISIONS, [...bounds(stretch), limit], ({ rows }) =>
      rows.map(decisionOf).filter(({ candidates }) => candidates.length > 1),
    );
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

const bounds = ({ fromMs, toMs }: Stretch): string[] => [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];

const cellOf = (row: NeonRow): TrainingCell => ({
  processorId: String(row['processor_id']),
  paymentMethod: String(row['payment_method']),
  country: String(row['country']),
  currency: String(row['currency']),
  amountBand: Number(row['amount_band']),
  hourBand: Number(row['hour_band']),
  attempts: Number(row['attempts']),
  approved: Number(row['approved']),
});

function decisionOf(row: NeonRow): DrawnDecision {
  const around: Surrounding = {
    paymentMethod: String(row['payment_method']),
    country: String(row['country']),
    currency: String(row['currency']),
    amountBand: amountBandOf(Number(row['amount_minor'])),
    hourBand: hourBandOf((row['decided_at'] as Date).getTime()),
  };
  // Only numbers are probabilities, whatever else stands in the document.
  const probabilities = Object.entries((row['probabilities'] ?? {}) as Record<string, unknown>);
  return {
    ...around,
    decidedAtMs: (row['decided_at'] as Date).getTime(),
    processorId: String(row['processor_id']),
    propensity: Number(row['propensity']),
    candidates: probabilities.flatMap(([id, chance]) => (typeof chance === 'number' && chance > 0 ? [id] : [])).sort(),
    approved: row['result'] === 'approved',
  };
}
