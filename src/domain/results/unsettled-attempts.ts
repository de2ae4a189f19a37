// The attempts whose outcome is unknown, each with what it contributed, so that its final can correct it. Bounded; the oldest go first.
import type { SegmentKey } from '../identity.ts';

/** What an unknown attempt put into window and posterior: enough to take it out again. */
export interface Contribution {
  readonly segment: SegmentKey;
  readonly eventTimeMs: number;
  readonly arrivedAtMs: number;
  /** The learner's own mark of where it put the attempt; opaque here. */
  readonly learnedIndex: number;
  readonly attempt: number;
  readonly amountMinor: number;
  readonly currency: string;
  /** Nonce of the decision it was joined to, `null`: none. */
  readonly decisionNonce: string | null;
}

/** As stored: plain JSON. */
export interface UnsettledRecord {
  /** Salted hash of the transaction id, 16 hex characters. */
  readonly transaction: string;
  /** Order of arrival, so that the oldest is known after a load. */
  readonly sequence: number;
  readonly contribution: Contribution;
}

/** One of 64 parts of the set, whole: about 80 kB of JSON when the set is full, so that it fits one row. */
export interface UnsettledDrawer {
  readonly drawer: number;
  readonly records: readonly UnsettledRecord[];
}

export const DRAWERS = 64;

const drawerOf = (transaction: string): number => Number.parseInt(transaction.slice(0, 2), 16) % DRAWERS;

export class UnsettledAttempts {
  private readonly attemptsMax: number;
  private readonly records = new Map<string, UnsettledRecord>();
  private readonly dirty = new Set<number>();
  private nextSequence = 0;

  constructor(attemptsMax: number, records: readonly UnsettledRecord[]) {
    this.attemptsMax = attemptsMax;
    for (const record of records.toSorted((left, right) => left.sequence - right.sequence)) {
      this.records.set(record.transaction, record);
      this.nextSequence = record.sequence + 1;
    }
  }

  get size(): number {
    return this.records.size;
  }

  keep(transaction: string, contribution: Contribution): void {
    // A timeout repeated after its key has expired: it takes its place among the newest.
    this.records.delete(transaction);
    this.records.set(transaction, { transaction, sequence: this.nextSequence++, contribution });
    this.dirty.add(drawerOf(transaction));
    if (this.records.size <= this.attemptsMax) return;
    for (const oldest of this.records.keys()) {
      this.take(oldest);
      return;
    }
  }

  /** Removes the attempt and hands out what it contributed; `null` if it is not here. */
  take(transaction: string): Contribution | null {
    const record = this.records.get(transaction);
    if (record === undefined) return null;
    this.records.delete(transaction);
    this.dirty.add(drawerOf(transaction));
    return record.contribution;
  }

  all(): UnsettledRecord[] {
    return [...this.records.values()];
  }

  /** Drawers changed since `markClean`; an empty one may be deleted where it is stored. */
  dirtyDrawers(): UnsettledDrawer[] {
    const drawers = new Map<number, UnsettledRecord[]>([...this.dirty].map((drawer) => [drawer, []]));
    if (drawers.size > 0)
      for (const record of this.records.values()) drawers.get(drawerOf(record.transaction))?.push(record);
    return [...drawers].map(([drawer, records]) => ({ drawer, records }));
  }

  markClean(): void {
    this.dirty.clear();
  }
}
