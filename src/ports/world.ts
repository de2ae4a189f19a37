// Everything a flow may reach, handed in by the composition root (workers/composition) once per request.
import type { AnomalyDesk } from './anomaly-port.ts';
import type { AnalyticsPort } from './analytics-port.ts';
import type { CopyPort } from './copy-port.ts';
import type { CredentialPort } from './credential-port.ts';
import type { DecisionSigner } from '../domain/routing/decision-token.ts';
import type { DecisionLog, HistoryDeskPort } from './history-desk.ts';
import type { Fallback } from '../domain/configuration/checkout-variables.ts';
import type { HealingDeploymentRead } from '../domain/healing/healing-variables.ts';
import type { HealingDesk } from './healing-port.ts';
import type { JobDesk } from './job-port.ts';
import type { LivePort } from './live-port.ts';
import type { NotificationPort } from './notification-port.ts';
import type { PredictionDesk } from './prediction-port.ts';
import type { PredictionSettingsRead } from '../domain/predictions/prediction-settings.ts';
import type { ProcessorPort } from './processor-port.ts';
import type { RegistryPort } from './registry-port.ts';
import type { RetentionRead } from '../domain/history/retention.ts';
import type { SettingsRead } from '../domain/scaling/scaling-settings.ts';
import type { ShardSettingsRead } from '../domain/scaling/shard-settings.ts';
import type { StreamDesk } from './stream-desk.ts';
import type { TableSource } from './table-source.ts';
import type { TrainingDesk } from './training-port.ts';
import type { TuningDesk } from './tuning-port.ts';
import type { TuningSettingsRead } from '../domain/tuning/tuning-settings.ts';
import type { WebhookPort } from './webhook-port.ts';

export interface World {
  readonly tables: TableSource;
  readonly processors: ProcessorPort;
  readonly credentials: CredentialPort;
  readonly registry: RegistryPort;
  readonly live: LivePort;
  readonly copies: CopyPort;
  readonly decisions: DecisionLog;
  readonly history: Pick<HistoryDeskPort, 'standings'>;
  readonly webhooks: WebhookPort;
  readonly streams: StreamDesk;
  readonly notifications: NotificationPort;
  readonly jobs: JobDesk;
  readonly healing: HealingDesk;
  /** `null`: no history is kept. */
  readonly analytics: AnalyticsPort | null;
  readonly anomalies: AnomalyDesk;
  readonly predictions: PredictionDesk;
  readonly training: TrainingDesk;
  readonly tuning: TuningDesk;
  readonly signer: DecisionSigner;
  /** Keyed hash (`h` and 16 letters) that stands in for a card number found in an id field. */
  pseudonym(text: string): Promise<string>;
  now(): number;
  /** 64 random bits: the seed and nonce of one decision. */
  nonce(): bigint;
  /** Runs behind the answer. */
  later(work: Promise<unknown>): void;
  /** The request's key may be checked against the limiter of this location. */
  withinRate(keyId: string): Promise<boolean>;
  readonly settings: {
    readonly bootstrapKeyHash: string | null;
    readonly keyGraceMs: number;
    readonly corsOrigins: readonly string[];
    readonly rateLimit: { readonly quota: number; readonly windowSeconds: number };
    readonly scaling: SettingsRead;
    readonly shards: ShardSettingsRead;
    readonly healing: HealingDeploymentRead;
    readonly predictions: PredictionSettingsRead;
    readonly tuning: TuningSettingsRead;
    readonly retention: RetentionRead;
    /** Wrong variables in whose place a default holds. */
    readonly fallbacks: readonly Fallback[];
    readonly version: string;
  };
}
