// The tables of the history database as Drizzle knows them; migrations/ makes them, and a test compares the two.
import { boolean, doublePrecision, integer, jsonb, pgTable, primaryKey, smallint, text } from 'drizzle-orm/pg-core';
import { moment, whole } from './column-kinds.ts';

export * from './roll-up-schema.ts';

/** Which files of migrations/ have been run here, and what stood in them then. */
export const schemaMigrations = pgTable('schema_migrations', {
  name: text().primaryKey(),
  /** SHA-256 in hex. */
  checksum: text().notNull(),
  appliedAt: moment('applied_at').notNull().defaultNow(),
});

/** One row per stage of an attempt, as its processor's object recorded it. Partitioned by day of `recorded_at`, which the object stamps once. */
export const attempts = pgTable(
  'attempts',
  {
    recordedAt: moment('recorded_at').notNull(),
    processorId: text('processor_id').notNull(),
    /** Which life of the processor: a processor registered anew begins anew. */
    epoch: whole('epoch').notNull(),
    transactionId: text('transaction_id').notNull(),
    /** `unknown`, `final`, `refunded` or `disputed`. */
    stage: text().notNull(),
    result: text().notNull(),
    fault: text().notNull(),
    paymentMethod: text('payment_method').notNull(),
    country: text().notNull(),
    declineCode: text('decline_code'),
    amountMinor: whole('amount_minor').notNull(),
    currency: text().notNull(),
    eventAt: moment('event_at').notNull(),
    /** False: the source gave no time of its own, and `event_at` is the arrival. */
    hasOwnEventTime: boolean('has_own_event_time').notNull(),
    latencyMs: doublePrecision('latency_ms'),
    feeMinor: doublePrecision('fee_minor'),
    /** 1 for the first attempt of a payment. */
    attempt: integer().notNull(),
    /** False: says nothing of how often there is an approval. */
    teachesApproval: boolean('teaches_approval').notNull(),
    /** These six of the decision it was joined to, all or none. */
    decisionNonce: text('decision_nonce'),
    decidedAt: moment('decided_at'),
    propensity: doublePrecision(),
    arm: smallint(),
    isOffRecommendation: boolean('is_off_recommendation'),
    hadPermit: boolean('had_permit'),
    /** From here on what was told beside the result, since migration 0002. */
    paymentId: text('payment_id'),
    /** The first 6 to 8 digits of the card. */
    bin: text(),
    issuerCountry: text('issuer_country'),
    /** `customer` or `merchant`. */
    initiator: text(),
    threeDs: boolean('three_ds'),
    network: text(),
    /** Keyed hashes: equal ones are of one credential, or customer, as long as the signing keys stay. */
    credentialHash: text('credential_hash'),
    customerHash: text('customer_hash'),
    /** Of a failure: `technical`, `later`, `customer_action`, `fix_data`, `never` or `unknown`. */
    declineClass: text('decline_class'),
  },
  // The time comes first: rows arrive in its order, and every reader asks for a stretch of it.
  (table) => [
    primaryKey({
      columns: [table.recordedAt, table.processorId, table.epoch, table.transactionId, table.stage],
    }),
  ],
);

/** A sample of the decisions. Partitioned by day of `decided_at`. */
export const decisions = pgTable(
  'decisions',
  {
    decidedAt: moment('decided_at').notNull(),
    nonce: text().notNull(),
    tableVersion: whole('table_version').notNull(),
    paymentMethod: text('payment_method').notNull(),
    country: text().notNull(),
    amountMinor: whole('amount_minor'),
    currency: text(),
    processorId: text('processor_id').notNull(),
    propensity: doublePrecision().notNull(),
    arm: smallint().notNull(),
    experimentId: text('experiment_id'),
    strategy: text().notNull(),
    /** Processor to probability of all that could have been chosen. */
    probabilities: jsonb().notNull(),
    source: text().notNull(),
    tableAgeMs: integer('table_age_ms').notNull(),
    /** What share of decisions was kept when this one was. */
    sampleRate: doublePrecision('sample_rate').notNull(),
    /** Chosen by a rule, probe or override, not by a draw. */
    isDeterministic: boolean('is_deterministic').notNull().default(false),
    /** Shadow: what the merchant did whatever was answered. */
    actualProcessorId: text('actual_processor_id'),
  },
  (table) => [primaryKey({ columns: [table.decidedAt, table.nonce] })],
);

