// A World in one process for the HTTP contract: the real domain behind every port, a clock one can turn, and faults one can set.
import {
  type ApiKeyRecord,
  type Configuration,
  EMPTY_CONFIGURATION,
  type Scope,
} from '../../src/domain/configuration/configuration.ts';
import { KEY_BYTES, keyTextOf } from '../../src/domain/configuration/access.ts';
import { applyChange, epochSource, withoutExpired } from '../../src/domain/configuration/apply-change.ts';
import { excerptOf } from '../../src/domain/configuration/audit-excerpt.ts';
import { granted, livingKeys, revoked, type Ring, rotated } from '../../src/domain/configuration/key-ring.ts';
import type { KeptAlert } from '../../src/domain/notifications/word.ts';
import {
  allowsRetry,
  FRESH_BUDGET,
  type RetryBudget,
  withResult,
  withRetry,
} from '../../src/domain/retries/retry-budget.ts';
import {
  type CredentialLedger,
  EMPTY_LEDGER,
  noteAsked,
  noteAttempt,
  releaseReservation,
} from '../../src/domain/retries/credential-ledger.ts';
import { isPaymentKey } from '../../src/domain/unknowns/attempt-telling.ts';
import { guardPayment } from '../../src/domain/retries/guard-payment.ts';
import { reserveNext } from '../../src/domain/retries/reserve-next.ts';
import { ProcessorState } from '../../src/domain/health/processor-state.ts';
import type { ProcessorId } from '../../src/domain/identity.ts';
import { createDecisionSigner } from '../../src/platform/decision-signer.ts';
import { createPseudonym } from '../../src/platform/pseudonym.ts';
import type { DecisionRow } from '../../src/domain/history/kept-rows.ts';
import type { HistoryStandings } from '../../src/ports/history-desk.ts';
import type { CopyPort } from '../../src/ports/copy-port.ts';
import type { CredentialPort } from '../../src/ports/credential-port.ts';
import type { ProcessorAddress, ProcessorPort } from '../../src/ports/processor-port.ts';
import type { Actor, AuditEntry, RegistryPort } from '../../src/ports/registry-port.ts';
import type { World } from '../../src/ports/world.ts';
import {
  alertMethodsOf,
  channelMethodsOf,
  noNotifications,
  type NotificationCircumstances,
  notificationsOf,
} from './in-memory-notifications.ts';
import { pageOf } from '../../tools/in-memory/pages.ts';
import { type AnomalyCircumstances, anomaliesOf, noAnomalies } from '../../tools/in-memory/in-memory-anomalies.ts';
import { armsOf, hearArms, type KeptArms } from '../../tools/in-memory/in-memory-arms.ts';
import { hearAll, type KeptUnknowns, unknownMethodsOf } from './in-memory-unknowns.ts';
import type { LedgerNote } from '../../src/domain/unknowns/unknown-attempt.ts';
import { tablesOf } from './in-memory-tables.ts';
import { type AnalyticsCircumstances, analyticsOf, noAnalytics } from './in-memory-analytics.ts';
import { healingOf, noHealing } from '../../tools/in-memory/in-memory-healing.ts';
import { noScaling, readingOf, scalingMethodsOf } from './in-memory-scaling.ts';
import { type JobCircumstances, jobsOf, noJobs } from '../../tools/in-memory/in-memory-jobs.ts';
import { noPredictions, predictionsOf } from '../../tools/in-memory/in-memory-predictions.ts';
import { noTuning, tuningOf } from '../../tools/in-memory/in-memory-tuning.ts';
import { noTraining, type TrainingCircumstances, trainingOf } from '../../tools/in-memory/in-memory-training.ts';
import { liveOf } from './in-memory-live.ts';
import { type DeploymentCircumstances, settingsOf, shippedCheckout, shippedRetention } from './in-memory-settings.ts';
import { noStreams, type StreamCircumstances, streamsOf } from './in-memory-streams.ts';
import { noWebhooks, sourceMethodsOf, type WebhookCircumstances, webhooksOf } from './in-memory-webhooks.ts';

export const START = Date.UTC(2026, 10, 20, 12);
const SECRET = '1:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff';

