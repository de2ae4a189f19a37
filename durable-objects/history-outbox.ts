// What history has not yet taken of a processor's commits. They stand in the journal as it is: a cursor says how far they are sent, and only a row that
// would be written over before it is sent is moved to a backlog. So a commit costs no second row while PostgreSQL is there. Nothing here awaits.
import {
  historyRows,
  type AttemptRow,
  type BreakerChangeRow,
  type HistoryNote,
  type HistoryRows,
} from '../src/domain/history/history-rows.ts';
import { JOURNAL_SLOTS } from './commit-figures.ts';
import type { HistoryStanding } from '../src/domain/history/history-standing.ts';
import type { HistoryOutbox, OutboxBatch } from '../src/ports/history-port.ts';
import type { ProcessorCommand } from '../src/domain/health/processor-state.ts';
import type { ProcessorId } from '../src/domain/identity.ts';

/**
 * Of the 10 GB that an object may hold. A result has about 400 characters: an hour without PostgreSQL at 1,400 results a second. Beyond it the
 * oldest commits are dropped, and their attempts counted: recording goes on.
 */
const BACKLOG_CHARACTERS_MAX = 2_000_000_000;
/** What one request holds in memory, beside one commit. */
const BATCH_CHARACTERS_MAX = 2_000_000;

export const HISTORY_SCHEMA = [
  `ALTER TABLE journal ADD COLUMN note TEXT`,
  // `before`: the characters of all rows before it, so that the size of the whole is known from its ends. No id comes twice: what is
  // crossed off may have been dropped meanwhile.
  `CREATE TABLE history_backlog (id INTEGER PRIMARY KEY AUTOINCREMENT, processor_id TEXT NOT NULL, epoch INTEGER NOT NULL, results INTEGER NOT NULL, characters INTEGER NOT NULL, before INTEGER NOT NULL, note TEXT, body TEXT NOT NULL)`,
];

const DRAINED = 'history_drained';
const DROPPED = 'history_dropped';
const REFUSED = 'history_refused';

/** Whose commits these are: a processor, and which life of it. */
export interface CommitOwner {
  readonly id: ProcessorId;
  readonly epoch: number;
}

export interface HistoryOutboxOptions {
  /** Whether there is a history; without one the journal is written over as it comes. */
  readonly isKept: boolean;
  /** Of the commits in the journal. */
  readonly owner: () => CommitOwner | null;
  readonly charactersMax?: number;
}

interface Commit extends CommitOwner {
  readonly body: string;
  readonly note: string | null;
}

interface PlacedCommit extends Commit {
  /** Its id in the backlog, or its sequence in the journal. */
  readonly place: number;
}

interface BacklogEnds {
  readonly first: { readonly before: number };
  readonly last: { readonly characters: number; readonly before: number };
}

export class KeptHistory implements HistoryOutbox {
  readonly #storage: DurableObjectStorage;
  readonly #options: HistoryOutboxOptions;
  /** Sequences in the journal: of the newest commit, and of the newest that history has. */
  #last = 0;
  #drained = 0;
  /** Counts the journal's new beginnings: what is crossed off of a former one is no longer there. */
  #beginning = 0;
  /** Since the object started. */
  rowsWritten = 0;

