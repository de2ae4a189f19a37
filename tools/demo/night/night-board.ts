// The board and the isolate of the night demo's house: rows of the processors' states in, the compiled routing table out.
import { applyDelta, compileTable, type RoutingTable } from '../../../src/domain/routing/compile-table.ts';
import type { AlertSignal } from '../../../src/domain/health/alert-book.ts';
import { BoardState } from '../../../src/domain/routing/board-state.ts';
import { type Configuration, EMPTY_CONFIGURATION } from '../../../src/domain/configuration/configuration.ts';
import type { DecisionCount, TableCursor } from '../../../src/domain/routing/table-exchange.ts';
import type { ProcessorId, SegmentKey } from '../../../src/domain/identity.ts';
import type { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import type { TableData } from '../../../src/domain/routing/routing-table.ts';
import { silenceSignals, type SilenceView } from '../../../src/domain/health/silence-signals.ts';
import type { HeldTable, TableSource } from '../../../src/ports/table-source.ts';

/** A real isolate asks after a second. Here a payment comes every second or two, and compiling for each would be most of the demo. */
const REFILL_MS = 30_000;

export class NightBoard {
  readonly #board = new BoardState('night');
  readonly #states: ReadonlyMap<ProcessorId, ProcessorState>;
  readonly #decisions = new Map<string, DecisionCount>();
  #cursor: TableCursor | null = null;
  #data: TableData | null = null;
  #table: RoutingTable | null = null;
  #silenceTold: SilenceView = { silences: [], sourceSilent: false };

  constructor(states: ReadonlyMap<ProcessorId, ProcessorState>) {
    this.#states = states;
  }

  /** As the Registry tells its boards at once. */
  tell(configuration: Configuration, now: number): void {
    this.#board.acceptUpdate({ configuration, keys: [], keysVersion: 1, bootstrapVoid: true }, now);
    this.refill(now);
  }

  refill(now: number): void {
    for (const state of this.#states.values()) this.#board.acceptRow(state.publishRow(now), now);
    this.#board.noteDecisions([...this.#decisions.values()], now);
    this.#decisions.clear();
    const delta = this.#board.delta(this.#cursor, now);
    if (delta === null) throw new Error('the board has no configuration yet');
    const before = this.#data ?? {
      ...{ configuration: EMPTY_CONFIGURATION, rows: new Map(), silences: [], segmentRates: new Map(), asOfMs: now },
    };
    const segmentRates = new Map(delta.segmentRates.map((rate) => [rate.segment, rate]));
    this.#data = applyDelta(before, { ...delta, segmentRates });
    this.#cursor = delta.cursor;
    this.#table = compileTable(this.#data);
  }

  /** Fetches every row, and says what was not said of silence yet. */
  sweep(now: number): readonly AlertSignal[] {
    this.refill(now);
    const view = this.#board.silences(now);
    const signals = silenceSignals(this.#silenceTold, view, this.#board.rows(), now);
    this.#silenceTold = view;
    return signals;
  }

  source(): TableSource {
    const tableNow = (now: number): HeldTable => {
      if (this.#data === null || now - this.#data.asOfMs >= REFILL_MS) this.refill(now);
      return { table: this.#table!, ageMs: 0, source: 'memory' };
    };
    return {
      tableNow,
      keysNow: () => null,
      table: (now) => Promise.resolve(tableNow(now)),
      keys: () => Promise.resolve(null),
      refresh: (now) => Promise.resolve(this.refill(now)),
      noteDecision: (processorId, segment, now) => this.#note(processorId, segment, now),
    };
  }

  #note(processorId: ProcessorId, segment: SegmentKey, now: number): void {
    const key = `${processorId} ${segment}`;
    const known = this.#decisions.get(key);
    const firstAtMs = known?.firstAtMs ?? now;
    this.#decisions.set(key, { processorId, segment, count: (known?.count ?? 0) + 1, firstAtMs, lastAtMs: now });
  }
}