/** What a test sets to see what HTTP makes of it. */
export interface Circumstances extends DeploymentCircumstances {
  now: number;
  /** No board can be reached, and none could since this long. */
  tableAgeMs: number;
  /** A cold isolate that no source answers. */
  cold: boolean;
  recording: 'good' | 'overloaded' | 'unreachable';
  objectsReachable: boolean;
  ledgersReachable: boolean;
  registryFault: Error | null;
  withinRate: boolean;
  configuration: Configuration;
  keys: Ring;
  alerts: readonly KeptAlert[];
  copies: Awaited<ReturnType<CopyPort['standings']>>;
  /** Which share of decisions is kept, and those that were. */
  sampled: { rate: number; readonly rows: DecisionRow[] };
  /** `null`: the desk is away. */
  historyStandings: HistoryStandings | null;
  readonly webhooks: WebhookCircumstances;
  readonly streams: StreamCircumstances;
  readonly notifications: NotificationCircumstances;
  readonly jobs: JobCircumstances;
  readonly analytics: AnalyticsCircumstances;
  readonly anomalies: AnomalyCircumstances;
  readonly training: TrainingCircumstances;
  readonly audit: AuditEntry[];
  readonly states: Map<ProcessorId, ProcessorState>;
  readonly budgets: Map<ProcessorId, RetryBudget>;
  /** By credential fingerprint. */
  readonly ledgers: Map<string, CredentialLedger>;
  readonly unknowns: KeptUnknowns;
  readonly arms: KeptArms;
  readonly decisions: ProcessorId[];
  readonly tickets: Set<string>;
}

export interface InMemoryWorld {
  readonly world: World;
  readonly set: Circumstances;
  /** Puts a key into the registry and gives its text. */
  grant(scopes: readonly Scope[], expiresAtMs?: number): Promise<string>;
}

export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export const drawKeyText = (): { id: string; text: string } =>
  keyTextOf(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));

function calmCircumstances(): Circumstances {
  return {
    now: START,
    tableAgeMs: 0,
    cold: false,
    recording: 'good',
    objectsReachable: true,
    ledgersReachable: true,
    registryFault: null,
    withinRate: true,
    corsOrigins: [],
    bootstrapKeyHash: null,
    configuration: EMPTY_CONFIGURATION,
    keys: [],
    alerts: [],
    copies: [],
    sampled: { rate: 1, rows: [] },
    historyStandings: { atMs: null, standings: [] },
    webhooks: noWebhooks(),
    streams: noStreams(),
    notifications: noNotifications(),
    jobs: noJobs(),
    healing: noHealing(),
    analytics: noAnalytics(),
    anomalies: noAnomalies(),
    predictions: noPredictions(),
    training: noTraining(),
    tuning: noTuning(),
    audit: [],
    states: new Map(),
    budgets: new Map(),
    ledgers: new Map(),
    unknowns: new Map(),
    arms: new Map(),
    decisions: [],
    tickets: new Set(),
    scaling: noScaling(),
    checkout: shippedCheckout(),
    retention: shippedRetention(),
  };
}

export function createInMemoryWorld(): InMemoryWorld {
  const set = calmCircumstances();
  let drawn = 0n;
  const world: World = {
    tables: tablesOf(set),
    processors: processorsOf(set),
    credentials: credentialsOf(set),
    registry: registryOf(set),
    live: liveOf(set),
    decisions: {
      get sampleRate() {
        return set.sampled.rate;
      },
      note: (row) => void set.sampled.rows.push(row),
    },
    history: {
      standings: async () => await (set.historyStandings ?? Promise.reject(new Error('the desk is away'))),
    },
    copies: { standings: () => Promise.resolve(set.copies) },
    webhooks: webhooksOf(set.webhooks, () => world.registry),
    streams: streamsOf(set.streams),
    notifications: notificationsOf(set),
    jobs: jobsOf(set.jobs, () => set.now),
    healing: healingOf(set.healing),
    get analytics() {
      return analyticsOf(set.analytics);
    },
    anomalies: anomaliesOf(set.anomalies),
    predictions: predictionsOf(set.predictions),
    training: trainingOf(set.training),
    tuning: tuningOf(set.tuning),
    signer: createDecisionSigner(SECRET),
    pseudonym: createPseudonym(SECRET),
    now: () => set.now,
    nonce: () => (drawn += 1n),
    later: () => undefined,
    withinRate: () => Promise.resolve(set.withinRate),
    get settings() {
      return settingsOf(set);
    },
  };
  return { world, set, grant: (scopes, expiresAtMs) => grantKey(set, scopes, expiresAtMs ?? null) };
}

