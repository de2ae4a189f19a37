// What a routing board knows and how it tells an isolate the difference; when it must ask for what it has not heard.
import {
  createSilence,
  evaluateSilence,
  forgetProcessor,
  noteDecisions,
  noteRow,
  type SilenceState,
} from '../health/silence.ts';
import type { DecisionCount, RegistryUpdate, TableCursor, TableDelta } from './table-exchange.ts';
import type { ProcessorId, SegmentKey } from '../identity.ts';
import type { RegisteredProcessor } from '../processor-config.ts';
import type { SegmentRate, Silence } from './routing-table.ts';
import type { StatusRow } from '../health/status-row.ts';

/** A board that has heard nothing of its sources for this long asks them. */
const REGISTRY_UNHEARD_MS = 2_000;
const ROW_UNHEARD_MS = 5_000;
/** A processor that was given no payment lately is asked seldom, so that its object may sleep. */
const ROW_UNHEARD_AT_REST_MS = 60_000;
/** A call between objects carries 32 MiB, and a segment of a row is about 1 KiB; the board itself has 128 MB. */
export const SEGMENTS_PER_ANSWER = 8_000;
/** Memory of the decision rate: long enough to be smooth, short enough to follow a failover. */
const RATE_WINDOW_MS = 3_000;

interface HeldRow {
  readonly row: StatusRow;
  readonly sequence: number;
}

/** Decisions, those of before counting less the longer ago they are. */
interface FadingCount {
  readonly count: number;
  readonly atMs: number;
}

const faded = ({ count, atMs }: FadingCount, now: number): number => count * Math.exp((atMs - now) / RATE_WINDOW_MS);

function addTo<Key>(counts: Map<Key, FadingCount>, key: Key, count: number, now: number): void {
  const before = counts.get(key);
  counts.set(key, { count: (before === undefined ? 0 : faded(before, now)) + count, atMs: now });
}

const perSecond = (count: FadingCount, now: number): number => (faded(count, now) * 1_000) / RATE_WINDOW_MS;

export class BoardState {
  readonly boardId: string;
  #sequence = 0;
  #update: RegistryUpdate | null = null;
  #registryHeardAt = -Infinity;
  readonly #rows = new Map<ProcessorId, HeldRow>();
  readonly #heardAt = new Map<ProcessorId, number>();
  readonly #decidedAt = new Map<ProcessorId, number>();
  readonly #decisions = new Map<SegmentKey, FadingCount>();
  /** Of these, those that went to processors with a `maxTps`. */
  readonly #toLimited = new Map<SegmentKey, Map<ProcessorId, FadingCount>>();
  readonly #silence: SilenceState = createSilence();

  constructor(boardId: string) {
    this.boardId = boardId;
  }

  get update(): RegistryUpdate | null {
    return this.#update;
  }