  constructor(storage: DurableObjectStorage, options: HistoryOutboxOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  /** `last`: the newest sequence of the journal, as it was found. */
  resume(last: number): void {
    const stored = this.#storage.kv.get<number>(DRAINED);
    this.#last = last;
    // From before there was a history, or from a time without one, nothing is sent: of such commits it is not known what became of them.
    this.#drained = this.#options.isKept ? Math.max(stored ?? last, last - JOURNAL_SLOTS) : last;
    // On disk before the first commit: who is killed before the first sending must find what is to be sent.
    if (this.#options.isKept && stored === undefined) this.#keepCursor();
  }

  get isEmpty(): boolean {
    return this.#drained >= this.#last && this.#ends() === null;
  }

  /** When the oldest commit was made that history lacks; `null`: it has all of them. */
  get oldestAtMs(): number | null {
    const oldest = firstOf(this.#backlog()) ?? firstOf(this.#journal());
    return oldest === null ? null : (JSON.parse(oldest.body) as ProcessorCommand).at;
  }

  /** Attempts that were dropped for want of room, ever. */
  get dropped(): number {
    return this.#storage.kv.get<number>(DROPPED) ?? 0;
  }

  /** Rows that history will never have, ever. */
  get refused(): number {
    return this.#storage.kv.get<number>(REFUSED) ?? 0;
  }

  gaveUp(rows: number): void {
    this.#storage.kv.put(REFUSED, this.refused + rows);
  }

  standing(): HistoryStanding {
    const [row] = this.#storage.sql
      .exec<{ count: number | null }>(`SELECT MAX(id) - MIN(id) + 1 AS count FROM history_backlog`)
      .toArray();
    const inJournal = Math.max(0, this.#last - this.#drained);
    return { waiting: (row?.count ?? 0) + inJournal, dropped: this.dropped, refused: this.refused };
  }

  /** Before this sequence is written: what stands in its slot is saved if history has not got it. */
  makeRoom(sequence: number): void {
    this.#last = sequence;
    const overwritten = sequence - JOURNAL_SLOTS;
    if (!this.#options.isKept) this.#drained = sequence;
    else if (overwritten > this.#drained) this.#move(overwritten);
  }

  /** Before the journal is wiped. */
  moveAll(): void {
    for (let sequence = this.#drained + 1; sequence <= this.#last; sequence += 1) this.#move(sequence);
    this.#last = 0;
    this.#drained = 0;
    this.#beginning += 1;
    if (this.#options.isKept) this.#keepCursor();
  }

  /** The backlog is older than all that stands in the journal. */
  take(attemptsMax: number): OutboxBatch {
    const old = gather(this.#backlog(), attemptsMax);
    if (old !== null) return { ...old.rows, isEmpty: false, crossOff: () => this.#forgetBacklog(old.upTo) };
    const young = gather(this.#journal(), attemptsMax);
    if (young === null) return { attempts: [], breakerChanges: [], isEmpty: true, crossOff: () => undefined };
    const beginning = this.#beginning;
    const crossOff = (): void => {
      if (beginning !== this.#beginning) return;
      this.#drained = Math.max(this.#drained, young.upTo);
      this.#keepCursor();
    };
    return { ...young.rows, isEmpty: false, crossOff };
  }

  *#backlog(): Generator<PlacedCommit> {
    let place = 0;
    for (;;) {
      // One by one: a commit may be large, and no statement may stay open while something else is written.
      const [row] = this.#storage.sql
        .exec<{
          id: number;
          processor_id: string;
          epoch: number;
          body: string;
          note: string | null;
        }>(`SELECT id, processor_id, epoch, body, note FROM history_backlog WHERE id > ? ORDER BY id LIMIT 1`, place)
        .toArray();
      if (row === undefined) return;
      place = row.id;
      yield { place, id: row.processor_id as ProcessorId, epoch: row.epoch, body: row.body, note: row.note };
    }
  }

  *#journal(): Generator<PlacedCommit> {
    const owner = this.#options.owner();
    if (owner === null) return;
    for (let place = this.#drained + 1; place <= this.#last; place += 1) {
      const commit = this.#at(place);
      if (commit !== null) yield { place, id: owner.id, epoch: owner.epoch, ...commit };
    }
  }

  /** `null`: it stands in the backlog, or is gone with a former journal. */
  #at(sequence: number): { body: string; note: string | null } | null {
    const [row] = this.#storage.sql
      .exec<{
        body: string;
        note: string | null;
      }>(`SELECT body, note FROM journal WHERE slot = ? AND sequence = ?`, sequence % JOURNAL_SLOTS, sequence)
      .toArray();
    return row ?? null;
  }

  /** From here on the backlog holds it, and the cursor passes it. */
  #move(sequence: number): void {
    const owner = this.#options.owner();
    const commit = this.#at(sequence);
    if (owner !== null && commit !== null) this.#append({ id: owner.id, epoch: owner.epoch, ...commit });
    this.#drained = sequence;
  }

  #append({ id, epoch, body, note }: Commit): void {
    const ends = this.#ends();
    const before = ends === null ? 0 : ends.last.before + ends.last.characters;
    const results = resultsIn(body);
    // A permit, a change of settings: nothing of it is history.
    if (results === 0 && note === null) return;
    this.#write(
      `INSERT INTO history_backlog (processor_id, epoch, results, characters, before, note, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      [id, epoch, results, body.length, before, note, body],
    );
    this.#dropOldest();
  }

  #dropOldest(): void {
    const max = this.#options.charactersMax ?? BACKLOG_CHARACTERS_MAX;
    for (;;) {
      const ends = this.#ends();
      if (ends === null || ends.last.before + ends.last.characters - ends.first.before <= max) return;
      const [oldest] = this.#storage.sql
        .exec<{ id: number; results: number }>(`SELECT id, results FROM history_backlog ORDER BY id LIMIT 1`)
        .toArray();
      if (oldest === undefined) return;
      this.#forgetBacklog(oldest.id);
      this.#storage.kv.put(DROPPED, this.dropped + oldest.results);
    }
  }

  #ends(): BacklogEnds | null {
    const sql = this.#storage.sql;
    const [first] = sql.exec<BacklogEnds['first']>(`SELECT before FROM history_backlog ORDER BY id LIMIT 1`).toArray();
    const [last] = sql
      .exec<BacklogEnds['last']>(`SELECT characters, before FROM history_backlog ORDER BY id DESC LIMIT 1`)
      .toArray();
    return first === undefined || last === undefined ? null : { first, last };
  }

  #forgetBacklog(upTo: number): void {
    this.#write(`DELETE FROM history_backlog WHERE id <= ?`, [upTo]);
  }

  #keepCursor(): void {
    this.#storage.kv.put(DRAINED, this.#drained);
    this.rowsWritten += 1;
  }

  #write(statement: string, bindings: (string | number | null)[]): void {
    this.rowsWritten += this.#storage.sql.exec(statement, ...bindings).rowsWritten;
  }
}

function firstOf(commits: Iterable<PlacedCommit>): PlacedCommit | null {
  for (const commit of commits) return commit;
  return null;
}

/** Whole commits, at least one; `null`: there are none. */
function gather(
  commits: Iterable<PlacedCommit>,
  attemptsMax: number,
): { readonly rows: HistoryRows; readonly upTo: number } | null {
  const attempts: AttemptRow[] = [];
  const breakerChanges: BreakerChangeRow[] = [];
  let upTo: number | null = null;
  let characters = 0;
  for (const { place, id, epoch, body, note } of commits) {
    const rows = historyRows({
      processorId: id,
      epoch,
      command: JSON.parse(body) as ProcessorCommand,
      note: note === null ? null : (JSON.parse(note) as HistoryNote),
    });
    attempts.push(...rows.attempts);
    breakerChanges.push(...rows.breakerChanges);
    upTo = place;
    characters += body.length;
    if (attempts.length >= attemptsMax || characters >= BATCH_CHARACTERS_MAX) break;
  }
  return upTo === null ? null : { rows: { attempts, breakerChanges }, upTo };
}

/** Without reading it all: a quote within a text is escaped, so this stands nowhere but in front of an id. */
const resultsIn = (body: string): number => body.split('"transactionId":').length - 1;
