// A set of 64-bit keys, each with a fingerprint, in pages of arrival order: which keys are held and when a page may go.
// What a key means, and what follows from finding it, is the ledger's.
import type { Hash64 } from './hash64.ts';

export interface DedupeLimits {
  /** Keys of results that are always kept, counted from the newest. */
  readonly resultsMax: number;
  /** Age until which a key is always kept, unless `resultsMax` newer results are. */
  readonly horizonSeconds: number;
  /** A power of two. */
  readonly pageEntries: number;
}

/** One page as it is stored: 16 bytes an entry, little-endian: low half, high half, fingerprint, arrival in seconds. */
export interface PageBlob {
  /** Counts up from 0; pages are neighbours and only the last may be short. */
  readonly page: number;
  readonly bytes: Uint8Array;
}

/** Stands in the fingerprint of an entry that is no result: a decision that has been joined. */
export const NO_FINGERPRINT = 0;

interface Page {
  readonly number: number;
  readonly words: Uint32Array;
  used: number;
  /** Entries with a fingerprint. */
  results: number;
}

const WORDS_PER_ENTRY = 4;
const BYTES_PER_ENTRY = 16;
/** Page numbers are kept to 19 bits in the index, so that a reference with 12 bits of offset fits 31 bits. */
const REFERENCE_BITS = 31;
const INDEX_SLOTS_MIN = 1024;

export class DedupePages {
  private readonly limits: DedupeLimits;
  private readonly offsetBits: number;
  private readonly pageMask: number;
  private readonly pages: Page[] = [];
  private nextPage = 0;
  private entryCount = 0;
  private resultCount = 0;
  /** Open addressing with linear probing, at most half full: 0, or 1 + the reference of an entry. */
  private index = new Uint32Array(INDEX_SLOTS_MIN);
  private dirtyFrom = 0;
  private dropped: number[] = [];

  constructor(limits: DedupeLimits) {
    this.offsetBits = Math.log2(limits.pageEntries);
    if (!Number.isInteger(this.offsetBits) || this.offsetBits > 12)
      throw new Error('pageEntries is a power of two up to 4,096');
    this.limits = limits;
    this.pageMask = 2 ** (REFERENCE_BITS - this.offsetBits) - 1;
  }

  static load(limits: DedupeLimits, blobs: readonly PageBlob[]): DedupePages {
    const loaded = new DedupePages(limits);
    const sorted = blobs.toSorted((left, right) => left.page - right.page);
    while (loaded.index.length < 2 * sorted.length * limits.pageEntries)
      loaded.index = new Uint32Array(loaded.index.length * 2);
    for (const [at, blob] of sorted.entries()) {
      const entries = blob.bytes.length / BYTES_PER_ENTRY;
      if (!Number.isInteger(entries) || entries < 1 || entries > limits.pageEntries)
        throw new Error(`page ${blob.page} is torn`);
      if (at > 0 && blob.page !== loaded.nextPage)
        throw new Error(`page ${blob.page} does not follow ${loaded.nextPage - 1}`);
      if (at < sorted.length - 1 && entries < limits.pageEntries) throw new Error(`page ${blob.page} is short`);
      loaded.adopt(blob, entries);
    }
    loaded.markClean();
    return loaded;
  }

  get entries(): number {
    return this.entryCount;
  }

  /** Arrival of the newest entry, 0 when there is none. */
  get newestSeconds(): number {
    const newest = this.pages.at(-1);
    return newest === undefined ? 0 : newest.words[(newest.used - 1) * WORDS_PER_ENTRY + 3]!;
  }

  /** Memory of pages and index. */
  get bytesHeld(): number {
    return this.index.byteLength + this.pages.length * this.limits.pageEntries * BYTES_PER_ENTRY;
  }

  /** The fingerprint under this key, -1 if the key is not held. */
  find(key: Hash64): number {
    const { index, pages } = this;
    const first = pages.length > 0 ? pages[0]!.number : 0;
    const mask = index.length - 1;
    for (let slot = key.lo & mask; ; slot = (slot + 1) & mask) {
      const stored = index[slot]!;
      if (stored === 0) return -1;
      const reference = stored - 1;
      const words = pages[((reference >>> this.offsetBits) - first) & this.pageMask]!.words;
      const at = (reference & (this.limits.pageEntries - 1)) * WORDS_PER_ENTRY;
      if (words[at] === key.lo && words[at + 1] === key.hi) return words[at + 2]!;
    }
  }

  eachNewestFirst(take: (lo: number, hi: number, fingerprint: number) => void): void {
    for (const { words, used } of this.pages.toReversed()) {
      for (let at = (used - 1) * WORDS_PER_ENTRY; at >= 0; at -= WORDS_PER_ENTRY)
        take(words[at]!, words[at + 1]!, words[at + 2]!);
    }
  }

