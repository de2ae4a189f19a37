// Keeps the newest results of one segment, whatever order they arrive in; what they mean is for status.ts and breaker.ts.
import type { ApiResult } from '../results/canonical-result.ts';
import type { SegmentKey } from '../identity.ts';

export interface WindowEntry {
  /** Event time (ms since the epoch); up to 5 min ahead of the clock, and then simply the newest. */
  readonly timeMs: number;
  /** Hash of the attempt's id in hex, of one length: breaks ties of time, so that arrival order never shows. */
  readonly idHash: string;
  readonly result: ApiResult;
  /** What `isTechnicalFailure` says of it. */
  readonly technical: boolean;
  readonly latencyMs: number | null;
  readonly feeMinor: number | null;
  readonly amountMinor: number;
}

/** The seed contract: the last 50 results of those newer than 10 minutes. */
export const WINDOW_ENTRIES_MAX = 50;
export const WINDOW_AGE_MS = 600_000;
/** Event times may be this far ahead of the clock. */
export const FUTURE_MAX_MS = 300_000;
/** 14 settlements may move an entry back in time before the newest 50 could miss one that was pushed out. */
const KEPT_MAX = 64;

type PackedEntry = readonly [number, string, ApiResult, 0 | 1, number | null, number | null, number];
/** Plain JSON, oldest entry first. */
export interface WindowSnapshot {
  readonly format: 1;
  readonly entries: readonly PackedEntry[];
}

export class SegmentWindow {
  /** Oldest first: results mostly arrive in order and are appended. */
  readonly #entries: WindowEntry[] = [];

  static restore(snapshot: WindowSnapshot): SegmentWindow {
    const window = new SegmentWindow();
    for (const [timeMs, idHash, result, technical, latencyMs, feeMinor, amountMinor] of snapshot.entries) {
      window.add({ timeMs, idHash, result, technical: technical === 1, latencyMs, feeMinor, amountMinor });
    }
    return window;
  }

