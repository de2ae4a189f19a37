// The routing table and the keys as this isolate remembers them, and when they are refilled: behind the answer, or before it.
import { applyDelta, compileTable, type RoutingTable } from '../domain/routing/compile-table.ts';
import {
  CLOCK_TOLERANCE_MS,
  joinTables,
  type KeyRing,
  type KnownTable,
  readByOwnClock,
  UNKNOWN_AGE_MS,
} from '../domain/routing/known-table.ts';
import { joinParts } from '../domain/routing/table-exchange.ts';
import { EMPTY_CONFIGURATION, type ApiKeyRecord } from '../domain/configuration/configuration.ts';
import { DecisionCounts } from './decision-counts.ts';
import type { BoardPort, DecisionCount, TableCursor, TableDelta } from '../ports/board-port.ts';
import type { HeldKeys, HeldTable, TableSource } from '../ports/table-source.ts';
import type { ReplicaPort } from '../ports/replica-port.ts';
import type { ProcessorId, SegmentKey } from '../domain/identity.ts';

/** Up to here the table answers as it is; up to STALE_MS it answers and is refilled behind the answer. */
const FRESH_MS = 1_000;
const STALE_MS = 2_000;
/** What a recommendation may wait for a refill; a cold isolate has nothing else to answer from and waits longer. */
const REFILL_WAIT_MS = 150;
const COLD_WAIT_MS = 1_500;
/** What a change, or a batch with an unknown processor, waits for the table that may show it. */
const REFRESH_WAIT_MS = 1_000;
/** After this long without an answer a refill under way is thought dead and another request may start one. */
const REFILL_GIVEN_UP_MS = 500;
const POLL_MS = 5;
/** Of one refill, each with at least one row: a board that changes all the time is not followed for ever. */
const PARTS_MAX = 64;
/** A cold isolate that has waited this long for its board asks the replica beside it. */
const REPLICA_AFTER_MS = 300;
/** Between two questions to the replica, by the whole isolate: while it answers, and when it did not. */
const REPLICA_EVERY_MS = 1_000;
const REPLICA_RESTS_MS = 3_000;
/** After this long without an answer the replica is no source any more. */
const REPLICA_HEARD_MS = 5_000;
/** Boards write at least with each sweep, every minute: an older copy was left behind, or put back from a backup. */
const COPY_STALE_MS = 180_000;

interface Held extends KnownTable {
  /** Which refill it came from: asked for later is newer, whatever the clocks say. */
  readonly askedAs: number;
  readonly table: RoutingTable;
  /** `null`: no board was heard yet. */
  readonly cursor: TableCursor | null;
  readonly byHash: ReadonlyMap<string, ApiKeyRecord>;
  /** Who told of its age. */
  readonly basis: 'board' | 'replica';
}

/** What outlives a request in one isolate. No promise is kept: a promise of another request may never settle (docs/decisions/0004). */
export class IsolateMemory {
  held: Held | null = null;
  refillStartedAt: number | null = null;
  refillsAsked = 0;
  replicaRestsUntil = -Infinity;
  replicaReadAt = -Infinity;
  boardsRefusedAt = -Infinity;
  readonly decisions = new DecisionCounts();
}

/** Whoever asks for the table now waits for a refill: there is none, or it is too old to answer from. */
export const awaitsTable = ({ held }: IsolateMemory, now: number): boolean =>
  held === null || ageOf(held.data.asOfMs, now) > STALE_MS;

export interface TableOrigins {
  readonly board: BoardPort;
  /** Asked only when the board is away; `null`: there is none. */
  readonly replica: ReplicaPort | null;
}

export class IsolateTable implements TableSource {
  readonly #memory: IsolateMemory;
  readonly #origins: TableOrigins;
  readonly #later: (work: Promise<unknown>) => void;
  readonly #clock: () => number;
  /** A request waits once, however often it asks. */
  #hasWaited = false;

  constructor(
    memory: IsolateMemory,
    origins: TableOrigins,
    later: (work: Promise<unknown>) => void,
    clock: () => number,
  ) {
    this.#memory = memory;
    this.#origins = origins;
    this.#later = later;
    this.#clock = clock;
  }

  async table(now: number): Promise<HeldTable | null> {
    const refilled = await this.#freshen(now);
    const { held } = this.#memory;
    return held === null ? null : this.#tableOf(held, refilled, this.#clock());
  }

  tableNow(now: number): HeldTable | null {
    const { held } = this.#memory;
    return held === null || !this.#answersNow(held, now) ? null : this.#tableOf(held, false, now);
  }

