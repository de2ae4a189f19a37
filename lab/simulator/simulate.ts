// One run: a scenario, a policy and a seed in; what happened, payment by payment, out. The same three give the same run, bit for bit.
import { Arrivals } from './arrivals.ts';
import { attempt, type AttemptResult } from './attempt.ts';
import { feesOf, Market } from './market.ts';
import { resultDelays } from './result-delay.ts';
import { ResultQueue } from './result-queue.ts';
import { PURPOSE, shuffledOrder, stream, uniform } from './random.ts';
import { Clairvoyant } from './clairvoyant.ts';
import type { Alarm, Choice, Feedback, Payment, Policy, PolicyEntry, World } from '../policy.ts';
import type { Moment } from './episode-shape.ts';
import type { Scenario } from '../scenario-file.ts';

/** Lists by payment; processors as the scenario lists them, whatever order the policy saw. */
export interface Run {
  readonly seed: number;
  readonly atMs: Float64Array;
  readonly segment: Uint8Array;
  /** Of the first attempt. */
  readonly processor: Uint8Array;
  readonly approved: Uint8Array;
  /** Over all attempts of the payment: in approvals, or in parts of the margin where fees differ. */
  readonly regret: Float64Array;
  readonly netValueMinor: number;
  readonly attempts: number;
  readonly probes: number;
  readonly alarms: readonly Alarm[] | null;
  /** The scenario's processor at each place of the policy's list. */
  readonly order: readonly number[];
}

export function worldOf(
  scenario: Scenario,
  seed: number,
): { readonly world: World; readonly order: readonly number[] } {
  const order = shuffledOrder(scenario.processors.length, seed);
  const placeOf = order.map((_, processor) => order.indexOf(processor));
  const market = new Market(scenario);
  const world: World = {
    arms: order.map((processor) => {
      const { id, feeMinor, feeBps, maxTps, feeOn, declineFeeMinor } = scenario.processors[processor]!;
      return {
        id,
        feeFixedMinor: feeMinor,
        feeBps,
        maxTps: maxTps ?? null,
        feeOn: feeOn ?? feesOf(scenario).feeOn,
        declineFeeMinor: declineFeeMinor ?? feesOf(scenario).declineFeeMinor,
        segmentFees: scenario.segments.map((_, segment) => market.ownFees(processor, segment)),
      };
    }),
    segments: scenario.segments.map(({ paymentMethod, country, currency, marginBps }) => ({
      paymentMethod,
      country,
      currency,
      marginBps: marginBps ?? feesOf(scenario).marginBps,
    })),
    eligible: market.serving.map((processors) => ascending(processors.map((processor) => placeOf[processor]!))),
    transactions: scenario.transactions,
    seed,
    tableAgeMs: scenario.tableAgeSeconds * 1_000,
  };
  return { world, order };
}

export function simulate(scenario: Scenario, entry: PolicyEntry, seed: number): Run {
  const run = new Simulation(scenario, entry, seed);
  for (let index = 0; index < scenario.transactions; index += 1) run.pay(index);
  return run.result();
}

/** The same list twice is the same object, so that policies may key on it. */
interface Eligible {
  readonly arms: readonly number[];
  readonly processors: readonly number[];
}

interface Waiting {
  readonly feedback: Feedback;
  readonly copies: readonly number[];
}

class Simulation {
  readonly #scenario: Scenario;
  readonly #seed: number;
  readonly #market: Market;
  readonly #clairvoyant: Clairvoyant;
  readonly #arrivals: Arrivals;
  readonly #order: readonly number[];
  readonly #policy: Policy;
  readonly #keepsTable: boolean;
  readonly #draw: () => number;
  readonly #queue = new ResultQueue<Feedback>();
  /** By payment: results that are told only after so many more payments. */
  readonly #waiting = new Map<number, Waiting[]>();
  readonly #lists = new Map<string, Eligible>();
  readonly #startMs: number;
  readonly #comeAndGo: boolean;
  readonly #atMs: Float64Array;
  readonly #segment: Uint8Array;
  readonly #processor: Uint8Array;
  readonly #approved: Uint8Array;
  readonly #regret: Float64Array;
  #netValueMinor = 0;
  #attempts = 0;
  #probes = 0;

  constructor(scenario: Scenario, entry: PolicyEntry, seed: number) {
    const { world, order } = worldOf(scenario, seed);
    this.#scenario = scenario;
    this.#seed = seed;
    this.#order = order;
    this.#market = new Market(scenario);
    this.#clairvoyant = new Clairvoyant(this.#market);
    this.#arrivals = new Arrivals(scenario, seed);
    this.#startMs = this.#arrivals.atMs;
    this.#comeAndGo = scenario.processors.some(({ fromFraction, toFraction }) => fromFraction > 0 || toFraction < 1);
    this.#policy = entry.create(world);
    this.#keepsTable = entry.keepsTable === true;
    this.#draw = stream(seed);
    this.#atMs = new Float64Array(scenario.transactions);
    this.#segment = new Uint8Array(scenario.transactions);
    this.#processor = new Uint8Array(scenario.transactions);
    this.#approved = new Uint8Array(scenario.transactions);
    this.#regret = new Float64Array(scenario.transactions);
  }

