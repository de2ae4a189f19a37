// How many are inside, where some never say that they leave: whoever entered longer ago than two spans is not counted any more.

/** A pass is (span, weight) in one number, so that taking one costs no memory. */
const WEIGHTS = 4_096;

export class Leases {
  readonly #spanMs: number;
  /** From 1, so that no pass is 0. */
  #span = 1;
  #since = -Infinity;
  #now = 0;
  #before = 0;

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  get count(): number {
    return this.#now + this.#before;
  }

  /** Before anything else, whenever the time is known. A clock that was set back begins a new span. */
  turn(now: number): void {
    const ageMs = now - this.#since;
    if (ageMs >= 0 && ageMs < this.#spanMs) return;
    const isNext = ageMs >= this.#spanMs && ageMs < 2 * this.#spanMs;
    this.#before = isNext ? this.#now : 0;
    this.#now = 0;
    this.#span += isNext ? 1 : 2;
    this.#since = now;
  }

  /** `weight`: a whole number, 0 to 4,095. */
  take(weight: number): number {
    this.#now += weight;
    return this.#span * WEIGHTS + weight;
  }

  giveBack(pass: number): void {
    const [span, weight] = [Math.floor(pass / WEIGHTS), pass % WEIGHTS];
    if (span === this.#span) this.#now -= weight;
    else if (span === this.#span - 1) this.#before -= weight;
  }
}
