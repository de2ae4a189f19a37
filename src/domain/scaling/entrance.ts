// Who is let in while more calls arrive than one isolate can answer: so many at once by kind, a fair share for each caller, and how a refusal is given.
import { Leases } from './leases.ts';
import { CallerWindow, type PromptBounds } from './caller-window.ts';

/** `recommend`: a checkout waits for it. `record`: whoever sends it can send it again. `other`: people and machines that operate. */
export type CallKind = 'recommend' | 'record' | 'other';

export interface EntranceBounds {
  /** At once while more is wanted for longer than a burst: at most, and at least where calls take long. */
  readonly most: number;
  readonly least: number;
  /** What a call may take on average: while it takes longer, fewer are let in at once. */
  readonly targetMs: number;
  /** At once in a burst: short queues are there to be emptied. */
  readonly burst: number;
  /** One that has not ended by then waits for something else than this isolate, and is not counted: its client may be gone. */
  readonly forgottenMs: number;
}

export const ENTRANCE_BOUNDS: Readonly<Record<CallKind, EntranceBounds>> = {
  recommend: { most: 24, least: 24, targetMs: 20, burst: 256, forgottenMs: 1_000 },
  // Each waits for its object's commit, which takes up to 20 ms and has room for many.
  record: { most: 256, least: 32, targetMs: 200, burst: 512, forgottenMs: 10_000 },
  other: { most: 32, least: 32, targetMs: 1_000, burst: 128, forgottenMs: 10_000 },
};
/** Fewer by this factor, and how often at most. */
const FEWER = 0.85;
const FEWER_EVERY_MS = 100;
/** How many calls the average of what they take looks back on. */
const LOOKED_BACK_ON = 16;
/** What stands for so long is no burst; without a full house for so long it is over. */
const BURST_MS = 200;
const OVER_MS = 500;
/** What recording keeps while recommendations fill their house: results must not stop altogether, for the breakers live by them. */
const RECORD_SHARE = 1 / 8;
/** While a table is awaited calls wait and do not work. */
const AWAITING_TIMES = 16;
/** A caller may be this much ahead of its share of a window. */
const AHEAD_MAX = 8;
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
  #fewerAt = -Infinity;
  #fullSince = -Infinity;
  #fullAt = -Infinity;

  constructor(bounds: EntranceBounds) {
    this.bounds = bounds;
    this.standing = bounds.most;
    this.inside = new Leases(bounds.forgottenMs);
  }

  noteFull(now: number): void {
    if (!this.isPressed(now)) this.#fullSince = now;
    this.#fullAt = now;
  }

  /** A clock that was set back ends it. */
  isPressed(now: number): boolean {
    return now >= this.#fullAt && now - this.#fullAt <= OVER_MS;
  }

  isOverloaded(now: number): boolean {
    return this.isPressed(now) && now - this.#fullSince >= BURST_MS;
  }

  /** Fewer at once where calls take too long; more where they do not, and more are wanted. */
  learn(tookMs: number, now: number): void {
    const { most } = this.bounds;
    this.#tookMs += (Math.max(0, tookMs) - this.#tookMs) / LOOKED_BACK_ON;
    if (this.isSlow) this.letFewer(now);
    else if (this.inside.count > this.standing / 2) this.standing = Math.min(most, this.standing + 1 / this.standing);
  }

  get isSlow(): boolean {
    return this.#tookMs > this.bounds.targetMs;
  }

  letFewer(now: number): void {
    if (Math.abs(now - this.#fewerAt) < FEWER_EVERY_MS) return;
    this.standing = Math.max(this.bounds.least, this.standing * FEWER);
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
      record: new House(bounds.record),
      other: new House(bounds.other),
    };
  }

  /** A pass for `leave`, where half of the house is empty; else CONTESTED. */
  enter(kind: CallKind, weight: number, now: number): number {
    const { inside, standing } = this.#houses[kind];
    inside.turn(now);
    const isHalfEmpty = inside.count + weight <= standing / 2;
    return isHalfEmpty && !this.#yields(kind, now) ? inside.take(weight) : CONTESTED;
  }

  /** For those whom `enter` did not let in. */
  contest({ kind, weight, caller, awaitsTable }: Contest, now: number): number | Turned {
    const house = this.#houses[kind];
    const { inside, standing } = house;
    const after = inside.count + weight;
    // At least one is always inside, however much it weighs.
    const isAlone = inside.count === 0;
    if (!awaitsTable && after > standing) house.noteFull(now);
    const isOverloaded = house.isOverloaded(now);
    const limit = this.#limitOf(kind, isOverloaded, now) * (awaitsTable ? AWAITING_TIMES : 1);
    house.callers.turn(now);
    const isFair = !isOverloaded || house.callers.ahead(caller) < AHEAD_MAX;
    if (!isAlone && (after > limit || !isFair)) {
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
    const { standing, bounds } = this.#houses[kind];
    if (this.#yields(kind, now)) return standing * RECORD_SHARE;
    return isOverloaded ? standing : bounds.burst;
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

const CHECKOUT = ['/api/v1/routing/recommend', '/api/v1/payments/next'];
const RESULTS = ['/api/v1/transactions', '/webhooks/'];

/** Of a request's path. */
export function callKindOf(path: string): CallKind {
  if (CHECKOUT.some((start) => path.startsWith(start))) return 'recommend';
  return RESULTS.some((start) => path.startsWith(start)) ? 'record' : 'other';
}
