// What flows need of the Registry: configuration under optimistic locking, keys, audit and alerts.
import type { ApiKeyRecord, Configuration, Experiment, Override, RoutingSettings, Rule, Scope } from '../domain/configuration/configuration.ts';
import type { Alert } from '../domain/health/alert-book.ts';
import type { ProcessorConfig } from '../domain/processor-config.ts';
import type { ProcessorId } from '../domain/identity.ts';

/** Who did it, for the audit log: the key's id, never the key. */
export interface Actor {
  readonly keyId: string;
  readonly requestId: string;
}

/** One change to the configuration; `ifMatch` is the configuration version the caller saw, `null`: whatever it is. */
export type ConfigurationChange =
  | { readonly op: 'put_processor'; readonly processor: ProcessorConfig; readonly mode: 'create' | 'replace' }
  | { readonly op: 'delete_processor'; readonly id: ProcessorId }
  | { readonly op: 'put_rule'; readonly rule: Rule; readonly mode: 'create' | 'replace' }
  | { readonly op: 'delete_rule'; readonly id: string }
  | { readonly op: 'put_experiment'; readonly experiment: Experiment; readonly mode: 'create' | 'replace' }
  | { readonly op: 'delete_experiment'; readonly id: string }
  | { readonly op: 'put_override'; readonly override: Override }
  | { readonly op: 'delete_override'; readonly id: string }
  | { readonly op: 'put_routing'; readonly routing: RoutingSettings }
  | { readonly op: 'import'; readonly document: ConfigurationDocument };

/** The exportable part: what an operator owns, without versions, epochs and tombstones. */
export interface ConfigurationDocument {
  readonly processors: readonly ProcessorConfig[];
  readonly rules: readonly Rule[];
  readonly experiments: readonly Experiment[];
  readonly routing: RoutingSettings;
}

export type ChangeReply =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly reason: 'not_found' }
  | { readonly ok: false; readonly reason: 'already_exists' }
  | { readonly ok: false; readonly reason: 'stale_version'; readonly currentVersion: number }
  | { readonly ok: false; readonly reason: 'invalid'; readonly issues: readonly { readonly field: string; readonly message: string }[] };

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
  | { readonly ok: true; readonly key: ApiKeyRecord; /** The whole key text, shown this once. */ readonly secret: string }
  | { readonly ok: false; readonly reason: 'not_found' | 'last_admin' };

export interface RegistryPort {
  configuration(): Promise<Configuration>;
  /** Applies one change, or with `dryRun` only says what would come out. */
  change(change: ConfigurationChange, actor: Actor, ifMatch: number | null, dryRun?: boolean): Promise<ChangeReply>;
  listKeys(): Promise<readonly ApiKeyRecord[]>;
  createKey(name: string, scopes: readonly Scope[], actor: Actor): Promise<KeyReply>;
  /** A new secret under the same scopes; the old one works for `overlapMs` longer. */
  rotateKey(id: string, overlapMs: number, actor: Actor): Promise<KeyReply>;
  revokeKey(id: string, actor: Actor): Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: 'not_found' | 'last_admin' }>;
  audit(cursor: string | null, limit: number): Promise<Page<AuditEntry>>;
  note(action: string, subject: string, actor: Actor): Promise<void>;
  alerts(sinceMs: number | null, cursor: string | null, limit: number): Promise<Page<Alert>>;
}
