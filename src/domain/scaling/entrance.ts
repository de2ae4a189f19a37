// Who is let in while more calls arrive than one isolate can answer: so many at once by kind, a fair share for each caller, and how a refusal is given.
import { Leases } from './leases.ts';
import { CallerWindow, type PromptBounds } from './caller-window.ts';

/** `recommend`: a checkout waits for it, and it waits for nobody. `advise`: it waits for its payment's ledger. `record`: whoever sends it can send it again. `other`: people and machines that operate. */
export type CallKind = 'recommend' | 'advise' | 'record' | 'other';

export interface EntranceBounds {
  /** At once while more is wanted for longer than a burst: at most, and at least where the isolate is slow. */
  readonly most: number;
  readonly least: number;
  /** What a call may take on average: while it takes longer, and the isolate is so late on average, fewer are let in at once. */
  readonly targetMs: number;
  readonly lateMs: number;
  /** More inside make a crowd, where it is more than may stand. */
  readonly crowd: number;
  /** At once in a burst: short queues are there to be emptied. */
  readonly burst: number;
  /** One that has not ended by then waits for something else than this isolate, and is not counted: its client may be gone. */
  readonly forgottenMs: number;
}

export const ENTRANCE_BOUNDS: Readonly<Record<CallKind, EntranceBounds>> = {
  recommend: { most: 8, least: 8, targetMs: 20, lateMs: 0, crowd: 24, burst: 256, forgottenMs: 250 },
  advise: { most: 64, least: 64, targetMs: 1_000, lateMs: 0, crowd: 64, burst: 256, forgottenMs: 10_000 },
  // Each waits for its object's commit, wherever in the world that is: many may wait where the isolate itself is idle.
  record: { most: 256, least: 48, targetMs: 20, lateMs: 10, crowd: 64, burst: 256, forgottenMs: 10_000 },
  other: { most: 32, least: 32, targetMs: 1_000, lateMs: 0, crowd: 32, burst: 128, forgottenMs: 10_000 },
};
/** Of those that may stand so many are left each time: fewer the later the isolate is. And how often at most. */
const LEFT_MOST = 0.85;
const LEFT_LEAST = 0.5;
const FEWER_EVERY_MS = 50;
/** How many calls, or looks at the clock, an average looks back on. */
const LOOKED_BACK_ON = 16;
/** A pause of the isolate counts for no more: it says nothing of what comes next. */
const LATE_MAX_MS = 40;
/** What stands for so long is no burst. */
const BURST_MS = 200;
/** It is over where the house was not full for so long, or for so many calls and this long: an isolate that collects garbage sees nobody meanwhile. */
const OVER_MS = 500;
const OVER_CALLS = 512;
const OVER_CALLS_MS = 100;
/** One that comes back so soon is the same. */
const SAME_MS = 1_000;
/** What recording keeps while recommendations fill their house: results must not stop altogether, for the breakers live by them. */
const RECORD_SHARE = 1 / 8;
/** While a table is awaited calls wait and do not work. */
const AWAITING_TIMES = 16;
/** For one that had less than its share so many times as many may be inside: whoever asks seldom does not find the house full of the others, who lose nothing by it. */
const BEHIND_TIMES = 2;
/** Told at once, in a second: to whom and in all. Whoever asks again at once after that waits for its refusal, or refusing would cost what answering does. */
const PROMPT: PromptBounds = { perCaller: 10, inAll: 100 };
/** How long the others wait at least and at most, and how far apart they are told: 250 a second. Where even that is not enough they are told at once. */
const HELD_MIN_MS = 400;
const HELD_MAX_MS = 8_000;
const HELD_APART_MS = 4;
const RETRY_AFTER_SECONDS = 3;
/** A result's body of a batch's size counts for more than a single one's. */
const BYTES_PER_WEIGHT = 8_192;
const UNTOLD_WEIGHT = 16;
const WEIGHT_MAX = 128;

export interface Turned {
  /** 1 to 3, spread so that those turned away do not come back together. */
  readonly retryAfterSeconds: number;
  /** How long the refusal is kept back; 0: not at all. */
  readonly heldMs: number;
}

/** What `enter` says instead of a pass: see `contest`. */
export const CONTESTED = -1;

