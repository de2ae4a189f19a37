// What HTTP needs of the live socket: a single-use ticket, then an upgrade handled by the board; and what the board says on it.
import type { HealingEvent } from '../domain/healing/healing-event.ts';
import type { KeptAlert } from '../domain/notifications/word.ts';
import type { Override } from '../domain/configuration/configuration.ts';
import type { ScalingChange } from '../domain/scaling/scaling-state.ts';
import type { StatusRow } from '../domain/health/status-row.ts';

export type LiveMessage =
  /** A processor's row changed: at once on a transition, else at most once a second. */
  | {
      readonly type: 'processor';
      readonly row: StatusRow;
      readonly overrides: readonly Override[];
      readonly atMs: number;
    }
  /** An alert opened, changed or closed. */
  | { readonly type: 'alert'; readonly alert: KeptAlert }
  | { readonly type: 'configuration'; readonly version: number }
  /** Healing has begun something, or measured what came of it. */
  | { readonly type: 'healing'; readonly event: HealingEvent }
  /** More instances of the merchant's own gateways are wanted, or fewer. */
  | { readonly type: 'scaled_up' | 'scaled_down'; readonly change: ScalingChange };

export interface LivePort {
  /** A ticket of 30 s, good for one connection; the socket closes when the key is revoked. */
  issueTicket(keyId: string, now: number): Promise<string>;
  /** Answers 101, or 401 for a ticket that is unknown, used or expired. */
  connect(request: Request): Promise<Response>;
}
