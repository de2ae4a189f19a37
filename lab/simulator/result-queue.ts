// Results on their way back: a heap by the time they are told, in order of sending where that is equal.

export interface Parcel<Item> {
  readonly atMs: number;
  readonly order: number;
  readonly item: Item;
}

export class ResultQueue<Item> {
  readonly #heap: Parcel<Item>[] = [];
  #sent = 0;

  push(atMs: number, item: Item): void {
    const heap = this.#heap;
    const parcel: Parcel<Item> = { atMs, order: this.#sent, item };
    this.#sent += 1;
    let place = heap.length;
    heap.push(parcel);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(parcel, heap[above]!)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = parcel;
  }

  /** The next one told before `atMs`. */
  popBefore(atMs: number): Item | null {
    const first = this.#heap[0];
    if (first === undefined || first.atMs >= atMs) return null;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#sink(last);
    return first.item;
  }

  #sink(parcel: Parcel<Item>): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below += 1;
      if (!isBefore(heap[below]!, parcel)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = parcel;
  }
}

const isBefore = <Item>(left: Parcel<Item>, right: Parcel<Item>): boolean =>
  left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
