// What flows need of the Registry: configuration under optimistic locking, keys, audit and alerts.
import type { AlertAcknowledged, KeptAlert } from '../domain/notifications/word.ts';
import type { ChannelDraft, ChannelOutcome, StoredChannel } from '../domain/configuration/notification-channel.ts';
import type { ApiKeyRecord, Configuration, Override, Scope } from '../domain/configuration/configuration.ts';
import type { ChangeReply, ConfigurationChange, Issue } from '../domain/configuration/configuration-change.ts';
import type { ScalingReply, ScalingWish } from '../domain/scaling/scaling-wish.ts';
import type { ScalingState } from '../domain/scaling/scaling-state.ts';
import type {
  SealedSecret,
  SourceDraft,
  StaleRevision,
  WebhookSource,
} from '../domain/configuration/webhook-source.ts';

/** Who did it, for the audit log: the key's id, never the key. */
export interface Actor {
  readonly keyId: string;
  readonly requestId: string;
}

export type {
  ChangeReply,
  ConfigurationChange,
  ConfigurationDocument,
} from '../domain/configuration/configuration-change.ts';

export interface AuditEntry {
  readonly id: number;
  readonly atMs: number;
  readonly keyId: string;
  readonly requestId: string;
  /** e.g. `put_rule`, `revoke_key`, `reset_breaker`. */
  readonly action: string;
  readonly subject: string;
  readonly version: number;
  /** Before and after as JSON text, at most 4,000 characters each; never a secret. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export type KeyReply =
  | {
      readonly ok: true;
      readonly key: ApiKeyRecord;
      /** The whole key text, shown this once. */ readonly secret: string;
    }
  | { readonly ok: false; readonly reason: 'not_found' | 'already_rotated' };

export type SourceReply =
  | { readonly ok: true; readonly source: WebhookSource }
  | { readonly ok: false; readonly reason: 'not_found' }
  | { readonly ok: false; readonly reason: 'invalid'; readonly issues: readonly Issue[] }
  | StaleRevision;

export type ChannelReply = ChannelOutcome | { readonly ok: false; readonly reason: 'not_found' };

/** A new secret of one source or channel, sealed; the one before it works for `overlapMs` longer. */
export interface SealedRotation {
  readonly id: string;
  readonly secret: SealedSecret;
  readonly overlapMs: number;
}

export type Removal = { readonly ok: true } | { readonly ok: false; readonly reason: 'not_found' } | StaleRevision;

export interface RegistryPort {
  configuration(): Promise<Configuration>;
  /** Past their time and still kept; `configuration` has none of them. */
  endedOverrides(): Promise<readonly Override[]>;
  /** Applies one change, or with `dryRun` only says what would come out. `ifMatch` is the version the caller saw, `null`: whatever it is. */
  change(change: ConfigurationChange, actor: Actor, ifMatch: number | null, dryRun?: boolean): Promise<ChangeReply>;
  listKeys(): Promise<readonly ApiKeyRecord[]>;
  createKey(name: string, scopes: readonly Scope[], actor: Actor): Promise<KeyReply>;
  /** A new secret under the same scopes; the old one works for `overlapMs` longer. One that ends already is not rotated again. */
  rotateKey(id: string, overlapMs: number, actor: Actor): Promise<KeyReply>;
  revokeKey(
    id: string,
    actor: Actor,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: 'not_found' | 'last_admin' }>;
  /** By id. Secrets are sealed before they come here. */
  sources(): Promise<readonly WebhookSource[]>;
  source(id: string): Promise<WebhookSource | null>;
  putSource(draft: SourceDraft, actor: Actor, ifMatch: number | null): Promise<SourceReply>;
  rotateSource(rotation: SealedRotation, actor: Actor, ifMatch: number | null): Promise<SourceReply>;
  deleteSource(id: string, actor: Actor, ifMatch: number | null): Promise<Removal>;
  /** By id. Addresses and secrets are sealed before they come here. */
  channels(): Promise<readonly StoredChannel[]>;
  channel(id: string): Promise<StoredChannel | null>;
  putChannel(draft: ChannelDraft, actor: Actor, ifMatch: number | null): Promise<ChannelReply>;
  rotateChannel(rotation: SealedRotation, actor: Actor, ifMatch: number | null): Promise<ChannelReply>;
  deleteChannel(id: string, actor: Actor, ifMatch: number | null): Promise<Removal>;
  /** Newest first. */
  audit(cursor: string | null, limit: number): Promise<Page<AuditEntry>>;
  /** An operator's act that changes nothing in the Registry, such as a breaker reset; `why`, where it has to be told. On disk when this answers. */
  note(action: string, subject: string, actor: Actor, why?: string): Promise<void>;
  /** Opened or changed at `sinceMs` or later by the Registry's clock, in the order of opening; without `sinceMs` and `cursor` the newest page. */
  alerts(sinceMs: number | null, cursor: string | null, limit: number): Promise<Page<KeptAlert>>;
  /** Somebody works on it: those who were told of it are told that, once. */
  acknowledge(id: string, by: string, actor: Actor): Promise<AlertAcknowledged>;
  /** `null`: it was never evaluated. */
  scaling(): Promise<ScalingState | null>;
  /** On disk when this answers; with an actor it is audited. */
  scale(wish: ScalingWish, actor: Actor | null): Promise<ScalingReply>;
}
