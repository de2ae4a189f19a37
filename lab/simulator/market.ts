// The truth of a scenario at one moment: what each processor does to a payment, what that is worth, and what the best use of all of them would be.
import { severity, type Moment } from './episode-shape.ts';
import { Load } from './load.ts';
import { segmentsNamed, segmentsServed } from '../scenario-check.ts';
import type { Scenario, ScenarioEpisode, ScenarioProcessor } from '../scenario-file.ts';

/** Of one processor in one segment. */
export interface Conduct {
  approvalRate: number;
  errorRate: number;
  timeoutRate: number;
  latencyMs: number;
  /** Share of its results that never arrive. */
  lossRate: number;
}

export interface Tariff {
  readonly feeMinor: number;
  readonly feeOn: 'attempt' | 'approval';
  readonly declineFeeMinor: number;
  /** What an approval earns before fees. */
  readonly marginMinor: number;
}

interface Cell {
  readonly base: Readonly<Conduct>;
  /** The same within its bounds: what holds while no episode does. */
  readonly calm: Readonly<Conduct>;
  readonly episodes: readonly ScenarioEpisode[];
  readonly tariff: Tariff;
}

export class Market {
  readonly scenario: Scenario;
  /** By segment: the processors that serve it, ascending; who is there now is for `present`. */
  readonly serving: readonly (readonly number[])[];
  /** Value is measured in net value where fees differ, else in approvals. */
  readonly feesDiffer: boolean;
  readonly hasLimits: boolean;
  readonly load: Load;
  readonly #own: readonly (readonly OwnNumbers[])[];
  readonly #cells: readonly (readonly (Cell | null)[])[];
  readonly #userErrorEpisodes: readonly ScenarioEpisode[];
  readonly #scratch: Conduct = { approvalRate: 0, errorRate: 0, timeoutRate: 0, latencyMs: 0, lossRate: 0 };

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    const served = scenario.processors.map((_, index) => segmentsServed(scenario, index));
    this.serving = scenario.segments.map((_, segment) =>
      served.flatMap((segments, processor) => (segments.includes(segment) ? [processor] : [])),
    );
    this.#own = scenario.processors.map((_, processor) => ownNumbers(scenario, processor));
    this.#cells = scenario.processors.map((whole, processor) =>
      scenario.segments.map((_, segment) =>
        served[processor]!.includes(segment)
          ? cellOf(scenario, whole, { segment, own: this.#own[processor]![segment]! })
          : null,
      ),
    );
    this.#userErrorEpisodes = scenario.episodes.filter(({ set }) => set?.userErrorRate !== undefined);
    this.hasLimits = scenario.processors.some(({ maxTps }) => maxTps !== undefined);
    this.feesDiffer = scenario.segments.some((_, segment) => {
      const tariffs = this.serving[segment]!.map((processor) => JSON.stringify(this.tariff(processor, segment)));
      return new Set(tariffs).size > 1;
    });
    this.load = new Load(scenario);
  }

  tariff(processor: number, segment: number): Tariff {
    return this.#cells[processor]![segment]!.tariff;
  }

  /** `null`: it does not serve the segment, or takes there what it takes everywhere. */
  ownFees(processor: number, segment: number): { readonly feeFixedMinor: number; readonly feeBps: number } | null {
    const whole = this.scenario.processors[processor]!;
    const { feeMinor, feeBps } = this.#own[processor]![segment]!;
    if (feeMinor === undefined && feeBps === undefined) return null;
    return { feeFixedMinor: feeMinor ?? whole.feeMinor, feeBps: feeBps ?? whole.feeBps };
  }

  isPresent(processor: number, fraction: number): boolean {
    const { fromFraction, toFraction } = this.scenario.processors[processor]!;
    return fraction >= fromFraction && fraction < toFraction;
  }

