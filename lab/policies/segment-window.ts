// The last outcomes of one segment over all its arms, and what each arm has among them.
import type { Tally } from './klucb.ts';

export class SegmentWindow {
  readonly tallies: readonly Tally[];
  readonly #arms: Uint16Array;
  readonly #approved: Uint8Array;
  #next = 0;
  #length = 0;

  constructor(arms: number, size: number) {
    this.tallies = Array.from({ length: arms }, () => ({ trials: 0, approved: 0 }));
    this.#arms = new Uint16Array(size);
    this.#approved = new Uint8Array(size);
  }

  /** At most the window's size. */
  get length(): number {
    return this.#length;
  }

  add(arm: number, approved: boolean): void {
    const place = this.#next;
    if (this.#length === this.#arms.length) {
      const leaving = this.tallies[this.#arms[place]!]!;
      leaving.trials -= 1;
      leaving.approved -= this.#approved[place]!;
    } else this.#length += 1;
    this.#arms[place] = arm;
    this.#approved[place] = approved ? 1 : 0;
    const tally = this.tallies[arm]!;
    tally.trials += 1;
    if (approved) tally.approved += 1;
    this.#next = (place + 1) % this.#arms.length;
  }
}