  snapshot(): WindowSnapshot {
    return {
      format: 1,
      entries: this.#entries.map((entry) => [
        entry.timeMs,
        entry.idHash,
        entry.result,
        entry.technical ? 1 : 0,
        entry.latencyMs,
        entry.feeMinor,
        entry.amountMinor,
      ]),
    };
  }

  /** Takes a result seen for the first time (the ledger has filtered duplicates); `false` when 64 newer ones are held. */
  add(entry: WindowEntry): boolean {
    let place = this.#entries.length;
    while (place > 0 && byAge(this.#entries[place - 1]!, entry) > 0) place -= 1;
    if (place === 0 && this.#entries.length === KEPT_MAX) return false;
    if (place === this.#entries.length) this.#entries.push(entry);
    else this.#entries.splice(place, 0, entry);
    if (this.#entries.length > KEPT_MAX) this.#entries.shift();
    return true;
  }

  /** A settlement: the attempt's entry, if still held, gives way to its new result and time. */
  replace(entry: WindowEntry): boolean {
    this.remove(entry.idHash);
    return this.add(entry);
  }

  /** Takes an attempt out: it turned out to belong elsewhere. */
  remove(idHash: string): boolean {
    const held = this.#entries.findIndex(({ idHash: id }) => id === idHash);
    if (held >= 0) this.#entries.splice(held, 1);
    return held >= 0;
  }

  /** After a clock was set back, what it had stamped ahead would outlive and keep out everything that is true. */
  dropFuture(now: number): void {
    while ((this.#entries.at(-1)?.timeMs ?? -Infinity) > now + FUTURE_MAX_MS) this.#entries.pop();
  }

  /** The newest 50 of those newer than 10 minutes, and not further ahead than a clock may be, newest first. */
  entriesWithin(now: number): WindowEntry[] {
    const { last, first } = this.#bounds(now);
    const within: WindowEntry[] = [];
    for (let index = last; index >= first; index -= 1) within.push(this.#entries[index]!);
    return within;
  }

  /** Those of `entriesWithin`, without a list of them. */
  runWithin(now: number, source: number): Run {
    const { last, first } = this.#bounds(now);
    return { entries: this.#entries, place: last, end: first - 1, step: -1, source };
  }

  /** How many `entriesWithin` gives. */
  countWithin(now: number): number {
    const { last, first } = this.#bounds(now);
    return last - first + 1;
  }

  /** `technicalTally` of `entriesWithin`: asked with every result, and so without a list of them. */
  tallyWithin(now: number, sinceMs: number): TechnicalTally {
    const { last, first } = this.#bounds(now);
    let technical = 0;
    // By age, so that what is too old for the caller comes first.
    let oldest = first;
    while (oldest <= last && this.#entries[oldest]!.timeMs < sinceMs) oldest += 1;
    for (let index = oldest; index <= last; index += 1) if (this.#entries[index]!.technical) technical += 1;
    return { total: last - oldest + 1, technical };
  }

  /** Places of the newest and the oldest entry that count at this moment; `last < first`: none does. */
  #bounds(now: number): { readonly last: number; readonly first: number } {
    const entries = this.#entries;
    let last = entries.length - 1;
    while (last >= 0 && entries[last]!.timeMs > now + FUTURE_MAX_MS) last -= 1;
    const earliest = Math.max(0, last - WINDOW_ENTRIES_MAX + 1);
    let first = last + 1;
    // From the old end, for in traffic all of them are young.
    if (last >= 0 && now - entries[earliest]!.timeMs < WINDOW_AGE_MS) first = earliest;
    else while (first > earliest && now - entries[first - 1]!.timeMs < WINDOW_AGE_MS) first -= 1;
    return { last, first };
  }
}

/** The processor's own window: the newest 50 over all its segments, newest first. */
export function mergeWindows(windows: Iterable<SegmentWindow>, now: number): WindowEntry[] {
  return newestOf(runsWithin(windows, now), entryOf);
}

/** The newest 50 of lists that are newest first. */
export function newestEntries(lists: readonly (readonly WindowEntry[])[]): WindowEntry[] {
  const runs = lists.map((entries, source): Run => ({ entries, place: 0, end: entries.length, step: 1, source }));
  return newestOf(runs, entryOf);
}

const entryOf = (entry: WindowEntry): WindowEntry => entry;

function runsWithin(windows: Iterable<SegmentWindow>, now: number): Run[] {
  const runs: Run[] = [];
  for (const window of windows) runs.push(window.runWithin(now, runs.length));
  return runs;
}

/**
 * Share of each segment in the processor's own window, 0-1. Counted there and not window by window, because
 * every segment's window is full at 50: a tenth of the traffic would look like half of it.
 */
export function windowShares(windows: ReadonlyMap<SegmentKey, SegmentWindow>, now: number): Map<SegmentKey, number> {
  const keys = [...windows.keys()];
  const origins = newestOf(runsWithin(windows.values(), now), (_entry, source) => keys[source]!);
  const shares = new Map<SegmentKey, number>();
  for (const key of origins) shares.set(key, (shares.get(key) ?? 0) + 1 / origins.length);
  return shares;
}

export interface TechnicalTally {
  readonly total: number;
  readonly technical: number;
}

/** Attempts and technical failures among entries of `sinceMs` or later: what a breaker's rate rule looks at. */
export function technicalTally(entries: readonly WindowEntry[], sinceMs: number): TechnicalTally {
  let total = 0;
  let technical = 0;
  for (const entry of entries) {
    if (entry.timeMs < sinceMs) continue;
    total += 1;
    if (entry.technical) technical += 1;
  }
  return { total, technical };
}

/** What is left of a source, newest first: from `place` by `step` to before `end`. */
interface Run {
  readonly entries: readonly WindowEntry[];
  place: number;
  readonly end: number;
  readonly step: 1 | -1;
  readonly source: number;
}

/** The newest 50, by a heap of the runs: a processor may have 200 segments, and is asked with every result. */
function newestOf<Out>(runs: readonly Run[], pick: (entry: WindowEntry, source: number) => Out): Out[] {
  const heap = runs.filter(({ place, end }) => place !== end);
  for (let place = (heap.length >> 1) - 1; place >= 0; place -= 1) sink(heap, place);
  const merged: Out[] = [];
  while (heap.length > 0 && merged.length < WINDOW_ENTRIES_MAX) {
    const newest = heap[0]!;
    merged.push(pick(newest.entries[newest.place]!, newest.source));
    newest.place += newest.step;
    if (newest.place === newest.end) {
      const last = heap.pop()!;
      if (heap.length === 0) break;
      heap[0] = last;
    }
    sink(heap, 0);
  }
  return merged;
}

/** Of entries of one age the first source's comes first. */
function precedes(left: Run, right: Run): boolean {
  const age = byAge(left.entries[left.place]!, right.entries[right.place]!);
  return age === 0 ? left.source < right.source : age > 0;
}

function sink(heap: Run[], from: number): void {
  const run = heap[from]!;
  let place = from;
  for (let child = 2 * place + 1; child < heap.length; child = 2 * place + 1) {
    if (child + 1 < heap.length && precedes(heap[child + 1]!, heap[child]!)) child += 1;
    if (!precedes(heap[child]!, run)) break;
    heap[place] = heap[child]!;
    place = child;
  }
  heap[place] = run;
}

/** Negative when `left` is older. */
function byAge(left: WindowEntry, right: WindowEntry): number {
  if (left.timeMs !== right.timeMs) return left.timeMs - right.timeMs;
  if (left.idHash === right.idHash) return 0;
  return left.idHash < right.idHash ? -1 : 1;
}
