// The attempt ledger of one processor object: whether a result is new, settles an unknown, repeats or contradicts what is recorded.
// It decides nothing about health; the caller applies the verdict to windows, posteriors and history. Rules: SPEC.md [LED].
import type { CanonicalResult, RecordOutcome, ResultKind, Stage } from './canonical-result.ts';
import { DedupePages, NO_FINGERPRINT, type PageBlob } from './dedupe-pages.ts';
import { hash64, hashHex, parseSalt, type Hash64 } from './hash64.ts';
import { SLOTS, slotOfHash } from './slots.ts';
import {
  UnsettledAttempts,
  type Contribution,
  type UnsettledDrawer,
  type UnsettledRecord,
} from './unsettled-attempts.ts';

export type Verdict =
  | { readonly kind: 'new' }
  /** The final of an unknown attempt: take this contribution out before the final goes in. */
  | { readonly kind: 'settles'; readonly contribution: Contribution }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'conflict' };

export interface LedgerLimits {
  readonly resultsMax: number;
  readonly horizonMs: number;
  readonly unsettledMax: number;
  readonly pageEntries: number;
}

export const LEDGER_LIMITS: LedgerLimits = {
  resultsMax: 1_000_000,
  horizonMs: 86_400_000,
  unsettledMax: 20_000,
  pageEntries: 4_096,
};

/** Over the object's life. The kinds of result do not depend on the order of arrival; the last three do. */
export interface LedgerCounts {
  approved: number;
  declined: number;
  error: number;
  /** Recorded timeouts that no final has settled: falls when one does. */
  timeout: number;
  refunded: number;
  disputed: number;
  settled: number;
  duplicate: number;
  conflict: number;
}

/** What an object stored, handed back in full after an eviction from memory. */
export interface LedgerSnapshot {
  readonly salt: string;
  readonly pages: readonly PageBlob[];
  readonly unsettled: readonly UnsettledRecord[];
  readonly counts: LedgerCounts;
}

const NEW: Verdict = { kind: 'new' };
const DUPLICATE: Verdict = { kind: 'duplicate' };
const CONFLICT: Verdict = { kind: 'conflict' };

/** Key spaces: the stages of an attempt, and joined decisions. Persisted in every key. */
const SPACES: Readonly<Record<Stage | 'join', number>> = { unknown: 0, final: 1, refunded: 2, disputed: 3, join: 4 };
/** 2^32 / golden ratio: keys of one transaction lie far apart in the index. */
const SPACE_STRIDE = 0x9e3779b9;

export function stageOf(result: ResultKind): Stage {
  switch (result) {
    case 'timeout':
      return 'unknown';
    case 'approved':
    case 'declined':
    case 'error':
      return 'final';
    case 'refunded':
    case 'disputed':
      return result;
  }
}

export class Ledger {
  private readonly salt: Hash64;
  private readonly limits: LedgerLimits;
  private readonly keys: DedupePages;
  private readonly unsettled: UnsettledAttempts;
  private readonly tally: LedgerCounts;
  private seconds: number;
  /** Of the attempt that was asked for last: one result asks for its own several times. */
  private readonly id: Hash64 = { lo: 0, hi: 0 };
  private hashedId: string | null = null;
  private idHex: string | null = null;
  private readonly nonce: Hash64 = { lo: 0, hi: 0 };
  private readonly key: Hash64 = { lo: 0, hi: 0 };
  private readonly meaning: Hash64 = { lo: 0, hi: 0 };

  private constructor(snapshot: LedgerSnapshot, limits: Partial<LedgerLimits>) {
    this.limits = { ...LEDGER_LIMITS, ...limits };
    const { resultsMax, horizonMs, unsettledMax, pageEntries } = this.limits;
    this.salt = parseSalt(snapshot.salt);
    this.keys = DedupePages.load(
      { resultsMax, horizonSeconds: Math.ceil(horizonMs / 1000), pageEntries },
      snapshot.pages,
    );
    this.seconds = this.keys.newestSeconds;
    this.unsettled = new UnsettledAttempts(unsettledMax, snapshot.unsettled);
    this.tally = { ...snapshot.counts };
  }

