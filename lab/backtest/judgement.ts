// Collects, payment by payment, how well outcomes were foretold and what other choices would have brought; only a payment's first attempt is judged.
import { Baselines } from './baselines.ts';
import {
  createOffPolicyTally,
  judgeOffPolicy,
  noteChoice,
  type OffPolicyAnswer,
  type OffPolicyTally,
} from '../../src/domain/evaluation/off-policy.ts';
import {
  createQualityTally,
  notePrediction,
  qualityOf,
  type PredictiveQuality,
  type QualityTally,
} from '../../src/domain/evaluation/predictive-quality.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { Foresight } from './replay.ts';

export const PREDICTORS = ['posterior', 'constant', 'last100'] as const;
export type Predictor = (typeof PREDICTORS)[number];
export type Predictive = Readonly<Record<Predictor, PredictiveQuality>>;

export interface PolicyValue {
  /** `learned`, or `always X`. */
  readonly policy: string;
  /** Payments with a propensity for which it could be told what the policy does. */
  readonly payments: number;
  readonly answer: OffPolicyAnswer;
}

/** Approvals by part of the log's time. */
export interface Course {
  readonly processor: string;
  readonly attempts: readonly number[];
  readonly approved: readonly number[];
}

export const COURSE_PARTS = 120;
const SEGMENTS_MAX = 65_536;

type Tallies = Record<Predictor, QualityTally>;
const newTallies = (): Tallies => ({
  posterior: createQualityTally(),
  constant: createQualityTally(),
  last100: createQualityTally(),
});

export class Judgement {
  readonly #log: AttemptLog;
  readonly #isRepeat: (row: number) => boolean;
  readonly #baselines = new Map<number, Baselines>();
  readonly #overall = newTallies();
  readonly #byProcessor: Tallies[];
  readonly #learned = createOffPolicyTally();
  readonly #always: OffPolicyTally[];
  readonly #course: { attempts: Float64Array; approved: Float64Array }[];
  readonly #fromMs: number;
  readonly #partMs: number;
  withPropensity = 0;
  firstAttempts = 0;

  constructor(
    log: AttemptLog,
    span: { readonly fromMs: number; readonly toMs: number },
    isRepeat: (row: number) => boolean,
  ) {
    this.#log = log;
    this.#isRepeat = isRepeat;
    this.#byProcessor = log.processors.map(newTallies);
    this.#always = log.processors.map(createOffPolicyTally);
    this.#course = log.processors.map(() => ({
      attempts: new Float64Array(COURSE_PARTS),
      approved: new Float64Array(COURSE_PARTS),
    }));
    this.#fromMs = span.fromMs;
    this.#partMs = Math.max(1, span.toMs - span.fromMs) / COURSE_PARTS;
  }

  /** Before the result is known to anyone. */
  noteAttempt(row: number, foresight: readonly Foresight[]): void {
    if (!this.#isJudged(row)) return;
    this.firstAttempts += 1;
    const processor = this.#log.processor(row);
    const approved = this.#log.result(row) === 'approved';
    const own = foresight.find((each) => each.processor === processor);
    if (own === undefined) throw new Error('the logged processor was eligible');
    const { constant, last100 } = this.#baselinesOf(row);
    for (const tallies of [this.#overall, this.#byProcessor[processor]!]) {
      notePrediction(tallies.posterior, own.approval, approved);
      notePrediction(tallies.constant, constant, approved);
      notePrediction(tallies.last100, last100, approved);
    }
    const course = this.#course[processor]!;
    const part = Math.min(COURSE_PARTS - 1, Math.floor((this.#log.occurredAtMs(row) - this.#fromMs) / this.#partMs));
    course.attempts[part]! += 1;
    course.approved[part]! += Number(approved);
    this.#noteValue(row, { own, foresight, reward: Number(approved) });
  }

  noteResult(row: number): void {
    if (this.#isJudged(row)) this.#baselinesOf(row).note(this.#log.result(row) === 'approved');
  }

  predictive(): {
    readonly overall: Predictive;
    readonly processors: readonly (Predictive & { readonly processor: string })[];
  } {
    const told = this.#byProcessor.flatMap((tallies, number) => {
      const quality = predictiveOf(tallies);
      return quality === null ? [] : [{ processor: this.#log.processors[number]!, ...quality }];
    });
    const overall = predictiveOf(this.#overall);
    if (overall === null) throw new Error('a log has a first attempt');
    return { overall, processors: told };
  }

  /** The best first; those without a number last. */
  values(): PolicyValue[] {
    const always = this.#always.map((tally, number) => ({
      policy: `always ${this.#log.processors[number]!}`,
      payments: tally.samples,
      answer: judgeOffPolicy(tally),
    }));
    const learned = { policy: 'learned', payments: this.#learned.samples, answer: judgeOffPolicy(this.#learned) };
    return [learned, ...always].sort((left, right) => worthOf(right) - worthOf(left) || right.payments - left.payments);
  }

  /** First attempts, by number of processor and segment. */
  counts(): { readonly processor: number; readonly segment: number; readonly count: number }[] {
    return [...this.#baselines].map(([key, { count }]) => ({
      processor: Math.floor(key / SEGMENTS_MAX),
      segment: key % SEGMENTS_MAX,
      count,
    }));
  }

  course(): Course[] {
    return this.#course.map(({ attempts, approved }, number) => ({
      processor: this.#log.processors[number]!,
      attempts: [...attempts],
      approved: [...approved],
    }));
  }

  #noteValue(
    row: number,
    told: { readonly own: Foresight; readonly foresight: readonly Foresight[]; readonly reward: number },
  ): void {
    const propensity = this.#log.propensity(row);
    if (propensity === null) return;
    this.withPropensity += 1;
    const { own, foresight, reward } = told;
    const predicted = own.approval;
    const expected = foresight.reduce((sum, { probability, approval }) => sum + probability * approval, 0);
    noteChoice(this.#learned, { reward, propensity, probability: own.probability, predicted, expected });
    for (const { processor, approval } of foresight) {
      const probability = processor === own.processor ? 1 : 0;
      noteChoice(this.#always[processor]!, { reward, propensity, probability, predicted, expected: approval });
    }
  }

  #isJudged(row: number): boolean {
    return this.#log.attempt(row) === 1 && !this.#isRepeat(row);
  }

  #baselinesOf(row: number): Baselines {
    const key = this.#log.processor(row) * SEGMENTS_MAX + this.#log.segment(row);
    const known = this.#baselines.get(key);
    if (known !== undefined) return known;
    const made = new Baselines();
    this.#baselines.set(key, made);
    return made;
  }
}

const worthOf = ({ answer }: PolicyValue): number => (answer.ok ? answer.doublyRobust.value : -1);

function predictiveOf(tallies: Tallies): Predictive | null {
  const [posterior, constant, last100] = PREDICTORS.map((name) => qualityOf(tallies[name]));
  return posterior && constant && last100 ? { posterior, constant, last100 } : null;
}
