// What a webhook adapter declares of its sender and does with a delivery: one per processor or event source, registered in connectors/adapters.ts.
import type { AttemptEvent } from '../domain/results/attempt-event.ts';
import type { EventDetail } from '../domain/results/event-details.ts';
import type { SegmentMapping } from '../domain/configuration/webhook-source.ts';

export type { SegmentMapping } from '../domain/configuration/webhook-source.ts';

/** A delivery as it came in. Header names are lower case. */
export interface Delivery {
  readonly rawBody: Uint8Array;
  readonly headers: ReadonlyMap<string, string>;
  /** What stands behind `/webhooks/{source}/` in the path: senders that sign nothing carry their secret there. */
  readonly pathRest: string;
  readonly query: ReadonlyMap<string, string>;
  /** Of the sender as the platform tells it; `null`: unknown. */
  readonly ipAddress: string | null;
  readonly receivedAtMs: number;
}

/** What the operator said of one source; secrets are in clear here and nowhere else. */
export interface SourceSettings {
  /** Newest first, at most two that are valid at once: one that is being rotated out still verifies. */
  readonly secrets: readonly string[];
  readonly segments: SegmentMapping;
  /** The adapter's own settings, read by its `settingsSchema`. */
  readonly own: Readonly<Record<string, unknown>>;
}

export type Verification =
  | { readonly ok: true }
  /** `stale`: a good signature outside the window. None of these says more to the sender than 401. */
  | {
      readonly ok: false;
      readonly reason: 'missing_signature' | 'bad_signature' | 'stale' | 'address_not_allowed' | 'bad_path_secret';
    };

/** What one delivery holds. A batch (Adyen) has several items, and one that cannot be read harms no other. */
export interface Reading {
  readonly events: readonly AttemptEvent[];
  /** Event types that say nothing about an attempt: acknowledged and counted under these names. */
  readonly ignored: readonly string[];
  /** Items that ought to be events and cannot be understood: dead letters. */
  readonly unreadable: readonly Unreadable[];
}

export interface Unreadable {
  readonly reason: string;
  /** Path of the field at fault, as in problem+json. */
  readonly field: string | null;
  readonly item: unknown;
  /** Where a delivery holds several: a body that holds this item alone, by which it is read again. */
  readonly ownBody?: unknown;
}

/** The answer that makes this sender stop sending: status, and body text with its content type. */
export interface Acknowledgement {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

export interface AdapterDeclaration {
  readonly id: string;
  readonly name: string;
  /** Vendor documents that it was written from, with the date of reading or their edition. */
  readonly sources: readonly string[];
  /** What the signature covers. `fields`: these alone may move money state; `nothing`: the adapter's other checks must do. */
  readonly signs: 'whole_body' | 'fields' | 'nothing';
  readonly signedFields: readonly string[];
  /** Details of its events that the signature leaves open, so that a delivery that was changed and sent again may tell others: no ledger of a credential hears of them. */
  readonly unsignedDetails: readonly EventDetail[];
  /** Age of a delivery beyond which it is refused; `null`: the vendor signs no time. */
  readonly replayWindowMs: number | null;
  /** Which of the vendor's fields names one attempt over all its event types: becomes our transaction id. */
  readonly attemptKey: string;
  /** The vendor's field that carries our decision token or transaction id, and how many characters it takes. */
  readonly joinField: { readonly name: string; readonly charactersMax: number } | null;
  /** The body carries ids only: the attempt has to be asked for. */
  readonly needsFetch: boolean;
  /** False: only successes are told, which teaches no approval. */
  readonly reportsFailures: boolean;
  /** A cancel of an attempt of unknown outcome that surely takes: allows `void_then_retry`. */
  readonly reliableCancel: boolean;
  /** Fields of its own settings that are kept sealed and never shown. */
  readonly secretSettings?: readonly string[];
  /** The sender gives up and sends again after so long. */
  readonly answerWithinMs: number;
}

/** What every source has, whether it sends to us or is read by us. */
export interface SourceAdapter {
  readonly declaration: AdapterDeclaration;
  /** Faults of the settings, by field; empty: good. */
  settingsFaults(own: Readonly<Record<string, unknown>>, secrets: readonly string[]): readonly SettingsFault[];
}

export interface WebhookAdapter extends SourceAdapter {
  /** Where the settings say whether a time is signed; left out: as it is declared. */
  replayWindowOf?(own: Readonly<Record<string, unknown>>): number | null;
  /** Before anything is parsed that the check does not need. Constant time in the secrets. */
  verify(delivery: Delivery, settings: SourceSettings): Promise<Verification>;
  /** After a good verification. Never throws on what a sender may send. */
  read(delivery: Delivery, settings: SourceSettings): Promise<Reading>;
  acknowledge(reading: Reading): Acknowledgement;
}

export interface SettingsFault {
  readonly field: string;
  readonly message: string;
}

/** An adapter whose deliveries name an attempt that has to be asked for (`needsFetch`). `fetch` is handed in, so that tests need no network. */
export interface FetchingAdapter extends WebhookAdapter {
  complete(events: readonly AttemptEvent[], settings: SourceSettings, fetch: typeof globalThis.fetch): Promise<Reading>;
}
