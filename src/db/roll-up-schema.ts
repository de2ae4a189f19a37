// The tables that analytics reads: attempts by hour and day, and the sums by which routing policies are judged.
import { doublePrecision, numeric, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { moment, whole } from './column-kinds.ts';

/** What of the attempts was counted: an insert adds a mark to the hours in which its rows were recorded, and counting takes note of the marks it has seen. */
export const rollUpMarks = pgTable(
  'roll_up_marks',
  {
    recordedHour: moment('recorded_hour').notNull(),
    processorId: text('processor_id').notNull(),
    marks: whole('marks').notNull(),
    rolledMarks: whole('rolled_marks').notNull(),
    rolledRows: whole('rolled_rows').notNull(),
    rolledAt: moment('rolled_at'),
  },
  (table) => [primaryKey({ columns: [table.recordedHour, table.processorId] })],
);

/** By the hour of the event and the hour of recording, which is what is counted at a time. A timeout that was settled is taken back where it was counted. */
export const attemptParts = pgTable(
  'attempt_parts',
  {
    eventHour: moment('event_hour').notNull(),
    processorId: text('processor_id').notNull(),
    paymentMethod: text('payment_method').notNull(),
    country: text().notNull(),
    currency: text().notNull(),
    result: text().notNull(),
    /** Of failures; `unclassified`: from before classes were kept; `none`: no failure. */
    declineClass: text('decline_class').notNull(),
    recordedHour: moment('recorded_hour').notNull(),
    attempts: whole('attempts').notNull(),
    /** Those that were not the first of their payment. */
    retries: whole('retries').notNull(),
    /** Those that went where a decision said, and those that went elsewhere. */
    recommended: whole('recommended').notNull(),
    offRecommendation: whole('off_recommendation').notNull(),
    /** May be more than a bigint holds. */
    amountMinor: numeric('amount_minor').notNull(),
    feeMinor: doublePrecision('fee_minor').notNull(),
    /** Sum, of `latencies` attempts. */
    latencyMs: doublePrecision('latency_ms').notNull(),
    latencies: whole('latencies').notNull(),
  },
  ({ eventHour, processorId, paymentMethod, country, currency, result, declineClass, recordedHour }) => [
    primaryKey({
      columns: [eventHour, processorId, paymentMethod, country, currency, result, declineClass, recordedHour],
    }),
  ],
);

/** What is read: a column for each result. */
const read = {
  processorId: text('processor_id').notNull(),
  paymentMethod: text('payment_method').notNull(),
  country: text().notNull(),
  currency: text().notNull(),
  /** `*`: all attempts; else the failures of this class. */
  declineClass: text('decline_class').notNull(),
  approved: whole('approved').notNull(),
  declined: whole('declined').notNull(),
  error: whole('error').notNull(),
  /** Whose final has not come. */
  timeout: whole('timeout').notNull(),
  refunded: whole('refunded').notNull(),
  disputed: whole('disputed').notNull(),
  retries: whole('retries').notNull(),
  recommended: whole('recommended').notNull(),
  offRecommendation: whole('off_recommendation').notNull(),
  attemptedMinor: doublePrecision('attempted_minor').notNull(),
  approvedMinor: doublePrecision('approved_minor').notNull(),
  refundedMinor: doublePrecision('refunded_minor').notNull(),
  disputedMinor: doublePrecision('disputed_minor').notNull(),
  feeMinor: doublePrecision('fee_minor').notNull(),
  latencyMs: doublePrecision('latency_ms').notNull(),
  latencies: whole('latencies').notNull(),
};

export const attemptHours = pgTable(
  'attempt_hours',
  { eventHour: moment('event_hour').notNull(), ...read },
  ({ declineClass, eventHour, processorId, paymentMethod, country, currency }) => [
    primaryKey({ columns: [declineClass, eventHour, processorId, paymentMethod, country, currency] }),
  ],
);

/** By UTC day. */
export const attemptDays = pgTable(
  'attempt_days',
  { eventDay: moment('event_day').notNull(), ...read },
  ({ declineClass, eventDay, processorId, paymentMethod, country, currency }) => [
    primaryKey({ columns: [declineClass, eventDay, processorId, paymentMethod, country, currency] }),
  ],
);

/** What another policy would have earned on the sampled decisions of an hour: the sums of src/domain/evaluation/off-policy.ts. */
export const policyHours = pgTable(
  'policy_hours',
  {
    decidedHour: moment('decided_hour').notNull(),
    /** `live`, or `shadow`: the merchant went its own way. */
    traffic: text().notNull(),
    /** `static` or `priority` on live traffic, `signalbox` on shadow traffic. */
    policy: text().notNull(),
    /** `approval`: 0 or 1. `value`: approved amount less fee, in minor units. */
    measure: text().notNull(),
    paymentMethod: text('payment_method').notNull(),
    country: text().notNull(),
    strategy: text().notNull(),
    /** `*`: all, where approvals are counted. */
    currency: text().notNull(),
    /** For how many payments the samples stand. */
    payments: doublePrecision().notNull(),
    samples: doublePrecision().notNull(),
    w: doublePrecision().notNull(),
    ww: doublePrecision().notNull(),
    r: doublePrecision().notNull(),
    rr: doublePrecision().notNull(),
    wr: doublePrecision().notNull(),
    wrr: doublePrecision().notNull(),
    wwr: doublePrecision().notNull(),
    wwrr: doublePrecision().notNull(),
    v: doublePrecision().notNull(),
    vv: doublePrecision().notNull(),
    vr: doublePrecision().notNull(),
  },
  ({ decidedHour, traffic, policy, measure, paymentMethod, country, strategy, currency }) => [
    primaryKey({ columns: [decidedHour, traffic, policy, measure, paymentMethod, country, strategy, currency] }),
  ],
);

/** What became of the sampled decisions of an hour. */
export const decisionHours = pgTable(
  'decision_hours',
  {
    decidedHour: moment('decided_hour').notNull(),
    traffic: text().notNull(),
    paymentMethod: text('payment_method').notNull(),
    country: text().notNull(),
    strategy: text().notNull(),
    decisions: whole('decisions').notNull(),
    /** First attempts that went where they should and whose result is known; an unsettled timeout is no approval. */
    judged: whole('judged').notNull(),
    approved: whole('approved').notNull(),
    /** No result yet. */
    awaiting: whole('awaiting').notNull(),
    offRecommendation: whole('off_recommendation').notNull(),
    /** Not a matter of chance, and the same under every policy: probes, pins, a sole candidate. */
    undrawn: whole('undrawn').notNull(),
    /** The processor that `static` stands for could not have been chosen. */
    outOfReach: whole('out_of_reach').notNull(),
  },
  ({ decidedHour, traffic, paymentMethod, country, strategy }) => [
    primaryKey({ columns: [decidedHour, traffic, paymentMethod, country, strategy] }),
  ],
);

export const judgedHours = pgTable('judged_hours', {
  decidedHour: moment('decided_hour').primaryKey(),
  judgedAt: moment('judged_at').notNull(),
});
