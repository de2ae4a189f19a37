// When a board writes its table to the replica: soon after what stops traffic or opens doors changed, else every 10 s; one at a time, behind everything else.
import { withinTime } from './time-limit.ts';
import type { KnownTable } from '../src/domain/routing/known-table.ts';
import type { CopyStanding } from '../src/ports/copy-port.ts';
import type { ReplicaPort } from '../src/ports/replica-port.ts';

/** Between two writes. */
const SOON_MS = 1_000;
const IN_TIME_MS = 10_000;
/** After a write that failed. */
const REST_MS = 5_000;
/** Of a whole write with the tries it takes: the port gives up each of its calls earlier. */
const WRITE_MS = 10_000;
/** Between two copies that are kept as taken: a board at rest writes one with each sweep. */
const KEEP_MS = 60_000;

/** `soon`: configuration, keys and transitions. `in_time`: rows whose numbers moved. */
type Urgency = 'soon' | 'in_time';

export interface CopyPublisherOptions {
  readonly replica: () => ReplicaPort | null;
  /** `null`: nothing is known yet. */
  readonly take: () => Promise<KnownTable | null>;
  readonly later: (work: Promise<unknown>) => void;
  /** After each failure, and once a minute. */
  readonly keep: (standing: CopyStanding) => void;
}

export class CopyPublisher {
  readonly #options: CopyPublisherOptions;
  #standing: CopyStanding = { takenAtMs: null, failures: 0 };
  #keptAt = -Infinity;
  #wanted: Urgency | null = null;
  #isWriting = false;
  #startedAt = -Infinity;
  #restsUntil = -Infinity;
  #timer: { readonly handle: ReturnType<typeof setTimeout>; readonly dueAt: number } | null = null;

  constructor(options: CopyPublisherOptions) {
    this.#options = options;
  }

  get standing(): CopyStanding {
    return this.#standing;
  }

  /** As an earlier life kept it. */
  restore(standing: CopyStanding): void {
    this.#standing = standing;
  }

  /** Something changed. Returns at once, whatever the replica does. */
  note(urgency: Urgency): void {
    const replica = this.#options.replica();
    if (replica === null) return;
    if (this.#wanted !== 'soon') this.#wanted = urgency;
    this.#arrange(replica);
  }

  #arrange(replica: ReplicaPort): void {
    if (this.#wanted === null || this.#isWriting) return;
    const now = Date.now();
    // Later than any wait allows is from before the clock was set back.
    const wait = Math.max(
      this.#startedAt + (this.#wanted === 'soon' ? SOON_MS : IN_TIME_MS) - now,
      this.#restsUntil - now,
    );
    if (wait <= 0 || wait > IN_TIME_MS) {
      this.#write(replica, now);
      return;
    }
    if (this.#timer !== null && this.#timer.dueAt <= now + wait) return;
    this.#stopTimer();
    const handle = setTimeout(() => {
      this.#timer = null;
      this.#arrange(replica);
    }, wait);
    this.#timer = { handle, dueAt: now + wait };
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer.handle);
    this.#timer = null;
  }

  #write(replica: ReplicaPort, now: number): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    this.#stopTimer();
    this.#isWriting = true;
    this.#startedAt = now;
    const writing = withinTime(WRITE_MS, async () => {
      const table = await this.#options.take();
      if (table === null) return 'nothing';
      await replica.publish(table);
      return 'taken';
    });
    this.#options.later(
      writing.then((done) => {
        this.#isWriting = false;
        if (done !== 'nothing') this.#count(done === 'taken');
        if (done !== null) return this.#arrange(replica);
        this.#restsUntil = Date.now() + REST_MS;
        // No timer: the next change or sweep tries again, and a board at rest may sleep while Redis is down.
        this.#wanted ??= wanted;
      }),
    );
  }

  #count(isTaken: boolean): void {
    const now = Date.now();
    const { takenAtMs, failures } = this.#standing;
    this.#standing = isTaken ? { takenAtMs: now, failures } : { takenAtMs, failures: failures + 1 };
    if (isTaken && Math.abs(now - this.#keptAt) < KEEP_MS) return;
    this.#keptAt = now;
    this.#options.keep(this.#standing);
  }
}