  rows(): StatusRow[] {
    return [...this.#rows.values()].map(({ row }) => row);
  }

  /** Takes what the Registry says unless it is older than what is known; `true` if anything changed. */
  acceptUpdate(update: RegistryUpdate, now: number): boolean {
    this.#registryHeardAt = now;
    const known = this.#update;
    if (
      known !== null &&
      update.configuration.version <= known.configuration.version &&
      update.keysVersion <= known.keysVersion
    )
      return false;
    this.#update = update;
    for (const [id, { row }] of this.#rows) if (!this.#belongs(row)) this.#forget(id);
    return true;
  }

  /** Rows are ordered by (epoch, version); what is older, or of a processor that is gone, is dropped. */
  acceptRow(row: StatusRow, now: number): boolean {
    if (!this.#belongs(row)) return false;
    this.#heardAt.set(row.processorId, now);
    const known = this.#rows.get(row.processorId)?.row;
    if (known !== undefined && (row.epoch < known.epoch || (row.epoch === known.epoch && row.version <= known.version)))
      return false;
    this.#sequence += 1;
    this.#rows.set(row.processorId, { row, sequence: this.#sequence });
    noteRow(this.#silence, row);
    return true;
  }

  noteHeard(processorId: ProcessorId, now: number): void {
    this.#heardAt.set(processorId, now);
  }

  noteDecisions(counts: readonly DecisionCount[], now: number): void {
    noteDecisions(this.#silence, counts);
    const limited = new Set(this.#processors().flatMap(({ id, maxTps }) => (maxTps === null ? [] : [id])));
    for (const { processorId, segment, count: reported, firstAtMs, lastAtMs } of counts) {
      this.#decidedAt.set(processorId, now);
      // They were made over the time since the last report, not all at its end.
      const count = faded({ count: reported, atMs: Math.min(now, (firstAtMs + lastAtMs) / 2) }, now);
      addTo(this.#decisions, segment, count, now);
      if (!limited.has(processorId)) continue;
      const ofSegment = this.#toLimited.get(segment) ?? new Map<ProcessorId, FadingCount>();
      this.#toLimited.set(segment, ofSegment);
      addTo(ofSegment, processorId, count, now);
    }
  }

  silences(now: number): { silences: readonly Silence[]; sourceSilent: boolean } {
    return evaluateSilence(this.#silence, now);
  }

  /** `segmentsMax`: rows of no more segments in one answer, if there are several. The difference to what the isolate has; everything, if it comes from another board or another life of this one. */
  delta(cursor: TableCursor | null, now: number, segmentsMax: number = Infinity): TableDelta | null {
    const update = this.#update;
    if (update === null) return null;
    const known = cursor !== null && cursor.boardId === this.boardId ? cursor : null;
    const since = known?.sequence ?? 0;
    const { rows, sequence, hasMore } = this.#rowsSince(since, segmentsMax);
    return {
      cursor: {
        boardId: this.boardId,
        sequence,
        configVersion: update.configuration.version,
        keysVersion: update.keysVersion,
      },
      asOfMs: now,
      configuration: known?.configVersion === update.configuration.version ? null : update.configuration,
      keys: known?.keysVersion === update.keysVersion ? null : update.keys,
      bootstrapVoid: update.bootstrapVoid,
      rows,
      silences: this.silences(now).silences,
      segmentRates: [...this.#decisions].map(([segment, decisions]) => this.#rateOf(segment, decisions, now)),
      ...(hasMore && { hasMore }),
    };
  }

  /** Those that changed longest ago first, so that a part of them ends at a place in the board's changes. */
  #rowsSince(since: number, segmentsMax: number): { rows: StatusRow[]; sequence: number; hasMore: boolean } {
    const changed = [...this.#rows.values()].filter(({ sequence }) => sequence > since);
    changed.sort((one, other) => one.sequence - other.sequence);
    let segments = 0;
    // One row at least, or nobody would ever get on.
    const end = changed.findIndex(({ row }, index) => (segments += row.segments.length) > segmentsMax && index > 0);
    if (end < 0) return { rows: changed.map(({ row }) => row), sequence: this.#sequence, hasMore: false };
    const part = changed.slice(0, end);
    return { rows: part.map(({ row }) => row), sequence: part.at(-1)!.sequence, hasMore: true };
  }

  #rateOf(segment: SegmentKey, decisions: FadingCount, now: number): SegmentRate {
    const toLimited = [...(this.#toLimited.get(segment) ?? [])];
    return {
      segment,
      perSecond: perSecond(decisions, now),
      toLimited: toLimited.map(([processorId, count]) => ({ processorId, perSecond: perSecond(count, now) })),
    };
  }

  #processors(): readonly RegisteredProcessor[] {
    return this.#update?.configuration.processors ?? [];
  }

  registryUnheard(now: number): boolean {
    return now - this.#registryHeardAt > REGISTRY_UNHEARD_MS;
  }

  /** Processors whose last push is too long ago, or whose status has changed by expiry alone. */
  processorsUnheard(now: number): RegisteredProcessor[] {
    return this.#processors().filter(({ id }) => {
      const active = now - (this.#decidedAt.get(id) ?? -Infinity) < ROW_UNHEARD_AT_REST_MS;
      const expired = (this.#rows.get(id)?.row.validUntilMs ?? Infinity) < now;
      const unheardMs = now - (this.#heardAt.get(id) ?? -Infinity);
      return unheardMs > (active || expired ? ROW_UNHEARD_MS : ROW_UNHEARD_AT_REST_MS);
    });
  }

  #belongs(row: StatusRow): boolean {
    if (this.#update === null) return false;
    return this.#update.configuration.processors.some(({ id, epoch }) => id === row.processorId && epoch === row.epoch);
  }

  #forget(id: ProcessorId): void {
    this.#rows.delete(id);
    this.#heardAt.delete(id);
    this.#decidedAt.delete(id);
    forgetProcessor(this.#silence, id);
  }
}
