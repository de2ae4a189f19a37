// What tuning needs: its book, what history has measured, what isolates remember of it, and a voice on the live socket.
import type { HistoryReply } from './history-port.ts';
import type { LiveMessage } from './live-port.ts';
import type { ProcessorEvidence } from '../domain/tuning/processor-evidence.ts';
import type { PublishedTuning } from '../domain/tuning/tuned-settings.ts';
import type { RunningTrial } from '../domain/tuning/trial-arm.ts';
import type { TrialTallies } from '../domain/tuning/optimization.ts';
import type { TuningShelf } from '../domain/tuning/tuning-shelf.ts';

export interface TuningBookPort {
  read(): Promise<TuningShelf>;
  /** Keeps what has the revision after the one that is kept. False: somebody else has changed it. */
  save(shelf: TuningShelf): Promise<boolean>;
  published(): Promise<readonly PublishedTuning[]>;
}

export interface EvidenceAsk {
  readonly processorId: string;
  readonly epoch: number;
  /** What was recorded before rests on other settings. */
  readonly sinceMs: number;
}

/** Decisions that were made in it; `trial` says which of them got the setting on trial. */
export interface TrialStretch extends RunningTrial {
  readonly processorId: string;
  readonly epoch: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** What a timeout without a latency has cost, in ms: of the trial, and of those held out. */
  readonly timeoutsMs: readonly [trial: number, heldOut: number];
}

export interface TunedPastPort {
  /** Of the newest attempts up to `nowMs`, within a day; a processor without any is left out. */
  evidence(asks: readonly EvidenceAsk[], nowMs: number): Promise<HistoryReply<ReadonlyMap<string, ProcessorEvidence>>>;
  tally(stretch: TrialStretch): Promise<HistoryReply<TrialTallies>>;
}

export interface TuningDesk {
  readonly book: TuningBookPort;
  /** `null`: this deployment keeps no history. */
  readonly past: TunedPastPort | null;
  /** By processor, as this isolate remembers it; asked for anew behind the answer. `null`: nothing was heard yet. */
  published(now: number): ReadonlyMap<string, PublishedTuning> | null;
  /** What the book says by now is remembered here. */
  forget(): void;
  /** On the live sockets. Never throws: who missed it reads the book. */
  tell(events: readonly TuningEvent[]): Promise<void>;
}

export type TuningEvent = Extract<LiveMessage, { readonly type: 'optimization_applied' }>;
