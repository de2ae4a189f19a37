// What flows need to take webhooks in: the adapters, the sources as this isolate knows them, the dead letters, the counts and the network.
import type { AttemptEvent } from '../domain/results/attempt-event.ts';
import type { Page } from './registry-port.ts';
import type { SecretBox } from './secret-box.ts';
import type { WebhookAdapter } from './webhook-adapter.ts';
import type { WebhookSource } from '../domain/configuration/webhook-source.ts';

export interface SourceBook {
  /** All sources by id, at most 10 s old; `null` while the Registry cannot be asked. */
  sources(now: number): Promise<ReadonlyMap<string, WebhookSource> | null>;
  /** After a change made through this isolate its next webhook goes by it. */
  forget(): void;
}

/** What is tried again: one event that was understood and not recorded, or a delivery as it came in. Card numbers are masked. */
export type LetterItem =
  | { readonly kind: 'event'; readonly event: AttemptEvent }
  | {
      readonly kind: 'delivery';
      /** JSON text; `null`: it was none, or too large to keep. */
      readonly body: string | null;
      readonly pathRest: string;
      readonly query: readonly (readonly [name: string, value: string])[];
    };

export interface WebhookLetter {
  readonly sourceId: string;
  readonly reason: string;
  /** Path of the field at fault. */
  readonly field: string | null;
  readonly item: LetterItem;
  readonly atMs: number;
}

export interface KeptWebhookLetter extends WebhookLetter {
  /** `dlt_` and a number that grows. */
  readonly id: string;
}

/** By source and outcome. */
export interface WebhookCount {
  readonly sourceId: string;
  readonly what: 'delivery' | 'event';
  readonly outcome: string;
  readonly count: number;
}

export interface IntakeSummary {
  readonly counts: readonly WebhookCount[];
  readonly letters: readonly {
    readonly sourceId: string;
    readonly reason: string;
    readonly count: number;
    readonly oldestAtMs: number;
  }[];
  /** Letters that nobody removed, by source: too many were kept, or they were too old. */
  readonly dropped: readonly { readonly sourceId: string; readonly cause: 'full' | 'old'; readonly count: number }[];
}

/** The object that remembers beside the processors' own: dead letters and counts. Throws when it is out of reach. */
export interface WebhookIntakePort {
  bury(letters: readonly WebhookLetter[]): Promise<void>;
  /** Newest first. */
  letters(cursor: string | null, limit: number, sourceId?: string): Promise<Page<KeptWebhookLetter>>;
  letter(id: string): Promise<KeptWebhookLetter | null>;
  /** False: there is no such letter. */
  remove(id: string): Promise<boolean>;
  count(counts: readonly WebhookCount[]): Promise<void>;
  summary(): Promise<IntakeSummary>;
}

export interface WebhookPort {
  readonly adapters: readonly WebhookAdapter[];
  readonly sources: SourceBook;
  readonly intake: WebhookIntakePort;
  readonly box: SecretBox;
  /** Behind the answer; what an isolate that ends at once has counted may be lost. */
  count(counts: readonly WebhookCount[]): void;
  readonly fetch: typeof globalThis.fetch;
  /** `null`: it takes longer, and goes on, or it failed. */
  withinTime<Value>(limitMs: number, work: () => Promise<Value>): Promise<Value | null>;
}
