// The routing table and the keys as this isolate remembers them, and when they are refilled: behind the answer, or before it.
import { applyDelta, compileTable, type RoutingTable } from '../domain/routing/compile-table.ts';
import { EMPTY_CONFIGURATION, type ApiKeyRecord } from '../domain/configuration/configuration.ts';
import type { BoardPort, DecisionCount, TableCursor, TableDelta } from '../ports/board-port.ts';
import type { HeldKeys, HeldTable, TableSource } from '../ports/table-source.ts';
import type { ProcessorId, SegmentKey } from '../domain/identity.ts';
import type { TableData } from '../domain/routing/routing-table.ts';

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
const CLOCK_TOLERANCE_MS = 1_000;
/** Past the age at which ranking decays to the baseline order. */
const UNKNOWN_AGE_MS = 600_000;

interface Held {
  /** Which refill it came from: asked for later is newer, whatever the clocks say. */
  readonly askedAs: number;
  readonly data: TableData;
  readonly table: RoutingTable;
  readonly cursor: TableCursor;
  readonly keys: ReadonlyMap<string, ApiKeyRecord>;
  readonly bootstrapVoid: boolean;
}

/** What outlives a request in one isolate. No promise is kept: a promise of another request may never settle (docs/decisions/0004). */
export class IsolateMemory {
  held: Held | null = null;
  refillStartedAt: number | null = null;
  refillsAsked = 0;
  readonly decisions = new Map<string, DecisionCount>();
}

export class IsolateTable implements TableSource {
  readonly #memory: IsolateMemory;
  readonly #board: BoardPort;
  readonly #later: (work: Promise<unknown>) => void;
  readonly #clock: () => number;
  /** A request waits once, however often it asks. */
  #hasWaited = false;

  constructor(memory: IsolateMemory, board: BoardPort, later: (work: Promise<unknown>) => void, clock: () => number) {
    this.#memory = memory;
    this.#board = board;
    this.#later = later;
    this.#clock = clock;
  }

  async table(now: number): Promise<HeldTable | null> {
    const refilled = await this.#freshen(now);
    const held = this.#memory.held;
    if (held === null) return null;
    const ageMs = ageOf(held, this.#clock());
    return { table: held.table, ageMs, source: ageMs > STALE_MS ? 'stale' : refilled ? 'board' : 'memory' };
  }

  async keys(now: number): Promise<HeldKeys | null> {
    await this.#freshen(now);
    const held = this.#memory.held;
    if (held === null) return null;
    return {
      byHash: held.keys,
      ageMs: ageOf(held, this.#clock()),
      bootstrapVoid: held.bootstrapVoid,
    };
  }

  async refresh(): Promise<void> {
    const refill = this.#refill().catch(() => undefined);
    this.#later(refill);
    await Promise.race([refill, new Promise((resolve) => setTimeout(resolve, REFRESH_WAIT_MS))]);
  }

  noteDecision(processorId: ProcessorId, segment: SegmentKey, now: number): void {
    const key = `${processorId} ${segment}`;
    const known = this.#memory.decisions.get(key);
    this.#memory.decisions.set(key, {
      processorId,
      segment,
      count: (known?.count ?? 0) + 1,
      firstAtMs: known?.firstAtMs ?? now,
      lastAtMs: now,
    });
  }

  /** True when this request waited for a refill that arrived. */
  async #freshen(now: number): Promise<boolean> {
    const age = ageOf(this.#memory.held, now);
    if (age <= FRESH_MS) return false;
    if (age <= STALE_MS) {
      if (!this.#refillUnderWay(now)) this.#later(this.#refill().catch(() => undefined));
      return false;
    }
    if (this.#hasWaited) return false;
    this.#hasWaited = true;
    const before = this.#memory.held;
    const deadline = now + (before === null ? COLD_WAIT_MS : REFILL_WAIT_MS);
    // Followers do not await the leader's promise: they look again every few milliseconds, and lead when it is overdue.
    if (!this.#refillUnderWay(now)) this.#later(this.#refill().catch(() => undefined));
    while (this.#memory.held === before && this.#clock() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (this.#memory.held === before && !this.#refillUnderWay(this.#clock()))
        this.#later(this.#refill().catch(() => undefined));
    }
    return this.#memory.held !== before;
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
    const decisions = [...memory.decisions.values()];
    memory.decisions.clear();
    try {
      const delta = await this.#board.refill(memory.held?.cursor ?? null, decisions);
      memory.held = mergeDelta(memory.held, delta, { askedAs, askedAt: startedAt });
      memory.refillStartedAt = null;
    } catch (error) {
      // The start time stays: a board that refuses at once is asked again in half a second, not by every follower.
      for (const lost of decisions) this.#giveBack(lost);
      throw error;
    }
  }

  #giveBack(count: DecisionCount): void {
    const key = `${count.processorId} ${count.segment}`;
    const since = this.#memory.decisions.get(key);
    this.#memory.decisions.set(
      key,
      since === undefined ? count : { ...since, count: since.count + count.count, firstAtMs: count.firstAtMs },
    );
  }
}

/** A table from the future is one from before the clock was set back: as old as can be, so that it is asked for anew. */
function ageOf(held: Held | null, now: number): number {
  if (held === null) return Infinity;
  const ageMs = now - held.data.asOfMs;
  return ageMs < -CLOCK_TOLERANCE_MS ? UNKNOWN_AGE_MS : Math.max(0, ageMs);
}

/** `asOfMs` is the isolate's own clock when it asked: an age must not depend on two clocks agreeing. */
function mergeDelta(
  held: Held | null,
  delta: TableDelta,
  { askedAs, askedAt }: { askedAs: number; askedAt: number },
): Held | null {
  if (held !== null && held.askedAs > askedAs) return held;
  const sameBoard = held !== null && held.cursor.boardId === delta.cursor.boardId;
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
  const keys = delta.keys === null ? (held?.keys ?? new Map()) : new Map(delta.keys.map((key) => [key.hash, key]));
  return { askedAs, data, table: compileTable(data), cursor: delta.cursor, keys, bootstrapVoid: delta.bootstrapVoid };
}
