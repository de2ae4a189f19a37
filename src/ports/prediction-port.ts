// What foretelling needs: the book of predictions and of maintenance windows, the past, and a voice on the live socket.
import type { HistoryPort } from './history-port.ts';
import type { LiveMessage } from './live-port.ts';
import type { MaintenanceWindow } from '../domain/predictions/maintenance-window.ts';
import type { PastPort } from './past-port.ts';
import type { PredictionShelf } from '../domain/predictions/prediction-shelf.ts';

export interface PredictionBookPort {
  read(): Promise<PredictionShelf>;
  /** Keeps what has the revision after the one that is kept. False: somebody else has changed it. */
  save(shelf: PredictionShelf): Promise<boolean>;
  /** Newest first: all that are open, and the last that ended. */
  windows(): Promise<readonly MaintenanceWindow[]>;
  /** On disk when it answers true. False: it overlaps another open one of its processor, or there are too many. */
  schedule(window: MaintenanceWindow): Promise<boolean>;
  /** As `save`, of one window. */
  update(window: MaintenanceWindow): Promise<boolean>;
}

export type PredictionEvent = Extract<LiveMessage, { readonly type: 'prediction' | 'maintenance_scheduled' }>;

export interface PredictionDesk {
  readonly book: PredictionBookPort;
  /** `null`: this deployment keeps no history. */
  readonly past: PastPort | null;
  /** Takes what was foretold, the last word of each; `null`: as above. */
  readonly history: Pick<HistoryPort, 'keep'> | null;
  /** On the live sockets. Never throws: who missed it reads the book. */
  tell(events: readonly PredictionEvent[]): Promise<void>;
}