  async keys(now: number): Promise<HeldKeys | null> {
    await this.#freshen(now);
    const { held } = this.#memory;
    return held === null ? null : keysOf(held, this.#clock());
  }

  keysNow(now: number): HeldKeys | null {
    const { held } = this.#memory;
    return held === null || !this.#answersNow(held, now) ? null : keysOf(held, now);
  }

  async refresh(): Promise<void> {
    const refill = this.#refill().catch(() => undefined);
    this.#later(refill);
    await Promise.race([refill, new Promise((resolve) => setTimeout(resolve, REFRESH_WAIT_MS))]);
  }

  noteDecision(processorId: ProcessorId, segment: SegmentKey, now: number): void {
    this.#memory.decisions.note(processorId, segment, now);
  }

  #tableOf({ data, basis, table }: Held, refilled: boolean, now: number): HeldTable {
    const ageMs = ageOf(data.asOfMs, now);
    const isHeard = ageOf(this.#memory.replicaReadAt, now) <= REPLICA_HEARD_MS;
    if (basis === 'replica' && isHeard && ageMs <= COPY_STALE_MS) return { table, ageMs, source: 'replica' };
    return { table, ageMs, source: ageMs > STALE_MS ? 'stale' : refilled ? 'board' : 'memory' };
  }

  /** Refilled behind the answer where it is no longer fresh; false: the answer waits for that. */
  #answersNow({ data }: Held, now: number): boolean {
    const age = ageOf(data.asOfMs, now);
    if (age > STALE_MS) return false;
    if (age > FRESH_MS && !this.#refillUnderWay(now)) this.#later(this.#refill().catch(() => undefined));
    return true;
  }

  /** True when this request waited for a refill that arrived. */
  async #freshen(now: number): Promise<boolean> {
    const before = this.#memory.held;
    if ((before !== null && this.#answersNow(before, now)) || this.#hasWaited) return false;
    this.#hasWaited = true;
    const hasNews = (): boolean => this.#memory.held?.data.asOfMs !== before?.data.asOfMs;
    const deadline = now + (before === null ? COLD_WAIT_MS : REFILL_WAIT_MS);
    // Followers do not await the leader's promise: they look again every few milliseconds, and lead when it is overdue.
    if (!this.#refillUnderWay(now)) this.#later(this.#refill().catch(() => undefined));
    const mayAnswer = (): boolean => hasNews() && (before !== null || !this.#hopesForBoard());
    while (!mayAnswer() && this.#clock() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (mayAnswer()) break;
      if (!this.#refillUnderWay(this.#clock())) this.#later(this.#refill().catch(() => undefined));
      if (before === null && this.#clock() - now >= REPLICA_AFTER_MS) this.#askReplica();
    }
    if (!hasNews()) this.#askReplica();
    return hasNews();
  }

  /** A cold isolate with an old copy alone: the board may yet answer, unless it has just refused. */
  #hopesForBoard(): boolean {
    const [{ held, boardsRefusedAt }, now] = [this.#memory, this.#clock()];
    if (held === null || held.basis === 'board' || ageOf(held.data.asOfMs, now) <= COPY_STALE_MS) return false;
    return ageOf(boardsRefusedAt, now) > REFILL_GIVEN_UP_MS;
  }

  /** Nobody waits for it: where it is no faster than the board, the answer rests on what there is. */
  #askReplica(): void {
    const { replica } = this.#origins;
    const now = this.#clock();
    const restsMs = this.#memory.replicaRestsUntil - now;
    // A rest longer than any is one from before the clock was set back.
    if (replica === null || (restsMs > 0 && restsMs <= REPLICA_RESTS_MS)) return;
    this.#memory.replicaRestsUntil = now + REPLICA_RESTS_MS;
    this.#later(this.#readReplica(replica, now).catch(() => undefined));
  }

  async #readReplica(replica: ReplicaPort, askedAt: number): Promise<void> {
    const copy = await replica.read();
    if (copy === null) return;
    const memory = this.#memory;
    memory.replicaRestsUntil = askedAt + REPLICA_EVERY_MS;
    memory.replicaReadAt = this.#clock();
    memory.held = mergeCopy(memory.held, copy, this.#clock());
  }

  #refillUnderWay(now: number): boolean {
    const startedAt = this.#memory.refillStartedAt;
    // A start ahead of the clock is one from before the clock was set back.
    return startedAt !== null && startedAt <= now && now - startedAt < REFILL_GIVEN_UP_MS;
  }

  async #refill(): Promise<void> {
    const memory = this.#memory;
    const startedAt = this.#clock();
    memory.refillStartedAt = startedAt;
    memory.refillsAsked += 1;
    const askedAs = memory.refillsAsked;
    const decisions = memory.decisions.takeAll();
    try {
      const delta = await this.#wholeRefill(memory.held?.cursor ?? null, decisions);
      memory.held = mergeDelta(memory.held, delta, { askedAs, askedAt: startedAt });
      memory.refillStartedAt = null;
    } catch (error) {
      // The start time stays: a board that refuses at once is asked again in half a second, not by every follower.
      for (const lost of decisions) memory.decisions.giveBack(lost);
      memory.boardsRefusedAt = this.#clock();
      this.#askReplica();
      throw error;
    }
  }

  /** A table too large for one call comes in parts; another board that answers meanwhile begins anew. */
  async #wholeRefill(cursor: TableCursor | null, decisions: readonly DecisionCount[]): Promise<TableDelta> {
    const { board } = this.#origins;
    let whole = await board.refill(cursor, decisions);
    for (let parts = 1; whole.hasMore === true && parts < PARTS_MAX; parts += 1) {
      const next = await board.refill(whole.cursor, []);
      whole = next.cursor.boardId === whole.cursor.boardId ? joinParts(whole, next) : next;
    }
    return whole;
  }
}

const keysOf = ({ byHash, keys }: Held, now: number): HeldKeys => ({
  byHash,
  ageMs: ageOf(keys.asOfMs, now),
  bootstrapVoid: keys.bootstrapVoid,
});

/** A table from the future is one from before the clock was set back: as old as can be, so that it is asked for anew. */
function ageOf(asOfMs: number, now: number): number {
  const ageMs = now - asOfMs;
  return ageMs < -CLOCK_TOLERANCE_MS ? UNKNOWN_AGE_MS : Math.max(0, ageMs);
}

/** `asOfMs` is the isolate's own clock when it asked: an age must not depend on two clocks agreeing. */
function mergeDelta(
  held: Held | null,
  delta: TableDelta,
  { askedAs, askedAt }: { askedAs: number; askedAt: number },
): Held | null {
  if (held !== null && held.askedAs > askedAs) return held;
  const sameBoard = held?.cursor?.boardId === delta.cursor.boardId;
  if (!sameBoard && delta.configuration === null && held === null) return null;
  const base = held?.data ?? {
    configuration: EMPTY_CONFIGURATION,
    rows: new Map(),
    silences: [],
    segmentRates: new Map(),
    asOfMs: 0,
  };
  const data = applyDelta(base, {
    configuration: delta.configuration ?? base.configuration,
    rows: delta.rows,
    silences: delta.silences,
    segmentRates: new Map(delta.segmentRates.map((rate) => [rate.segment, rate])),
    asOfMs: askedAt,
  });
  const known = { data, keys: keysAfter(held, delta, askedAt) };
  return heldOf(held, known, { askedAs, cursor: delta.cursor, basis: 'board' });
}

/** A board that knows of fewer changes than the replica told of does not bring a revoked key back, and does not make the keys younger. */
function keysAfter(held: Held | null, { cursor, keys, bootstrapVoid }: TableDelta, asOfMs: number): KeyRing {
  const records = keys ?? held?.keys.records ?? [];
  const told = { records, version: cursor.keysVersion, bootstrapVoid, asOfMs };
  return held !== null && held.keys.version > told.version ? held.keys : told;
}

/** Joined, so that whatever is older in the copy changes nothing; what was newer stays, and so does the place in the board's changes. */
function mergeCopy(held: Held | null, copy: KnownTable, now: number): Held {
  const seen = readByOwnClock(copy, now);
  if (held === null) return heldOf(null, seen, { askedAs: 0, cursor: null, basis: 'replica' });
  const joined = joinTables(held, seen, now);
  const basis = joined.data.asOfMs === held.data.asOfMs ? held.basis : 'replica';
  return heldOf(held, joined, { askedAs: held.askedAs, cursor: held.cursor, basis });
}

function heldOf(
  before: Held | null,
  { data, keys }: KnownTable,
  origin: Pick<Held, 'askedAs' | 'cursor' | 'basis'>,
): Held {
  const byHash =
    before?.keys.records === keys.records ? before.byHash : new Map(keys.records.map((key) => [key.hash, key]));
  return { data, keys, table: compileTable(data, before?.table), byHash, ...origin };
}