async function grantKey(set: Circumstances, scopes: readonly Scope[], expiresAtMs: number | null): Promise<string> {
  const { id, text } = drawKeyText();
  const key: ApiKeyRecord = {
    id,
    name: scopes.join(' '),
    hash: await sha256(text),
    scopes,
    createdAtMs: set.now,
    expiresAtMs,
  };
  set.keys = [...set.keys, key];
  return text;
}

function processorsOf(set: Circumstances): ProcessorPort {
  const stateOf = (address: ProcessorAddress): ProcessorState => {
    const known = set.states.get(address.id);
    if (known !== undefined && known.epoch === address.epoch) {
      if (address.revision > known.revision) known.apply({ kind: 'configure', at: set.now, address });
      return known;
    }
    const fresh = ProcessorState.create(address, '0123456789abcdef');
    set.states.set(address.id, fresh);
    return fresh;
  };
  const budgetOf = ({ id }: ProcessorAddress): RetryBudget => set.budgets.get(id) ?? FRESH_BUDGET;
  const port: ProcessorPort = {
    record: (address, results, told = []) => {
      if (set.recording !== 'good') return Promise.resolve({ ok: false, reason: set.recording });
      const state = stateOf(address);
      const { outcomes } = state.apply({ kind: 'results', at: set.now, results });
      hearArms(set.arms, address.id, results, outcomes);
      tell(set, hearAll(set.unknowns, { state, results, told, outcomes, now: set.now }));
      const recorded = results.filter((_, index) => outcomes[index]?.outcome === 'recorded');
      set.budgets.set(address.id, recorded.reduce(withResult, budgetOf(address)));
      return Promise.resolve({ ok: true, outcomes, row: results.length === 1 ? state.row(set.now) : null });
    },
    arms: ({ id }, runs) => Promise.resolve(set.objectsReachable ? armsOf(set.arms, id, runs) : null),
    requestPermit: (address, scope, nonce) =>
      Promise.resolve(stateOf(address).apply({ kind: 'permit', at: set.now, scope, nonce }).granted),
    health: (address) => Promise.resolve(set.objectsReachable ? stateOf(address).detail(set.now) : null),
    load: ({ id }) => Promise.resolve(set.objectsReachable ? (set.scaling.loads.get(id) ?? readingOf()) : null),
    resetBreaker: (address, scope) => {
      if (set.objectsReachable) stateOf(address).apply({ kind: 'reset', at: set.now, scope });
      return Promise.resolve(set.objectsReachable);
    },
    retryBudget: (address) => Promise.resolve(set.objectsReachable ? budgetOf(address) : null),
    drawRetry: (address) => {
      const isGiven = set.objectsReachable && allowsRetry(budgetOf(address));
      if (isGiven) set.budgets.set(address.id, withRetry(budgetOf(address)));
      return Promise.resolve(isGiven);
    },
    ...unknownMethodsOf(
      set.unknowns,
      {
        now: () => set.now,
        isReachable: () => set.objectsReachable,
        tell: (notes) => tell(set, notes),
        finalOf: (address, transactionId) => set.states.get(address.id)?.ledger.heldFinal(transactionId) ?? null,
      },
      async (...given) => await port.record(...given),
    ),
  };
  return port;
}

function tell(set: Circumstances, notes: readonly LedgerNote[]): void {
  for (const { ledgerKeys, attempt } of notes)
    for (const key of ledgerKeys)
      set.ledgers.set(key, noteAttempt(set.ledgers.get(key) ?? emptyLedger(key), attempt, set.now));
}

const emptyLedger = (key: string): CredentialLedger => ({ ...EMPTY_LEDGER, isPayments: isPaymentKey(key) });

