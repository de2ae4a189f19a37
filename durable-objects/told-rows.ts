// A processor's row as its shards were told it last, for callers who report one result: at most one flight old.
import type { SegmentKey } from '../src/domain/identity.ts';
import type { SegmentRow, StatusRow } from '../src/domain/health/status-row.ts';

export class ToldRows {
  #row: StatusRow | null = null;
  readonly #segments = new Map<SegmentKey, SegmentRow>();

  get isKnown(): boolean {
    return this.#row !== null;
  }

  /** Of some segments or all. */
  told(row: StatusRow): void {
    this.#row = row;
    for (const segment of row.segments) this.#segments.set(segment.segment, segment);
  }

  /** A segment that is new is told of with the next flight. */
  rowOf(only: ReadonlySet<SegmentKey>): StatusRow {
    if (this.#row === null) throw new Error('nobody has told a row');
    return { ...this.#row, segments: [...only].flatMap((key) => this.#segments.get(key) ?? []) };
  }

  forget(): void {
    this.#row = null;
    this.#segments.clear();
  }
}
