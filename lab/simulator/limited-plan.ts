// The best use of processors with limits at the rates of the moment: who gets the scarce room, and what that room is worth.
import { severity, type Moment } from './episode-shape.ts';
import { transport } from './transport.ts';
import { valueOf, type Market } from './market.ts';

/** In the unit of regret: an approval, or the margin. */
type Value = (processor: number, overload: number) => number;

/** Payments that share one fate. */
interface Group {
  /** The one processor that its segments have, if it has a limit: above it they fail alike, whichever of them are worth more. */
  readonly captor: number | null;
  /** Its part of all payments. */
  readonly supply: number;
  /** By limited processor: what a payment gains there over going where there is always room, or failing. */
  readonly gain: readonly number[];
}

interface Plan {
  readonly rooms: readonly number[];
  readonly flow: readonly (readonly number[])[];
  readonly prices: readonly number[];
}

/** A market of so many cells (segments x processors) is planned anew at each payment, a larger one at every second, and so on. */
const CELLS = 100;
/** More than this is a jump, and planned for at once: an episode's severity, the customers' errors, someone who comes or leaves. */
const JUMP = 0.05;
/** A segment that never comes. */
const SMALLEST_SHARE = 1e-9;
const ALMOST = 1 - 1e-9;

export class LimitedPlan {
  readonly #market: Market;
  readonly #limited: readonly number[];
  readonly #placeOf: ReadonlyMap<number, number>;
  readonly #interval: number;
  #age = 0;
  #state: readonly number[] = [];
  #rooms: readonly number[] = [];
  #groups: readonly Group[] = [];
  /** By segment. */
  #groupOf: readonly number[] = [];
  #plan: Plan = { rooms: [], flow: [], prices: [] };

  constructor(market: Market) {
    const { processors, segments } = market.scenario;
    this.#market = market;
    this.#limited = processors.flatMap(({ maxTps }, processor) => (maxTps === undefined ? [] : [processor]));
    this.#placeOf = new Map(this.#limited.map((processor, place) => [processor, place]));
    this.#interval = Math.ceil((processors.length * segments.length) / CELLS);
  }

  /** To be called at each payment, before its attempt is noted. */
  renew(moment: Moment, userErrorRate: number): void {
    const { scenario, load } = this.#market;
    const state = [
      userErrorRate,
      ...scenario.processors.map((_, processor) => (this.#market.isPresent(processor, moment.fraction) ? 1 : 0)),
      ...scenario.episodes.map((episode) => severity(episode, moment)),
    ];
    this.#rooms = this.#limited.map((processor) => load.room(processor, moment.atMs));
    this.#age += 1;
    const isDue = this.#age >= this.#interval;
    if (this.#groups.length === 0 || hasMoved(this.#state, state, isDue ? 0 : JUMP)) {
      this.#state = state;
      this.#regroup(moment, userErrorRate);
      this.#plan = this.#planned();
    } else if (isDue && hasMoved(this.#plan.rooms, this.#rooms, 0)) this.#plan = this.#planned();
    if (this.#plan.rooms === this.#rooms) this.#age = 0;
  }

  #planned(): Plan {
    const supply = this.#groups.map((group) => group.supply);
    const gain = this.#groups.map((group) => group.gain);
    return { rooms: this.#rooms, ...transport({ supply, room: this.#rooms, gain }) };
  }

  /**
   * What the best use of all processors makes of the segment's payments: what one is worth beside the price of the room that it takes, and
   * the segment's part of that room's worth. With the prices of a plan a little older this still is no less than the best.
   */
  ofPayment(segment: number, processors: readonly number[], value: Value): number {
    const { rooms, flow, prices } = this.#plan;
    const index = this.#groupOf[segment]!;
    const { captor, supply } = this.#groups[index]!;
    const servedAt = (place: number): number => (flow[index]![place]! * this.#rooms[place]!) / (rooms[place]! * supply);
    if (captor !== null) {
      const place = this.#placeOf.get(captor)!;
      const failed = value(captor, 1);
      if (flow[index]![place]! < ALMOST * supply)
        return failed + Math.min(1, servedAt(place)) * (value(captor, 0) - failed);
      return value(captor, 0) + prices[place]! * (servedAt(place) - 1);
    }
    const rents = prices.reduce((sum, price, place) => (price > 0 ? sum + price * servedAt(place) : sum), 0);
    return this.ofRetry(processors, value) + rents;
  }

  /** A retry takes room from the first attempts, and is worth so much less. */
  ofRetry(processors: readonly number[], value: Value): number {
    let best = -Infinity;
    for (const processor of processors) {
      const place = this.#placeOf.get(processor);
      if (place === undefined) best = Math.max(best, value(processor, 0));
      else best = Math.max(best, value(processor, 0) - this.#plan.prices[place]!, value(processor, 1));
    }
    return best;
  }

  #regroup(moment: Moment, userErrorRate: number): void {
    const { scenario, serving } = this.#market;
    const captives = new Map<number, { segments: number[]; supply: number; gained: number }>();
    const groups: Group[] = [];
    const groupOf: number[] = [];
    for (const [segment, { share }] of scenario.segments.entries()) {
      const present = serving[segment]!.filter((processor) => this.#market.isPresent(processor, moment.fraction));
      const supply = Math.max(SMALLEST_SHARE, share);
      const value = this.#valueIn(segment, moment, userErrorRate);
      const gain = this.#gains(present, value);
      const only = present.length === 1 ? this.#placeOf.get(present[0]!) : undefined;
      if (only === undefined) {
        groupOf[segment] = groups.length;
        groups.push({ captor: null, supply, gain });
        continue;
      }
      const captive = captives.get(present[0]!) ?? { segments: [], supply: 0, gained: 0 };
      captives.set(present[0]!, captive);
      captive.segments.push(segment);
      captive.supply += supply;
      captive.gained += supply * gain[only]!;
    }
    for (const [captor, { segments, supply, gained }] of captives) {
      for (const segment of segments) groupOf[segment] = groups.length;
      const gain = this.#limited.map((processor) => (processor === captor ? gained / supply : -Infinity));
      groups.push({ captor, supply, gain });
    }
    this.#groups = groups;
    this.#groupOf = groupOf;
  }

  #gains(present: readonly number[], value: Value): number[] {
    const otherwise = Math.max(...present.map((processor) => value(processor, this.#placeOf.has(processor) ? 1 : 0)));
    return this.#limited.map((processor) =>
      present.includes(processor) ? value(processor, 0) - otherwise : -Infinity,
    );
  }

  #valueIn(segment: number, moment: Moment, userErrorRate: number): Value {
    const unit = this.#market.feesDiffer
      ? this.#market.tariff(this.#market.serving[segment]![0]!, segment).marginMinor
      : 1;
    const asked = { segment, moment, userErrorRate, approvalFactor: 1 };
    return (processor, overload) => valueOf(this.#market, asked, processor, overload) / unit;
  }
}

const hasMoved = (before: readonly number[], now: readonly number[], by: number): boolean =>
  before.some((value, index) => Math.abs(now[index]! - value) > by);