  /** `salt`: 16 hex characters of secret randomness, drawn once per object and stored with it. */
  static create(salt: string, limits: Partial<LedgerLimits> = {}): Ledger {
    const counts = {
      approved: 0,
      declined: 0,
      error: 0,
      timeout: 0,
      refunded: 0,
      disputed: 0,
      settled: 0,
      duplicate: 0,
      conflict: 0,
    };
    return new Ledger({ salt, pages: [], unsettled: [], counts }, limits);
  }

  /** Throws on pages that are torn or not neighbours: they were not written by this class. */
  static load(snapshot: LedgerSnapshot, limits: Partial<LedgerLimits> = {}): Ledger {
    return new Ledger(snapshot, limits);
  }

  /** Judges a result and, if it is new or settles, records it. A new timeout is then to be given to `keepUnsettled`. */
  admit(result: CanonicalResult, nowMs: number): Verdict {
    const seconds = this.advance(nowMs);
    const stage = stageOf(result.result);
    this.hashId(result.transactionId);
    const fingerprint = this.fingerprint(result);
    const held = this.keys.find(this.keyOf('final'));
    const own = stage === 'final' ? held : this.keys.find(this.keyOf(stage));
    if (own !== -1 && !isSameBody(own, fingerprint)) {
      this.tally.conflict++;
      return CONFLICT;
    }
    if (own !== -1 || (stage === 'unknown' && held !== -1)) {
      this.tally.duplicate++;
      return DUPLICATE;
    }
    this.keys.append(this.keyOf(stage), fingerprint, seconds);
    this.tally[result.result]++;
    return stage === 'final' ? this.settle() : NEW;
  }

  /** A result that another object's ledger has judged; what is unknown is kept here all the same. */
  hear(result: CanonicalResult, outcome: RecordOutcome['outcome']): Verdict {
    if (outcome !== 'recorded') {
      this.tally[outcome === 'duplicate' ? 'duplicate' : 'conflict']++;
      return outcome === 'duplicate' ? DUPLICATE : CONFLICT;
    }
    this.tally[result.result]++;
    if (stageOf(result.result) !== 'final') return NEW;
    this.hashId(result.transactionId);
    return this.settle();
  }

  /** Remembers what a new timeout contributed until its final comes, or 20,000 newer ones have. */
  keepUnsettled(result: CanonicalResult, contribution: Contribution): void {
    if (stageOf(result.result) !== 'unknown') throw new Error(`a result ${result.result} is settled`);
    this.unsettled.keep(this.hashOf(result.transactionId), contribution);
  }

  /** True the first time only: a decision teaches once, however many results claim it. */
  joinNonce(nonce: string, nowMs: number): boolean {
    const seconds = this.advance(nowMs);
    hash64(nonce, this.salt, this.nonce);
    const key = this.keyOf('join', this.nonce);
    if (this.keys.find(key) !== -1) return false;
    this.keys.append(key, NO_FINGERPRINT, seconds);
    return true;
  }

  /** The attempt's own hash in hex: the same wherever this object names it. */
  hashOf(transactionId: string): string {
    this.hashId(transactionId);
    this.idHex ??= hashHex(this.id);
    return this.idHex;
  }

  /** The final of an attempt, as long as its key is held; `null`: none is known. */
  heldFinal(transactionId: string): 'approved' | 'declined' | 'error' | null {
    this.hashId(transactionId);
    const held = this.keys.find(this.keyOf('final'));
    return held === -1 ? null : (FINALS[(held >>> BODY_BITS) & ~LOOSE_BIT] ?? null);
  }

  /** Three numbers a key, oldest first: what another object is to know of these slots, of each at most the newest `perSlotMax`. */
  keysOf(slots: ReadonlySet<number>, perSlotMax: number): number[] {
    const taken = new Uint32Array(SLOTS);
    const newestFirst: number[] = [];
    this.keys.eachNewestFirst((lo, hi, fingerprint) => {
      const slot = slotOfHash(hi);
      if (fingerprint === NO_FINGERPRINT || !slots.has(slot) || taken[slot]! >= perSlotMax) return;
      taken[slot]!++;
      newestFirst.push(fingerprint, hi, lo);
    });
    return newestFirst.reverse();
  }

