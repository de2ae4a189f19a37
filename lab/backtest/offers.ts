// Who could have been chosen for a logged payment: as the log says, else everyone from its first to its last attempt in the segment.
import type { AttemptLog } from './attempt-log.ts';

interface Presence {
  readonly processor: number;
  fromMs: number;
  toMs: number;
}

export class Offers {
  readonly #log: AttemptLog;
  readonly #presences: Presence[][] = [];
  /** The same list for the same members: `decide` and its callers key on it. */
  readonly #lists = new Map<string, readonly number[]>();

  constructor(log: AttemptLog) {
    this.#log = log;
    for (let row = 0; row < log.count; row += 1) {
      const presences = (this.#presences[log.segment(row)] ??= []);
      const processor = log.processor(row);
      const atMs = log.occurredAtMs(row);
      const known = presences.find((presence) => presence.processor === processor);
      if (known === undefined) presences.push({ processor, fromMs: atMs, toMs: atMs });
      else {
        known.fromMs = Math.min(known.fromMs, atMs);
        known.toMs = Math.max(known.toMs, atMs);
      }
    }
    for (const presences of this.#presences) presences?.sort((left, right) => left.processor - right.processor);
  }

  /** Processors by number, ascending; the logged one is among them. */
  of(row: number): readonly number[] {
    const said = this.#log.eligible(row);
    if (said !== null) return said;
    const atMs = this.#log.occurredAtMs(row);
    const present: number[] = [];
    for (const { processor, fromMs, toMs } of this.#presences[this.#log.segment(row)]!)
      if (fromMs <= atMs && atMs <= toMs) present.push(processor);
    const key = present.join(' ');
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    this.#lists.set(key, present);
    return present;
  }
}
