// How often this isolate has decided for each processor in each segment, until the next refill tells its board.
import type { DecisionCount } from '../ports/board-port.ts';
import type { ProcessorId, SegmentKey } from '../domain/identity.ts';

type Counting = { -readonly [Field in keyof DecisionCount]: DecisionCount[Field] };

/** By segment, then by processor: a joined key would be made anew, and hashed anew, for every decision. */
export class DecisionCounts {
  readonly #counts = new Map<SegmentKey, Map<ProcessorId, Counting>>();

  note(processorId: ProcessorId, segment: SegmentKey, now: number): void {
    const known = this.#counts.get(segment)?.get(processorId);
    if (known === undefined) {
      this.#keep({ processorId, segment, count: 1, firstAtMs: now, lastAtMs: now });
      return;
    }
    known.count += 1;
    known.lastAtMs = now;
  }

  takeAll(): readonly DecisionCount[] {
    const all = [...this.#counts.values()].flatMap((bySegment) => [...bySegment.values()]);
    this.#counts.clear();
    return all;
  }

  /** What was taken and did not arrive. */
  giveBack(lost: DecisionCount): void {
    const since = this.#counts.get(lost.segment)?.get(lost.processorId);
    if (since === undefined) {
      this.#keep({ ...lost });
      return;
    }
    since.count += lost.count;
    since.firstAtMs = lost.firstAtMs;
  }

  #keep(count: Counting): void {
    const bySegment = this.#counts.get(count.segment);
    if (bySegment === undefined) this.#counts.set(count.segment, new Map([[count.processorId, count]]));
    else bySegment.set(count.processorId, count);
  }
}