  /** Adds a key that is not held; `seconds` never goes back. */
  append(key: Hash64, fingerprint: number, seconds: number): void {
    let page = this.pages.at(-1);
    if (page === undefined || page.used === this.limits.pageEntries) {
      page = {
        number: this.nextPage++,
        words: new Uint32Array(this.limits.pageEntries * WORDS_PER_ENTRY),
        used: 0,
        results: 0,
      };
      this.pages.push(page);
    }
    const at = page.used * WORDS_PER_ENTRY;
    page.words[at] = key.lo;
    page.words[at + 1] = key.hi;
    page.words[at + 2] = fingerprint;
    page.words[at + 3] = seconds;
    this.count(page, fingerprint);
    this.dirtyFrom = Math.min(this.dirtyFrom, page.number);
  }

  /** Drops oldest pages: those wholly past the horizon, and those behind `resultsMax` newer results. */
  evict(seconds: number): void {
    for (let oldest = this.pages[0]; oldest !== undefined; oldest = this.pages[0]) {
      const newestSeconds = oldest.words[(oldest.used - 1) * WORDS_PER_ENTRY + 3]!;
      const expired = seconds - newestSeconds > this.limits.horizonSeconds;
      const outnumbered = this.resultCount - oldest.results >= this.limits.resultsMax;
      // Joins come at most one a result; the second bound holds memory even if they do not.
      const overfull = this.entryCount > 2 * this.limits.resultsMax + this.limits.pageEntries;
      if (!expired && !outnumbered && !overfull) return;
      this.drop(oldest);
    }
  }

  /** Pages changed since `markClean`, whole; the bytes are copies. */
  dirtyPages(): PageBlob[] {
    return this.pages
      .filter((page) => page.number >= this.dirtyFrom)
      .map(({ number, words, used }) => ({
        page: number,
        bytes: new Uint8Array(words.buffer.slice(0, used * BYTES_PER_ENTRY)),
      }));
  }

  /** Numbers of pages dropped since `markClean`; some may never have been stored. */
  droppedPages(): number[] {
    return [...this.dropped];
  }

  markClean(): void {
    this.dirtyFrom = Number.POSITIVE_INFINITY;
    this.dropped = [];
  }

  private adopt(blob: PageBlob, entries: number): void {
    const words = new Uint32Array(this.limits.pageEntries * WORDS_PER_ENTRY);
    new Uint8Array(words.buffer).set(blob.bytes);
    const page: Page = { number: blob.page, words, used: 0, results: 0 };
    this.pages.push(page);
    this.nextPage = blob.page + 1;
    for (let entry = 0; entry < entries; entry++) this.count(page, words[entry * WORDS_PER_ENTRY + 2]!);
  }

  /** Takes the entry at `page.used`, already written, into the index and the counts. */
  private count(page: Page, fingerprint: number): void {
    const offset = page.used++;
    this.entryCount++;
    if (fingerprint !== NO_FINGERPRINT) {
      page.results++;
      this.resultCount++;
    }
    if (this.entryCount * 2 > this.index.length) this.grow();
    else this.insert(page, offset);
  }

  private grow(): void {
    this.index = new Uint32Array(this.index.length * 2);
    for (const page of this.pages) for (let offset = 0; offset < page.used; offset++) this.insert(page, offset);
  }

  private insert(page: Page, offset: number): void {
    const mask = this.index.length - 1;
    let slot = page.words[offset * WORDS_PER_ENTRY]! & mask;
    while (this.index[slot] !== 0) slot = (slot + 1) & mask;
    this.index[slot] = this.stored(page, offset);
  }

  private stored(page: Page, offset: number): number {
    return ((page.number & this.pageMask) * this.limits.pageEntries + offset + 1) >>> 0;
  }

  private drop(page: Page): void {
    for (let offset = 0; offset < page.used; offset++) this.unindex(page, offset);
    this.entryCount -= page.used;
    this.resultCount -= page.results;
    this.pages.shift();
    this.dropped.push(page.number);
  }

  /** Backward-shift deletion: no tombstones, so probes stay as short as in a fresh table. */
  private unindex(page: Page, offset: number): void {
    const { index } = this;
    const mask = index.length - 1;
    const stored = this.stored(page, offset);
    let hole = page.words[offset * WORDS_PER_ENTRY]! & mask;
    while (index[hole] !== stored) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; index[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.lowHalf(index[slot]!) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      index[hole] = index[slot]!;
      hole = slot;
    }
    index[hole] = 0;
  }

  private lowHalf(stored: number): number {
    const reference = stored - 1;
    const page = this.pages[((reference >>> this.offsetBits) - this.pages[0]!.number) & this.pageMask]!;
    return page.words[(reference & (this.limits.pageEntries - 1)) * WORDS_PER_ENTRY]!;
  }
}
