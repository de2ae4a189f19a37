// Where alerts go: which channel is told of which severity and of which events, and how a channel has been answering.
import type { EventName } from './named-event.ts';
import type { Severity } from './incident.ts';

export type ChannelKind = 'webhook' | 'slack' | 'pagerduty';

/** What planning needs of a channel: nothing secret. */
export interface ChannelRoute {
  /** `[a-z0-9_-]{1,64}` */
  readonly id: string;
  /** Higher with every change of its settings; a change lifts what was held against the former ones. */
  readonly revision: number;
  readonly kind: ChannelKind;
  readonly severities: readonly Severity[];
  /** Beside alerts; of webhook channels only. Left out: none. */
  readonly events?: readonly EventName[];
}

/** Events API v2 by service region (PagerDuty/developer-docs, read 2026-11-21). */
export const PAGERDUTY_URLS = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
} as const;

/** With its secrets in clear: handed to the sender by value and kept nowhere else. */
export type Channel = ChannelRoute &
  (
    | {
        readonly kind: 'webhook';
        readonly url: string;
        /** `whsec_` and base64 of 24-64 bytes; newest first, at most two while one is rotated out: both sign. */
        readonly secrets: readonly string[];
      }
    /** The address is the secret. */
    | { readonly kind: 'slack'; readonly url: string }
    | { readonly kind: 'pagerduty'; readonly url: string; readonly routingKey: string }
  );

/** How a channel has been answering. Plain JSON. */
export interface ChannelHealth {
  readonly channelId: string;
  readonly revision: number;
  /** Nothing is sent before. */
  readonly heldUntilMs: number;
  /** Since when its endpoint is gone (410). */
  readonly disabledAtMs: number | null;
  /** The incident by which the other channels were told that this one fails. */
  readonly troubleId: string | null;
}

export function newHealth({ id, revision }: Pick<ChannelRoute, 'id' | 'revision'>): ChannelHealth {
  return { channelId: id, revision, heldUntilMs: 0, disabledAtMs: null, troubleId: null };
}

export function isChosen({ severities }: ChannelRoute, severity: Severity): boolean {
  return severities.includes(severity);
}
