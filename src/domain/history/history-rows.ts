// What history keeps of one commit of a processor's object: the attempts that were recorded, and what its breakers did.
import type { Applied, ProcessorCommand } from '../health/processor-state.ts';
import type { BreakerTransition } from '../health/health-detail.ts';
import type { DetailedResult } from './attempt-details.ts';
import type { ProcessorId } from '../identity.ts';

export interface AttemptRow {
  /** Stamped once, by the object that recorded it: the same however often it is sent. */
  readonly recordedAtMs: number;
  readonly epoch: number;
  readonly result: DetailedResult;
}

export interface BreakerChangeRow {
  readonly processorId: ProcessorId;
  readonly epoch: number;
  readonly change: BreakerTransition;
}

export interface HistoryRows {
  readonly attempts: readonly AttemptRow[];
  readonly breakerChanges: readonly BreakerChangeRow[];
}

/** What stands beside a command in the journal, for the command alone does not say what became of its results. Plain JSON, `null`: all were recorded. */
export interface HistoryNote {
  /** Indexes of the duplicates and the refused. */
  readonly passedOver: readonly number[];
  readonly changes: readonly BreakerTransition[];
}

/** One commit as the outbox keeps it. */
export interface CommitRecord {
  readonly processorId: ProcessorId;
  readonly epoch: number;
  readonly command: ProcessorCommand;
  readonly note: HistoryNote | null;
}

export function historyNote({ outcomes, transitions }: Applied): HistoryNote | null {
  const passedOver = outcomes.flatMap(({ outcome }, index) => (outcome === 'recorded' ? [] : [index]));
  return passedOver.length === 0 && transitions.length === 0 ? null : { passedOver, changes: transitions };
}

export function historyRows({ processorId, epoch, command, note }: CommitRecord): HistoryRows {
  const breakerChanges = (note?.changes ?? []).map((change) => ({ processorId, epoch, change }));
  if (command.kind !== 'results') return { attempts: [], breakerChanges };
  const passedOver = new Set(note?.passedOver);
  const recorded = command.results.filter((_, index) => !passedOver.has(index));
  return { attempts: recorded.map((result) => ({ recordedAtMs: command.at, epoch, result })), breakerChanges };
}