export interface Contest {
  readonly kind: CallKind;
  readonly weight: number;
  /** As the caller presents itself, unproven: the text of its Authorization header. */
  readonly caller: string;
  /** The isolate's table is too old to answer from, so that calls wait for the next. */
  readonly awaitsTable: boolean;
}

class House {
  readonly bounds: EntranceBounds;
  readonly inside: Leases;
  /** A crowd of one kind takes nothing from those who ask for another. */
  readonly callers = new CallerWindow();
  /** At once, while it is overloaded. */
  standing: number;
  #tookMs = 0;
  #lateMs = 0;
  #fewerAt = -Infinity;
  #fullSince = -Infinity;
  #fullAt = -Infinity;
  #callsSinceFull = 0;
  #overloadedAt = -Infinity;

  constructor(bounds: EntranceBounds) {
    this.bounds = bounds;
    this.standing = bounds.most;
    this.inside = new Leases(bounds.forgottenMs);
  }

  noteFull(now: number): void {
    if (!this.isPressed(now)) this.#fullSince = Math.abs(now - this.#overloadedAt) <= SAME_MS ? now - BURST_MS : now;
    this.#fullAt = now;
    if (now - this.#fullSince >= BURST_MS) this.#overloadedAt = now;
    this.#callsSinceFull = 0;
  }

  /** Without a crowd, at once. */
  get usual(): number {
    return Math.max(this.standing, this.bounds.crowd);
  }

  noteCall(): void {
    this.#callsSinceFull += 1;
  }

  /** A clock that was set back ends it. */
  isPressed(now: number): boolean {
    const agoMs = now - this.#fullAt;
    return agoMs >= 0 && agoMs <= (this.#callsSinceFull < OVER_CALLS ? OVER_MS : OVER_CALLS_MS);
  }

  /** Full for longer than a burst: one instant is none, however long ago it was. */
  isOverloaded(now: number): boolean {
    return this.isPressed(now) && this.#fullAt - this.#fullSince >= BURST_MS;
  }

  /** Fewer at once where it takes too long; more where it does not, and more are wanted. */
  learn(tookMs: number, now: number): void {
    const { most } = this.bounds;
    this.#tookMs += (Math.max(0, tookMs) - this.#tookMs) / LOOKED_BACK_ON;
    if (this.isSlow) this.letFewer(now);
    else if (this.inside.count > this.standing / 2) this.standing = Math.min(most, this.standing + 1 / this.standing);
  }

  get isSlow(): boolean {
    return this.#tookMs > this.bounds.targetMs && this.#lateMs >= this.bounds.lateMs;
  }

  noteLag(lagMs: number): void {
    this.#lateMs += (Math.min(LATE_MAX_MS, Math.max(0, lagMs)) - this.#lateMs) / LOOKED_BACK_ON;
  }

  letFewer(now: number): void {
    if (Math.abs(now - this.#fewerAt) < FEWER_EVERY_MS) return;
    const { least, lateMs } = this.bounds;
    const left = lateMs === 0 ? LEFT_MOST : Math.min(LEFT_MOST, Math.max(LEFT_LEAST, lateMs / this.#lateMs));
    this.standing = Math.max(least, this.standing * left);
    this.#fewerAt = now;
  }
}

export class Entrance {
  readonly #houses: Readonly<Record<CallKind, House>>;
  #turned = 0;
  /** When the last of those that wait is told. */
  #lastToldAt = -Infinity;

  constructor(bounds: Readonly<Record<CallKind, EntranceBounds>> = ENTRANCE_BOUNDS) {
    this.#houses = {
      recommend: new House(bounds.recommend),
      advise: new House(bounds.advise),
      record: new House(bounds.record),
      other: new House(bounds.other),
    };
  }

  /** A pass for `leave`, where half of the house is empty; else CONTESTED. */
  enter(kind: CallKind, weight: number, now: number): number {
    const house = this.#houses[kind];
    const { inside } = house;
    inside.turn(now);
    house.noteCall();
    const isHalfEmpty = inside.count + weight <= (house.isPressed(now) ? house.standing : house.usual) / 2;
    return isHalfEmpty && !this.#yields(kind, now) ? inside.take(weight) : CONTESTED;
  }

  /** For those whom `enter` did not let in. */
  contest({ kind, weight, caller, awaitsTable }: Contest, now: number): number | Turned {
    const house = this.#houses[kind];
    const { inside } = house;
    const after = inside.count + weight;
    // At least one is always inside, however much it weighs.
    const isAlone = inside.count === 0;
    const most = house.isOverloaded(now) ? house.standing : house.usual;
    if (!awaitsTable && after > most) house.noteFull(now);
    const isOverloaded = house.isOverloaded(now);
    house.callers.turn(now);
    const isBehind = isOverloaded && house.callers.isBehind(caller);
    const times = (awaitsTable ? AWAITING_TIMES : 1) * (isBehind ? BEHIND_TIMES : 1);
    if (!isAlone && after > this.#limitOf(kind, isOverloaded, now) * times) {
      if (!awaitsTable) house.noteFull(now);
      return this.#turnAway(house, caller, now);
    }
    house.callers.admit(caller);
    return inside.take(weight);
  }

  /** `tookMs`: what the call took; `null`: it waited for more than this isolate. */
  leave(kind: CallKind, pass: number, tookMs: number | null, now: number): void {
    const house = this.#houses[kind];
    if (tookMs !== null) house.learn(tookMs, now);
    // A recommendation waits for nobody but this isolate: where it is slow, too much else is going on here.
    if (kind === 'recommend' && house.isSlow) this.#houses.record.letFewer(now);
    house.inside.giveBack(pass);
  }

  /** So many results wait that it tells something how late a timer of this isolate comes. */
  get wantsLag(): boolean {
    const { inside, bounds } = this.#houses.record;
    return inside.count >= bounds.least / 2;
  }

  /** `lagMs`: how late a timer came that was due at once; what calls of others wait for is not in it. */
  noteLag(lagMs: number): void {
    this.#houses.record.noteLag(lagMs);
  }

  /** How many are let in at once while more is wanted. */
  standing(kind: CallKind): number {
    return this.#houses[kind].standing;
  }

  /** The caller's key was found good: those whose key nobody knows share one share. */
  know(caller: string): void {
    for (const { callers } of Object.values(this.#houses)) callers.know(caller);
  }

  /** How many were turned away since the isolate began. */
  get turned(): number {
    return this.#turned;
  }

  #yields(kind: CallKind, now: number): boolean {
    return kind === 'record' && this.#houses.recommend.isPressed(now);
  }

  #limitOf(kind: CallKind, isOverloaded: boolean, now: number): number {
    const { standing, usual, bounds } = this.#houses[kind];
    if (this.#yields(kind, now)) return standing * RECORD_SHARE;
    if (!isOverloaded) return bounds.burst;
    // What makes recommendations wait then is not they alone.
    return kind === 'recommend' && this.#houses.record.isPressed(now) ? usual : standing;
  }

  #turnAway({ callers }: House, caller: string, now: number): Turned {
    this.#turned += 1;
    const retryAfterSeconds = 1 + (this.#turned % RETRY_AFTER_SECONDS);
    if (callers.isPrompt(caller, PROMPT)) return { retryAfterSeconds, heldMs: 0 };
    const tellAt = Math.max(now + HELD_MIN_MS, this.#lastToldAt + HELD_APART_MS);
    // Further away is one from before the clock was set back.
    if (tellAt - now > HELD_MAX_MS) return { retryAfterSeconds, heldMs: 0 };
    this.#lastToldAt = tellAt;
    return { retryAfterSeconds, heldMs: tellAt - now };
  }
}

/** `bytes`: as the caller tells them; `null`: it does not. */
export function weightOf(bytes: number | null): number {
  if (bytes === null) return UNTOLD_WEIGHT;
  return Math.min(WEIGHT_MAX, 1 + Math.floor(Math.max(0, bytes) / BYTES_PER_WEIGHT));
}

const STARTS = [
  ['/api/v1/routing/recommend', 'recommend'],
  ['/api/v1/transactions', 'record'],
  ['/webhooks/', 'record'],
  ['/api/v1/payments/next', 'advise'],
] as const;

/** Of a request's path. */
export function callKindOf(path: string): CallKind {
  for (const [start, kind] of STARTS) if (path.startsWith(start)) return kind;
  return 'other';
}