  /** As `keysOf` of another object gave them. They count as no results, and live as long as if they had just come. */
  adoptKeys(keys: readonly number[], nowMs: number): void {
    const seconds = this.advance(nowMs);
    for (let at = 0; at < keys.length; at += 3) {
      const key = { lo: keys[at]!, hi: keys[at + 1]! };
      if (this.keys.find(key) === -1) this.keys.append(key, keys[at + 2]!, seconds);
    }
  }

  counts(): LedgerCounts {
    return { ...this.tally };
  }

  /** Gauges: keys held, attempts unsettled, bytes of the dedupe store. */
  sizes(): { readonly keys: number; readonly unsettled: number; readonly bytes: number } {
    return { keys: this.keys.entries, unsettled: this.unsettled.size, bytes: this.keys.bytesHeld };
  }

  unsettledRecords(): UnsettledRecord[] {
    return this.unsettled.all();
  }

  /** Changes since `markClean`: store these, then call it; `counts` are small and stored every time. */
  dirtyPages(): PageBlob[] {
    return this.keys.dirtyPages();
  }

  droppedPages(): number[] {
    return this.keys.droppedPages();
  }

  dirtyDrawers(): UnsettledDrawer[] {
    return this.unsettled.dirtyDrawers();
  }

  markClean(): void {
    this.keys.markClean();
    this.unsettled.markClean();
  }

  /** A clock that steps back is read as standing still, so that pages stay in order of arrival. */
  private advance(nowMs: number): number {
    this.seconds = Math.max(this.seconds, Math.floor(nowMs / 1000));
    this.keys.evict(this.seconds);
    return this.seconds;
  }

  private hashId(transactionId: string): void {
    if (this.hashedId === transactionId) return;
    hash64(transactionId, this.salt, this.id);
    this.hashedId = transactionId;
    this.idHex = null;
  }

  private keyOf(space: Stage | 'join', of = this.id): Hash64 {
    this.key.lo = (of.lo + SPACES[space] * SPACE_STRIDE) >>> 0;
    this.key.hi = of.hi;
    return this.key;
  }

  private settle(): Verdict {
    if (this.unsettled.size === 0) return NEW;
    this.idHex ??= hashHex(this.id);
    const contribution = this.unsettled.take(this.idHex);
    if (contribution === null) return NEW;
    this.tally.timeout--;
    this.tally.settled++;
    return { kind: 'settles', contribution };
  }

  /** What the result says: its kind, whether more than that is compared, and 29 bits of the rest. Times, latency and fee are left out: a repeat may differ in them. */
  private fingerprint({ result, segment, amountMinor, currency, declineCode, comparedBy }: CanonicalResult): number {
    hash64(`${result}\n${segment}\n${amountMinor}\n${currency}\n${declineCode ?? ''}`, this.salt, this.meaning);
    const head = KIND_BITS[result] | (comparedBy === 'result' ? LOOSE_BIT : 0);
    const fingerprint = ((head << BODY_BITS) | (this.meaning.lo & BODY_MASK)) >>> 0;
    return fingerprint === NO_FINGERPRINT ? 1 : fingerprint;
  }
}

/** The final's own kinds; the other stages have one kind each. Persisted in every fingerprint. */
const KIND_BITS: Readonly<Record<ResultKind, number>> = {
  timeout: 0,
  refunded: 0,
  disputed: 0,
  approved: 1,
  declined: 2,
  error: 3,
};
/** By `KIND_BITS`. */
const FINALS = [null, 'approved', 'declined', 'error'] as const;
const LOOSE_BIT = 4;
const BODY_BITS = 29;
const BODY_MASK = 2 ** BODY_BITS - 1;

/** Of one stage of one attempt. Where either is compared by its result alone, that is all that counts. */
function isSameBody(left: number, right: number): boolean {
  if (left === right) return true;
  const [leftHead, rightHead] = [left >>> BODY_BITS, right >>> BODY_BITS];
  const isLoose = ((leftHead | rightHead) & LOOSE_BIT) !== 0;
  return isLoose && (leftHead & ~LOOSE_BIT) === (rightHead & ~LOOSE_BIT);
}