export const breakerChanges = pgTable(
  'breaker_changes',
  {
    changedAt: moment('changed_at').notNull(),
    processorId: text('processor_id').notNull(),
    epoch: whole('epoch').notNull(),
    /** `METHOD|COUNTRY`, or `*` for the processor's own breaker. */
    scope: text().notNull(),
    fromState: text('from_state').notNull(),
    toState: text('to_state').notNull(),
    reason: text().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.changedAt, table.processorId, table.epoch, table.scope, table.fromState, table.toState],
    }),
  ],
);

export const statusChanges = pgTable(
  'status_changes',
  {
    changedAt: moment('changed_at').notNull(),
    processorId: text('processor_id').notNull(),
    epoch: whole('epoch').notNull(),
    /** `METHOD|COUNTRY`, or `*`. */
    scope: text().notNull(),
    fromStatus: text('from_status').notNull(),
    toStatus: text('to_status').notNull(),
    reason: text().notNull(),
  },
  (table) => [
    primaryKey({
      columns: [table.changedAt, table.processorId, table.epoch, table.scope, table.fromStatus, table.toStatus],
    }),
  ],
);

/** As the alert book last said it. */
export const alerts = pgTable('alerts', {
  id: text().primaryKey(),
  kind: text().notNull(),
  processorId: text('processor_id').notNull(),
  scope: text().notNull(),
  subject: text(),
  fromStatus: text('from_status').notNull(),
  toStatus: text('to_status').notNull(),
  openedAt: moment('opened_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  closedAt: moment('closed_at'),
  reason: text().notNull(),
  evidence: jsonb().notNull(),
  riskMinorPerHour: whole('risk_minor_per_hour'),
  riskCurrency: text('risk_currency'),
  /** Who works on it. */
  acknowledgedBy: text('acknowledged_by'),
  acknowledgedAt: moment('acknowledged_at'),
});

/** One row per incident, updated while it lasts. */
export const anomalies = pgTable('anomalies', {
  id: text().primaryKey(),
  metric: text().notNull(),
  processorId: text('processor_id').notNull(),
  scope: text().notNull(),
  severity: text().notNull(),
  score: doublePrecision().notNull(),
  expected: doublePrecision(),
  observed: doublePrecision(),
  openedAt: moment('opened_at').notNull(),
  updatedAt: moment('updated_at').notNull(),
  closedAt: moment('closed_at'),
  evidence: jsonb().notNull(),
  /** What explains it best. */
  cause: jsonb(),
  riskMinorPerHour: whole('risk_minor_per_hour'),
  riskCurrency: text('risk_currency'),
});

/** What people said of an incident. */
export const incidentFeedback = pgTable(
  'incident_feedback',
  {
    incidentId: text('incident_id').notNull(),
    givenAt: moment('given_at').notNull(),
    /** `false_alarm` or `confirmed`. */
    verdict: text().notNull(),
    keyId: text('key_id').notNull(),
    note: text(),
  },
  (table) => [primaryKey({ columns: [table.incidentId, table.givenAt] })],
);

export const predictions = pgTable('predictions', {
  id: text().primaryKey(),
  kind: text().notNull(),
  processorId: text('processor_id').notNull(),
  scope: text().notNull(),
  madeAt: moment('made_at').notNull(),
  probability: doublePrecision().notNull(),
  windowFrom: moment('window_from').notNull(),
  windowTo: moment('window_to').notNull(),
  evidence: jsonb().notNull(),
  recommendedAction: text('recommended_action').notNull(),
  /** `confirmed` or `false`, once the window has passed. */
  outcome: text(),
  judgedAt: moment('judged_at'),
});

export const healingActions = pgTable('healing_actions', {
  id: text().primaryKey(),
  action: text().notNull(),
  processorId: text('processor_id').notNull(),
  scope: text().notNull(),
  /** `act`: it was done. `advise`: it was only said. `*` in `processor_id`: about none. */
  mode: text().notNull(),
  reason: text().notNull(),
  evidence: jsonb().notNull(),
  firstSymptomAt: moment('first_symptom_at').notNull(),
  plannedAt: moment('planned_at').notNull(),
  actedAt: moment('acted_at'),
  verifiedAt: moment('verified_at'),
  /** `recovered`, `not_recovered`, `made_worse`, `undone`, `interrupted` or `failed`, once it was measured. */
  outcome: text(),
  /** What takes it back. */
  undo: jsonb(),
  undoneAt: moment('undone_at'),
});

export const tunings = pgTable('tunings', {
  id: text().primaryKey(),
  processorId: text('processor_id').notNull(),
  setting: text().notNull(),
  valueBefore: doublePrecision('value_before').notNull(),
  valueAfter: doublePrecision('value_after').notNull(),
  /** `trying`, `kept` or `reverted`. */
  state: text().notNull(),
  reason: text().notNull(),
  evidence: jsonb().notNull(),
  startedAt: moment('started_at').notNull(),
  endedAt: moment('ended_at'),
});

export const scalingEvents = pgTable('scaling_events', {
  id: text().primaryKey(),
  target: text().notNull(),
  /** `up` or `down`. */
  direction: text().notNull(),
  instancesBefore: integer('instances_before').notNull(),
  instancesAfter: integer('instances_after').notNull(),
  reason: text().notNull(),
  evidence: jsonb().notNull(),
  happenedAt: moment('happened_at').notNull(),
});

export const modelVersions = pgTable('model_versions', {
  version: whole('version').primaryKey(),
  trainedAt: moment('trained_at').notNull(),
  /** The attempts it was trained on, and the later ones it was judged on. */
  trainedFrom: moment('trained_from').notNull(),
  trainedTo: moment('trained_to').notNull(),
  judgedTo: moment('judged_to').notNull(),
  trainedAttempts: whole('trained_attempts').notNull(),
  judgedAttempts: whole('judged_attempts').notNull(),
  model: jsonb().notNull(),
  valueEstimate: doublePrecision('value_estimate'),
  valueLow: doublePrecision('value_low'),
  valueHigh: doublePrecision('value_high'),
  /** `candidate`, `promoted`, `refused` or `reverted`. */
  state: text().notNull(),
  decidedAt: moment('decided_at'),
  reason: text().notNull(),
});

/** Who changed what; the registry's own numbers. */
export const audit = pgTable('audit', {
  id: whole('id').primaryKey(),
  happenedAt: moment('happened_at').notNull(),
  keyId: text('key_id').notNull(),
  requestId: text('request_id').notNull(),
  action: text().notNull(),
  subject: text().notNull(),
  version: whole('version').notNull(),
  before: text(),
  after: text(),
});

/** What a processor did in a minute of `recorded_at`; kept for two days. */
export const processorMinutes = pgTable(
  'processor_minutes',
  {
    /** Whole minutes since 1970. */
    minute: integer().notNull(),
    processorId: text('processor_id').notNull(),
    attempts: integer().notNull(),
    /** Technical ones, as a breaker counts them. */
    failures: integer().notNull(),
    timeouts: integer().notNull(),
    latencyP50Ms: doublePrecision('latency_p50_ms'),
    latencyP95Ms: doublePrecision('latency_p95_ms'),
    /** Of the scope whose breaker changed most. */
    breakerTransitions: integer('breaker_transitions').notNull(),
    /** Of these, those from closed, and those to closed. */
    breakerOpenings: integer('breaker_openings').notNull().default(0),
    breakerClosings: integer('breaker_closings').notNull().default(0),
    /** Results that waited at its object for their commit, at most; 0 where nobody measured. */
    queueDepthMax: integer('queue_depth_max').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.minute, table.processorId] })],
);

/** What a processor did in an hour of `recorded_at`; kept for ten weeks. */
export const processorHours = pgTable(
  'processor_hours',
  {
    /** `*`: all of them together. */
    processorId: text('processor_id').notNull(),
    /** Whole hours since 1970. */
    hour: integer().notNull(),
    attempts: integer().notNull(),
    approved: integer().notNull(),
    latencyP50Ms: doublePrecision('latency_p50_ms'),
    latencyP95Ms: doublePrecision('latency_p95_ms'),
  },
  (table) => [primaryKey({ columns: [table.processorId, table.hour] })],
);
