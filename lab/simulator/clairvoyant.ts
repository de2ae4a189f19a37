// The best that could be made of a payment by one who knows every rate of the moment: the yardstick of regret.
import { LimitedPlan } from './limited-plan.ts';
import { valueOf, type Asked, type Market } from './market.ts';

export interface Stakes {
  /** Expected value of an attempt at the one chosen now, load included. */
  readonly chosen: number;
  /** Of the best use of all processors. */
  readonly best: number;
  /** What 1 percentage point of regret is a hundredth of: an approval, or its margin. */
  readonly unit: number;
}

export interface Question extends Asked {
  readonly processors: readonly number[];
  readonly chosen: number;
  /** 1 for the first attempt. */
  readonly number: number;
}

/** A difference this small is no regret. */
const ROUNDING = 1e-12;

export class Clairvoyant {
  readonly #market: Market;
  readonly #limited: LimitedPlan | null;

  constructor(market: Market) {
    this.#market = market;
    this.#limited = market.hasLimits ? new LimitedPlan(market) : null;
  }

  stakes(question: Question): Stakes {
    const market = this.#market;
    const { segment, processors, moment } = question;
    const unit = market.feesDiffer ? market.tariff(processors[0]!, segment).marginMinor : 1;
    const chosen = valueOf(market, question, question.chosen, market.load.overload(question.chosen, moment.atMs));
    if (this.#limited !== null) {
      const best = this.#bestWithin(this.#limited, question, unit) * unit;
      return { chosen, best: Math.abs(best - chosen) < ROUNDING * unit ? chosen : best, unit };
    }
    let best = chosen;
    for (const processor of processors)
      if (processor !== question.chosen) best = Math.max(best, valueOf(market, question, processor, 0));
    return { chosen, best, unit };
  }

  #bestWithin(limited: LimitedPlan, question: Question, unit: number): number {
    const { segment, processors, moment, userErrorRate } = question;
    const value = (processor: number, overload: number): number =>
      valueOf(this.#market, question, processor, overload) / unit;
    if (question.number > 1) return limited.ofRetry(processors, value);
    limited.renew(moment, userErrorRate);
    return limited.ofPayment(segment, processors, value);
  }
}
