// What finding anomalies needs: history by the minute, the book that learns it, and the ways by which people and screens are told.
import type { Anomaly } from '../domain/payment-anomalies/anomaly.ts';
import type { AnomalyAlert } from '../domain/payment-anomalies/anomaly-alert.ts';
import type { AnomalyFigures } from '../domain/payment-anomalies/anomaly-statistics.ts';
import type { AnomalyKind } from '../domain/payment-anomalies/detection-limits.ts';
import type { AnomalySettings } from '../domain/payment-anomalies/anomaly-settings.ts';
import type { Cause, CauseWindow } from '../domain/payment-anomalies/explain-anomaly.ts';
import type { GivenFeedback } from '../domain/payment-anomalies/judge-anomaly.ts';
import type { HistoryReply } from './history-port.ts';
import type { MaintenanceWindow } from '../domain/predictions/maintenance-window.ts';
import type { MinuteBatch, ScopeMinute } from '../domain/payment-anomalies/house-watch.ts';
import type { Page } from './registry-port.ts';
import type { ProcessorAddress } from './processor-port.ts';
import type { Severity } from '../domain/payment-anomalies/severity.ts';
import type { Unsent } from '../domain/payment-anomalies/reading-plan.ts';

/** History as anomalies are seen by. Bounded in time and rows. */
export interface AnomalyHistoryPort {
  /** Attempts by scope and minute; a minute without any has no row. Both ends are told. */
  minutes(fromMinute: number, throughMinute: number): Promise<HistoryReply<readonly ScopeMinute[]>>;
  /** Attempts by processor, method, country and BIN, amounts in this currency only. */
  causes(question: CauseQuestion): Promise<HistoryReply<{ readonly usual: CauseWindow; readonly during: CauseWindow }>>;
}

export interface CauseQuestion {
  readonly usualFrom: number;
  readonly usualThrough: number;
  readonly from: number;
  readonly through: number;
  readonly currency: string;
}

export interface AnomalyStanding {
  /** The latest minute that was learned; `null`: none yet. */
  readonly throughMinute: number | null;
  readonly settings: AnomalySettings;
  /** Grows with every change of them. */
  readonly settingsRevision: number;
  readonly scopes: number;
  /** Of the whole house lately. */
  readonly attemptsPerMinute: number;
  readonly currency: string;
}

export interface AnomalyFilter {
  readonly state?: 'open' | 'closed';
  readonly kind?: AnomalyKind;
  readonly severity?: Severity;
  /** Opened, changed or closed at or after it. */
  readonly sinceMs?: number;
}

export interface AnomalyBookPort {
  standing(): Promise<AnomalyStanding>;
  /** All of it or nothing: a batch that does not go on where the book stands is refused, and nothing is learned twice. */
  learn(batch: MinuteBatch): Promise<{ readonly learned: boolean; readonly opened: number; readonly closed: number }>;
  /** The clock was set back: learning begins anew after this minute. */
  setBack(minute: number): Promise<void>;
  /** Open, and not looked into for a while: never yet first. */
  unexplained(limit: number): Promise<readonly Anomaly[]>;
  /** `minute`: through which was looked. */
  explain(id: string, causes: readonly Cause[], minute: number): Promise<void>;
  /** Of which people have not heard as they stand, the oldest first. */
  untold(limit: number): Promise<readonly Anomaly[]>;
  /** They have heard of these, as they stood then. */
  told(anomalies: readonly Anomaly[]): Promise<void>;
  /** `null`: it is not known. */
  judge(feedback: GivenFeedback): Promise<Anomaly | null>;
  /** Newest first. */
  page(filter: AnomalyFilter, cursor: string | null, limit: number): Promise<Page<Anomaly>>;
  one(id: string): Promise<Anomaly | null>;
  figures(): Promise<AnomalyFigures>;
  /** `ifMatch`: the revision that the caller saw; `null`: whatever it is. */
  configure(settings: AnomalySettings, ifMatch: number | null): Promise<AnomalyStanding | 'stale'>;
}

export interface AnomalyDesk {
  readonly book: AnomalyBookPort;
  /** `null`: there is no history. */
  readonly history: AnomalyHistoryPort | null;
  unsent(address: ProcessorAddress): Promise<Unsent>;
  /** Of maintenance. None where their book is away: the drains they put are overrides as well. Never throws. */
  windows(): Promise<readonly MaintenanceWindow[]>;
  /** Throws where the Registry is out of reach. What it has heard before it passes over. */
  alert(alerts: readonly AnomalyAlert[]): Promise<void>;
  /** On the live sockets. Never throws: who missed it reads the book. */
  tell(anomalies: readonly Anomaly[]): Promise<void>;
}