  userErrorRate(moment: Moment): number {
    let rate = this.scenario.userErrorRate;
    for (const episode of this.#userErrorEpisodes)
      rate += (episode.set!.userErrorRate! - rate) * severity(episode, moment);
    return within(rate);
  }

  /** Without load. Good until the next call. */
  conduct(processor: number, segment: number, moment: Moment): Readonly<Conduct> {
    const { base, calm, episodes } = this.#cells[processor]![segment]!;
    let now: Conduct | null = null;
    for (const episode of episodes) {
      const moved = severity(episode, moment);
      if (moved === 0) continue;
      now ??= copyTo(this.#scratch, base);
      moveTowards(now, episode, moved);
    }
    return now === null ? calm : bound(now);
  }
}

function copyTo(
  to: Conduct,
  { approvalRate, errorRate, timeoutRate, latencyMs, lossRate }: Readonly<Conduct>,
): Conduct {
  to.approvalRate = approvalRate;
  to.errorRate = errorRate;
  to.timeoutRate = timeoutRate;
  to.latencyMs = latencyMs;
  to.lossRate = lossRate;
  return to;
}

function bound(now: Conduct): Conduct {
  now.errorRate = within(now.errorRate);
  now.timeoutRate = Math.min(within(now.timeoutRate), 1 - now.errorRate);
  now.approvalRate = within(now.approvalRate);
  now.lossRate = within(now.lossRate);
  now.latencyMs = Math.max(0, now.latencyMs);
  return now;
}

/** success = (1 - errorRate - timeoutRate) x approvalRate, and no error of the customer's. */
export function successOf(conduct: Readonly<Conduct>, userErrorRate: number, overload: number): number {
  return technicallyWell(conduct, overload) * conduct.approvalRate * (1 - userErrorRate);
}

function technicallyWell({ errorRate, timeoutRate }: Readonly<Conduct>, overload: number): number {
  return (1 - overload) * (1 - errorRate - timeoutRate);
}

/** Expected net value of one attempt in minor units. */
export function netValueOf(
  conduct: Readonly<Conduct>,
  tariff: Tariff,
  { userErrorRate, overload }: { readonly userErrorRate: number; readonly overload: number },
): number {
  const success = successOf(conduct, userErrorRate, overload);
  const declined = technicallyWell(conduct, overload) - success;
  const fees = tariff.feeOn === 'attempt' ? tariff.feeMinor : success * tariff.feeMinor;
  return success * tariff.marginMinor - fees - declined * tariff.declineFeeMinor;
}

export interface Asked {
  readonly segment: number;
  readonly moment: Moment;
  readonly userErrorRate: number;
  /** A retry is approved so much less often; 1 for a first attempt. */
  readonly approvalFactor: number;
}

/** Expected value of one attempt: in approvals, or in minor units where fees differ. */
export function valueOf(market: Market, asked: Asked, processor: number, overload: number): number {
  const { segment, moment, userErrorRate, approvalFactor } = asked;
  const told = market.conduct(processor, segment, moment);
  const conduct = approvalFactor === 1 ? told : { ...told, approvalRate: told.approvalRate * approvalFactor };
  return market.feesDiffer
    ? netValueOf(conduct, market.tariff(processor, segment), { userErrorRate, overload })
    : successOf(conduct, userErrorRate, overload);
}

export type Outcome = 'approved' | 'declined' | 'error' | 'timeout';

export function costOf(tariff: Tariff, outcome: Outcome): number {
  const fee = tariff.feeOn === 'attempt' || outcome === 'approved' ? tariff.feeMinor : 0;
  return fee + (outcome === 'declined' ? tariff.declineFeeMinor : 0);
}

function cellOf(
  scenario: Scenario,
  whole: ScenarioProcessor,
  { segment, own }: { readonly segment: number; readonly own: OwnNumbers },
): Cell {
  const place = scenario.segments[segment]!;
  const told: Performance = { ...whole, ...defined(own) };
  const fees = feesOf(scenario);
  const base = {
    approvalRate: told.approvalRate,
    errorRate: told.errorRate,
    timeoutRate: told.timeoutRate,
    latencyMs: told.latencyMs,
    lossRate: scenario.feedback.lossRate,
  };
  const episodes = scenario.episodes.filter(
    (episode) =>
      (episode.processor === '*' || episode.processor === whole.id) &&
      (episode.segment === undefined || segmentsNamed(scenario, episode.segment).includes(segment)),
  );
  return {
    base,
    calm: episodes.length === 0 ? base : bound({ ...base }),
    episodes,
    tariff: {
      feeMinor: told.feeMinor + (told.feeBps * place.amountMinor) / 10_000,
      feeOn: whole.feeOn ?? fees.feeOn,
      declineFeeMinor: whole.declineFeeMinor ?? fees.declineFeeMinor,
      marginMinor: ((place.marginBps ?? fees.marginBps) * place.amountMinor) / 10_000,
    },
  };
}

/** By segment: what a processor says of itself there alone; the first to name the segment counts. */
function ownNumbers(scenario: Scenario, processor: number): OwnNumbers[] {
  const own: OwnNumbers[] = scenario.segments.map(() => ({}));
  for (const name of (scenario.processors[processor]!.segments ?? []).toReversed())
    if (typeof name === 'object') for (const segment of segmentsNamed(scenario, name)) own[segment] = name;
  return own;
}

/** Where a processor or a segment says nothing of its own. */
export function feesOf({ fees, feeOn, declineFeeMinor, marginBps }: Scenario) {
  return {
    feeOn: fees.feeOn ?? feeOn ?? 'attempt',
    declineFeeMinor: fees.declineFeeMinor ?? declineFeeMinor ?? 0,
    marginBps: fees.marginBps ?? marginBps ?? 10_000,
  };
}

type Performance = Pick<
  ScenarioProcessor,
  'approvalRate' | 'errorRate' | 'timeoutRate' | 'latencyMs' | 'feeMinor' | 'feeBps'
>;
type OwnNumbers = { readonly [Field in keyof Performance]?: number | undefined };

/** A field left out is the processor's. */
function defined(own: OwnNumbers): Partial<Performance> {
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
}

const MOVED = ['approvalRate', 'errorRate', 'timeoutRate', 'latencyMs', 'lossRate'] as const;

function moveTowards(now: Conduct, { set = {}, scale = {} }: ScenarioEpisode, moved: number): void {
  for (const field of MOVED) {
    const target = set[field];
    if (target !== undefined) now[field] += (target - now[field]) * moved;
  }
  if (scale.approvalRate !== undefined) now.approvalRate *= 1 + (scale.approvalRate - 1) * moved;
  if (scale.latencyMs !== undefined) now.latencyMs *= 1 + (scale.latencyMs - 1) * moved;
}

const within = (rate: number): number => Math.min(1, Math.max(0, rate));