function credentialsOf(set: Circumstances): CredentialPort {
  const ledgerOf = (key: string): CredentialLedger => set.ledgers.get(key) ?? emptyLedger(key);
  const keep = (fingerprint: string, ledger: CredentialLedger): boolean => {
    if (set.ledgersReachable) set.ledgers.set(fingerprint, ledger);
    return set.ledgersReachable;
  };
  return {
    reserve: (fingerprint, request) => {
      const { ledger, ...reply } = reserveNext({ ...request, ledger: ledgerOf(fingerprint), now: set.now });
      return Promise.resolve(keep(fingerprint, ledger) ? reply : null);
    },
    guard: (paymentKey, request) => {
      const { ledger, refusal } = guardPayment({ ...request, ledger: ledgerOf(paymentKey), now: set.now });
      return Promise.resolve(keep(paymentKey, ledger) ? { refusal } : null);
    },
    release: (fingerprint, reservationId) => {
      const freed = ledgerOf(fingerprint).reservations.find(({ id }) => id === reservationId) ?? null;
      const isKept = keep(fingerprint, releaseReservation(ledgerOf(fingerprint), reservationId));
      return Promise.resolve(isKept ? { freed } : null);
    },
    note: (credentials) => {
      for (const { fingerprint, attempts, isAsked } of credentials) {
        const noteIn = isAsked === true ? noteAsked : noteAttempt;
        keep(
          fingerprint,
          attempts.reduce((ledger, attempt) => noteIn(ledger, attempt, set.now), ledgerOf(fingerprint)),
        );
      }
      return Promise.resolve(set.ledgersReachable);
    },
  };
}

function registryOf(set: Circumstances): RegistryPort {
  const reached = async <Reply>(reply: () => Reply | Promise<Reply>): Promise<Reply> => {
    if (set.registryFault !== null) throw set.registryFault;
    return reply();
  };
  const note = (actor: Actor, entry: Pick<AuditEntry, 'action' | 'subject'> & Partial<AuditEntry>): void => {
    const { version } = set.configuration;
    set.audit.unshift({
      id: set.audit.length + 1,
      atMs: set.now,
      ...actor,
      version,
      before: null,
      after: null,
      ...entry,
    });
  };
  return {
    configuration: () => reached(() => withoutExpired(set.configuration, set.now)),
    endedOverrides: () => reached(() => set.configuration.overrides.filter((one) => set.now >= one.expiresAtMs)),
    change: (change, actor, ifMatch, dryRun = false) =>
      reached(() => {
        const before = set.configuration;
        if (ifMatch !== null && ifMatch !== before.version) {
          return { ok: false, reason: 'stale_version', currentVersion: before.version };
        }
        const outcome = applyChange(before, change, { now: set.now, nextEpoch: epochSource(before, set.now) });
        if (!outcome.ok || dryRun || outcome.configuration.version === before.version) return outcome;
        set.configuration = outcome.configuration;
        note(actor, excerptOf(before, outcome.configuration, change));
        return outcome;
      }),
    listKeys: () => reached(() => livingKeys(set.keys, set.now)),
    createKey: (name, scopes, actor) =>
      reached(async () => {
        const { id, text } = drawKeyText();
        const key = { id, name, hash: await sha256(text), scopes, createdAtMs: set.now, expiresAtMs: null };
        set.keys = granted(set.keys, key);
        note(actor, { action: 'create_key', subject: id });
        return { ok: true as const, key, secret: text };
      }),
    rotateKey: (id, overlapMs, actor) =>
      reached(async () => {
        const { id: successorId, text } = drawKeyText();
        const successor = { id: successorId, hash: await sha256(text) };
        const reply = rotated(set.keys, { id, now: set.now, overlapMs, successor });
        if (!reply.ok) return reply;
        set.keys = reply.ring;
        note(actor, { action: 'rotate_key', subject: id });
        return { ok: true as const, key: reply.key, secret: text };
      }),
    revokeKey: (id, actor) =>
      reached(() => {
        const reply = revoked(set.keys, id, set.now);
        if (!reply.ok) return reply;
        set.keys = reply.ring;
        note(actor, { action: 'revoke_key', subject: id });
        return { ok: true as const };
      }),
    ...sourceMethodsOf(set, reached, (action, subject, actor) => note(actor, { action, subject })),
    ...channelMethodsOf(set, reached, note),
    ...alertMethodsOf(set, reached, note),
    ...scalingMethodsOf(set, reached, note),
    audit: (cursor, limit) => reached(() => pageOf(set.audit, cursor, limit)),
    note: (action, subject, actor, why) =>
      reached(() => note(actor, { action, subject, ...(why !== undefined && { after: JSON.stringify({ why }) }) })),
  };
}
