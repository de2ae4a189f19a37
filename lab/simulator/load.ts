// How busy each processor with a limit is, and which part of all the traffic it could take now: both measured over the same last seconds.
import type { Moment } from './episode-shape.ts';
import type { Scenario } from '../scenario-file.ts';

/** Load is measured over about this long, or over as many payments at the limit where that takes longer. */
const MEMORY_MS = 5_000;
const MEMORY_PAYMENTS = 5;

/**
 * An attempt counts itself by half: 1/(n - 1/2) <= ln(n/(n - 1)), so over any stretch of t seconds no sequence of attempts has more than
 * limit x t of them served, but for what the memory holds at its ends.
 */
const OWN_PART = 0.5;

interface Limited {
  readonly limit: number;
  readonly fromFraction: number;
  readonly memoryMs: number;
}

export class Load {
  readonly #limited: readonly (Limited | null)[];
  /** Attempts of the processor, and payments of the whole market, as its memory holds them. */
  readonly #attempts: Float64Array;
  readonly #payments: Float64Array;
  readonly #notedAt: Float64Array;

  constructor({ processors }: Scenario) {
    this.#limited = processors.map(({ maxTps: limit, fromFraction }) =>
      limit === undefined
        ? null
        : { limit, fromFraction, memoryMs: Math.max(MEMORY_MS, (MEMORY_PAYMENTS * 1_000) / limit) },
    );
    this.#attempts = new Float64Array(processors.length);
    this.#payments = new Float64Array(processors.length);
    this.#notedAt = new Float64Array(processors.length);
  }

  /** Share of attempts that a processor over its `maxTps` cannot serve: the excess fails, with errors. */
  overload(processor: number, atMs: number): number {
    const limited = this.#limited[processor]!;
    if (limited === null) return 0;
    const load = perSecond(limited, this.#attempts[processor]! * this.#faded(processor, atMs));
    return load <= limited.limit ? 0 : 1 - limited.limit / load;
  }

  /** Which part of the payments of these seconds it could serve, above 1 if more than all. `Infinity`: it has no limit. */
  room(processor: number, atMs: number): number {
    const limited = this.#limited[processor]!;
    if (limited === null) return Infinity;
    return limited.limit / perSecond(limited, this.#payments[processor]! * this.#faded(processor, atMs));
  }

  /** A retry loads its processor and is no payment more. A processor that comes later has heard of no payment before. */
  note(processor: number, { fraction, atMs }: Moment, isFirst: boolean): void {
    for (let each = 0; each < this.#limited.length; each += 1) {
      const limited = this.#limited[each]!;
      if (limited === null || fraction < limited.fromFraction) continue;
      const kept = this.#faded(each, atMs);
      this.#attempts[each] = this.#attempts[each]! * kept + (each === processor ? 1 : 0);
      this.#payments[each] = this.#payments[each]! * kept + (isFirst ? 1 : 0);
      this.#notedAt[each] = atMs;
    }
  }

  #faded(processor: number, atMs: number): number {
    return Math.exp((this.#notedAt[processor]! - atMs) / this.#limited[processor]!.memoryMs);
  }
}

const perSecond = ({ memoryMs }: Limited, held: number): number => ((held + OWN_PART) * 1_000) / memoryMs;
