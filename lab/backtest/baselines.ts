// What the posterior is compared with: a rate taken for constant, and the mean of the last hundred; both hear of a result when the posterior does.

/** Half an approval and half a failure beforehand (Jeffreys), so that neither is ever certain. */
const PRIOR = 0.5;
const RECENT = 100;

export class Baselines {
  readonly #recent = new Uint8Array(RECENT);
  #recentApproved = 0;
  approved = 0;
  count = 0;

  note(approved: boolean): void {
    const place = this.count % RECENT;
    this.#recentApproved += Number(approved) - this.#recent[place]!;
    this.#recent[place] = Number(approved);
    this.approved += Number(approved);
    this.count += 1;
  }

  /** All results so far. */
  get constant(): number {
    return (this.approved + PRIOR) / (this.count + 2 * PRIOR);
  }

  get last100(): number {
    return (this.#recentApproved + PRIOR) / (Math.min(RECENT, this.count) + 2 * PRIOR);
  }
}
