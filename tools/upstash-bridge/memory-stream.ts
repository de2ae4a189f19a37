// One stream in memory with its consumer groups: what was handed out to whom, how often and when, as Redis 7 keeps it.

export interface EntryId {
  readonly ms: number;
  readonly sequence: number;
}

export interface StreamItem {
  readonly id: EntryId;
  /** Names and values in turn. */
  readonly fields: readonly string[];
}

export interface PendingItem {
  readonly id: EntryId;
  consumer: string;
  deliveredAtMs: number;
  deliveries: number;
}

export interface Group {
  lastDelivered: EntryId;
  /** By id text; in the order of ids, since they are handed out in it. */
  readonly pending: Map<string, PendingItem>;
}

export const FIRST_ID: EntryId = { ms: 0, sequence: 0 };
export const LAST_ID: EntryId = { ms: Infinity, sequence: Infinity };

export const idText = ({ ms, sequence }: EntryId): string => `${ms}-${sequence}`;

export const compareIds = (one: EntryId, other: EntryId): number => one.ms - other.ms || one.sequence - other.sequence;

export const nextId = ({ ms, sequence }: EntryId): EntryId => ({ ms, sequence: sequence + 1 });

export class MemoryStream {
  readonly groups = new Map<string, Group>();
  lastId: EntryId = FIRST_ID;
  #items: StreamItem[] = [];

  get length(): number {
    return this.#items.length;
  }

  /** `null`: not above every id there ever was. */
  add(wanted: EntryId | null, fields: readonly string[], nowMs: number): EntryId | null {
    const id = wanted ?? (nowMs > this.lastId.ms ? { ms: nowMs, sequence: 0 } : nextId(this.lastId));
    if (compareIds(id, this.lastId) <= 0) return null;
    this.lastId = id;
    this.#items.push({ id, fields });
    return id;
  }

  /** From `start` to `end`, both included. */
  range(start: EntryId, end: EntryId, countMax: number): readonly StreamItem[] {
    const found: StreamItem[] = [];
    for (let at = this.#from(start); at < this.#items.length && found.length < countMax; at++) {
      const item = this.#items[at]!;
      if (compareIds(item.id, end) > 0) break;
      found.push(item);
    }
    return found;
  }

  /** The same, newest first. */
  reverseRange(start: EntryId, end: EntryId, countMax: number): readonly StreamItem[] {
    return this.range(start, end, Infinity).toReversed().slice(0, countMax);
  }

  item(id: EntryId): StreamItem | undefined {
    return this.range(id, id, 1)[0];
  }

  remove(id: EntryId): boolean {
    const at = this.#from(id);
    if (this.#items[at] === undefined || compareIds(this.#items[at].id, id) !== 0) return false;
    this.#items.splice(at, 1);
    return true;
  }

  /** Keeps the newest; returns how many went. */
  trim(lengthMax: number): number {
    const excess = Math.max(0, this.#items.length - lengthMax);
    this.#items.splice(0, excess);
    return excess;
  }

  #from(start: EntryId): number {
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareIds(this.#items[middle]!.id, start) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
