// One simulated experiment: payments fall on two arms by lot and succeed at their arm's rate, and somebody looks as often as can be.
import { judge, type Judging } from '../../src/domain/experiments/judgement.ts';

export interface Setup {
  readonly rateA: number;
  readonly rateB: number;
  readonly shareA: number;
  /** What the experiment believes `shareA` to be. */
  readonly toldShareA: number;
  readonly paymentsMost: number;
  /** Payments between two looks. */
  readonly lookEvery: number;
  readonly judging: Judging;
}

export interface Course {
  /** Payments after which an arm was stopped; `null`: none was. */
  readonly stoppedAfter: number | null;
  readonly losing: 0 | 1 | null;
  /** The true difference was outside of the interval at some look. */
  readonly missed: boolean;
  readonly mismatch: boolean;
}

/** Goes on after a stop, so that later misses of the interval are seen as well. */
export function simulate(setup: Setup, random: () => number): Course {
  const { rateA, rateB, shareA, toldShareA, paymentsMost, lookEvery, judging } = setup;
  const counts: [number, number] = [0, 0];
  const successes: [number, number] = [0, 0];
  let course: Course = { stoppedAfter: null, losing: null, missed: false, mismatch: false };
  for (let payment = 1; payment <= paymentsMost; payment += 1) {
    const arm = random() < shareA ? 0 : 1;
    counts[arm] += 1;
    if (random() < (arm === 0 ? rateA : rateB)) successes[arm] += 1;
    if (payment % lookEvery !== 0) continue;
    const tallyOf = (of: 0 | 1) => ({ count: counts[of], successes: successes[of], open: 0, values: [] });
    const { difference, losing, sampleRatio } = judge([tallyOf(0), tallyOf(1)], toldShareA, judging);
    const truth = rateB - rateA;
    const missed = difference !== null && (truth < difference.low || truth > difference.high);
    const isFirst = losing !== null && course.stoppedAfter === null;
    course = {
      ...(isFirst ? { stoppedAfter: payment, losing } : { stoppedAfter: course.stoppedAfter, losing: course.losing }),
      missed: course.missed || missed,
      mismatch: course.mismatch || sampleRatio.isMismatch,
    };
  }
  return course;
}

export interface Frequencies {
  readonly stops: number;
  readonly rightStops: number;
  readonly misses: number;
  readonly mismatches: number;
  /** Payments until the stop, of those that stopped. */
  readonly medianStop: number | null;
}

export function frequenciesOf(setup: Setup, experiments: number, random: () => number): Frequencies {
  const courses = Array.from({ length: experiments }, () => simulate(setup, random));
  const share = (holds: (course: Course) => boolean): number => courses.filter(holds).length / experiments;
  const worse = setup.rateB < setup.rateA ? 1 : 0;
  const stops = courses.flatMap(({ stoppedAfter }) => stoppedAfter ?? []).sort((one, other) => one - other);
  return {
    stops: share(({ stoppedAfter }) => stoppedAfter !== null),
    rightStops: share(({ losing }) => losing === worse),
    misses: share(({ missed }) => missed),
    mismatches: share(({ mismatch }) => mismatch),
    medianStop: stops[Math.floor(stops.length / 2)] ?? null,
  };
}