  pay(index: number): void {
    const segment = this.#arrivals.next(index);
    const { atMs } = this.#arrivals;
    this.#atMs[index] = atMs;
    this.#segment[index] = segment;
    for (let told = this.#queue.popBefore(atMs); told !== null; told = this.#queue.popBefore(atMs))
      this.#policy.learn(told);
    const moment = { fraction: index / this.#scenario.transactions, atMs };
    const tried = new Set<number>();
    for (let number = 1; ; number += 1) {
      const result = this.#attempt({ index, segment, number, moment, tried });
      if (result === null) break;
      if (result.outcome === 'approved') this.#approved[index] = 1;
      if (!result.soft || number > this.#scenario.cascade.retriesMax) break;
    }
    this.#release(index);
  }

  result(): Run {
    return {
      seed: this.#seed,
      atMs: this.#atMs,
      segment: this.#segment,
      processor: this.#processor,
      approved: this.#approved,
      regret: this.#regret,
      netValueMinor: this.#netValueMinor,
      attempts: this.#attempts,
      probes: this.#probes,
      alarms: this.#policy.alarms?.() ?? null,
      order: this.#order,
    };
  }

  /** `null`: every processor has been tried. */
  #attempt(given: {
    readonly index: number;
    readonly segment: number;
    readonly number: number;
    readonly moment: Moment;
    readonly tried: Set<number>;
  }): AttemptResult | null {
    const { index, segment, number, moment, tried } = given;
    const { arms: eligible, processors } = this.#eligibleNow(segment, moment.fraction, tried);
    if (eligible.length === 0) return null;
    const { amountMinor } = this.#scenario.segments[segment]!;
    const payment: Payment = { index, atMs: moment.atMs, segment, amountMinor, attempt: number };
    const choice = this.#policy.choose(payment, eligible, this.#draw);
    if (!eligible.includes(choice.arm))
      throw new Error(`the policy chose arm ${choice.arm}, which is not among ${eligible.join(', ')}`);
    const processor = this.#order[choice.arm]!;
    tried.add(processor);
    const userErrorRate = this.#market.userErrorRate(moment);
    const approvalFactor = number === 1 ? 1 : this.#scenario.cascade.retryApprovalFactor;
    const { chosen, best, unit } = this.#clairvoyant.stakes({
      segment,
      processors,
      chosen: processor,
      number,
      moment,
      userErrorRate,
      approvalFactor,
    });
    const result = attempt(this.#market, this.#seed, {
      index,
      segment,
      number,
      moment,
      processor,
      userErrorRate,
      approvalFactor,
    });
    this.#note({ index, number, moment, processor, choice, result, regret: (best - chosen) / unit });
    this.#send(payment, choice, result);
    return result;
  }

  #note(told: {
    readonly index: number;
    readonly number: number;
    readonly moment: Moment;
    readonly processor: number;
    readonly choice: Choice;
    readonly result: AttemptResult;
    readonly regret: number;
  }): void {
    if (told.number === 1) this.#processor[told.index] = told.processor;
    this.#regret[told.index]! += told.regret;
    this.#netValueMinor += told.result.earnedMinor - told.result.costMinor;
    this.#attempts += 1;
    if (told.choice.probe) this.#probes += 1;
    this.#market.load.note(told.processor, told.moment, told.number === 1);
  }

  #send(payment: Payment, { arm, propensity }: Choice, result: AttemptResult): void {
    const place = this.#order[arm]! * 16 + payment.attempt;
    const delays = resultDelays(this.#scenario, this.#seed, { index: payment.index, place, lossRate: result.lossRate });
    if (delays.length === 0) return;
    const { outcome, fault, latencyMs, costMinor } = result;
    const copies = delays.map((delayMs) => payment.atMs + latencyMs + delayMs);
    const feedback: Feedback = {
      payment,
      arm,
      propensity,
      outcome,
      reportedAtMs: copies[0]!,
      latencyMs,
      costMinor,
      fault,
    };
    const release = payment.index + this.#scenario.feedback.delayTransactions;
    const waiting = this.#waiting.get(release);
    if (waiting === undefined) this.#waiting.set(release, [{ feedback, copies }]);
    else waiting.push({ feedback, copies });
  }

  /** Hands over what waited for this payment: from the next one on it may be known. */
  #release(index: number): void {
    const { atMs } = this.#arrivals;
    for (const { feedback, copies } of this.#waiting.get(index) ?? [])
      for (const copy of copies) {
        const reportedAtMs = this.#shownAt(Math.max(copy, atMs));
        const isTold = reportedAtMs === feedback.reportedAtMs;
        this.#queue.push(reportedAtMs, isTold ? feedback : { ...feedback, reportedAtMs });
      }
    this.#waiting.delete(index);
  }

  /** Tables are refilled every `tableAgeSeconds`: until the next refill nobody who decides by them knows the result. */
  #shownAt(reportedAtMs: number): number {
    const ageMs = this.#scenario.tableAgeSeconds * 1_000;
    if (ageMs === 0 || this.#keepsTable) return reportedAtMs;
    return this.#startMs + Math.ceil((reportedAtMs - this.#startMs) / ageMs) * ageMs;
  }

  #eligibleNow(segment: number, fraction: number, tried: ReadonlySet<number>): Eligible {
    let key = `${segment}`;
    if (this.#comeAndGo || tried.size > 0)
      for (const processor of this.#market.serving[segment]!)
        key += this.#isOpen(processor, fraction, tried) ? ' 1' : ' 0';
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const arms = ascending(
      this.#market.serving[segment]!.filter((processor) => this.#isOpen(processor, fraction, tried)).map((processor) =>
        this.#order.indexOf(processor),
      ),
    );
    const eligible = { arms, processors: arms.map((arm) => this.#order[arm]!) };
    this.#lists.set(key, eligible);
    return eligible;
  }

  #isOpen(processor: number, fraction: number, tried: ReadonlySet<number>): boolean {
    return !tried.has(processor) && this.#market.isPresent(processor, fraction);
  }
}

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((left, right) => left - right);

/** The seed of a scenario's n-th run, n from 0. */
export function runSeed(scenario: Scenario, number: number): number {
  return Math.floor(uniform(scenario.seed, PURPOSE.shuffle, number, 1) * 2 ** 31);
}
