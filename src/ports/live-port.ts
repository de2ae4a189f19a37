// What HTTP needs of the live socket: a single-use ticket, then an upgrade handled by the board; and what the board says on it.
import type { Anomaly } from '../domain/payment-anomalies/anomaly.ts';
import type { HealingEvent } from '../domain/healing/healing-event.ts';
import type { KeptAlert } from '../domain/notifications/word.ts';
import type { MaintenanceWindow } from '../domain/predictions/maintenance-window.ts';
import type { Override } from '../domain/configuration/configuration.ts';
import type { PredictionChange } from '../domain/predictions/prediction-book.ts';
import type { ScalingChange } from '../domain/scaling/scaling-state.ts';
import type { Optimization } from '../domain/tuning/optimization.ts';
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
  /** Something is not as it usually is, has changed, or is over. */
  | { readonly type: 'anomaly'; readonly anomaly: Anomaly }
  /** Something was foretold, has changed, or has come or not. */
  | { readonly type: 'prediction'; readonly change: PredictionChange }
  | { readonly type: 'maintenance_scheduled'; readonly window: MaintenanceWindow }
  /** A setting is tried, is kept, or was taken back. */
  | { readonly type: 'optimization_applied'; readonly optimization: Optimization }
  /** More instances of the merchant's own gateways are wanted, or fewer. */
  | { readonly type: 'scaled_up' | 'scaled_down'; readonly change: ScalingChange };

export interface LivePort {
  /** A ticket of 30 s, good for one connection; the socket closes when the key is revoked. */
  issueTicket(keyId: string, now: number): Promise<string>;
  /** Answers 101, or 401 for a ticket that is unknown, used or expired. */
  connect(request: Request): Promise<Response>;
}
