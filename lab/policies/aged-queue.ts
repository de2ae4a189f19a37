// First in, first out, with what is too old thrown out from the front.

export class AgedQueue<Item extends { readonly atMs: number }> {
  #items: Item[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  shift(): Item | null {
    const item = this.#items[this.#head];
    if (item === undefined) return null;
    this.#head += 1;
    // Moving the rest costs nothing on average once it is no more than what was thrown out.
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes the first one out if it is from before `atMs`. */
  shiftBefore(atMs: number): Item | null {
    const first = this.#items[this.#head];
    return first !== undefined && first.atMs < atMs ? this.shift() : null;
  }
}
