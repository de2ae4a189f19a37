// What analytics asks of history: counts that were rolled up before, and what was found of routing; and what the rolling up itself needs.
import type { AttemptCounts, MoneySums } from '../domain/analytics/attempt-counts.ts';
import type { Bucket, Stretch } from '../domain/analytics/stretch.ts';
import type {
  DecisionCounts,
  HourJudgement,
  PolicyTally,
  SampledDecision,
} from '../domain/evaluation/routing-policies.ts';
import type { HistoryReply } from './history-port.ts';
import type { SegmentRecord, SegmentShare } from '../domain/evaluation/surroundings.ts';

/** By what attempts can be told apart, in the order of their columns. */
export const DIMENSIONS = ['processor', 'method', 'country', 'decline_class', 'currency'] as const;
export type Dimension = (typeof DIMENSIONS)[number];
/** Only these; a dimension that is left out: all. */
export type AttemptFilter = Readonly<Partial<Record<Dimension, string>>>;

export interface Counted extends AttemptCounts {
  /** `null`: of several currencies, which nobody can add up. */
  readonly money: MoneySums | null;
}

export interface SummaryRow extends Counted {
  /** `null`: the total. */
  readonly by: Dimension | null;
  /** `null` for the total. */
  readonly key: string | null;
}

/** `keys` as `by` names them. */
export interface SeriesPlace {
  readonly atMs: number;
  readonly keys: readonly string[];
}

export type SeriesPoint = SeriesPlace & Counted;

export interface SeriesQuestion {
  readonly stretch: Stretch;
  readonly bucket: Bucket;
  readonly by: readonly Dimension[];
  readonly filter: AttemptFilter;
  /** Only what comes after it. */
  readonly after: SeriesPlace | null;
  readonly limit: number;
}

export interface RoutingFilter {
  readonly paymentMethod?: string;
  readonly country?: string;
  readonly strategy?: string;
}

export interface RoutingFindings {
  readonly policies: readonly PolicyTally[];
  readonly counts: readonly (DecisionCounts & { readonly traffic: PolicyTally['traffic'] })[];
}

/** Bounded in time. */
export interface AnalyticsPort {
  /** The total, and each dimension alone; of decline classes the failures. */
  summary(stretch: Stretch, filter: AttemptFilter): Promise<HistoryReply<readonly SummaryRow[]>>;
  /** In the order of time and keys; buckets without attempts are left out. */
  series(question: SeriesQuestion): Promise<HistoryReply<readonly SeriesPoint[]>>;
  /** When attempts were rolled up last; `null`: never. */
  rolledUpAtMs(): Promise<HistoryReply<number | null>>;
  /** By the hour of the decision. */
  routing(stretch: Stretch, filter: RoutingFilter): Promise<HistoryReply<RoutingFindings>>;
  /** When decisions were judged last; `null`: never. */
  judgedAtMs(): Promise<HistoryReply<number | null>>;
}

/** For the job that rolls up. */
export interface RollUpPort {
  /** Hours in which attempts were recorded that are not counted yet; the newest first. */
  openHours(limit: number): Promise<HistoryReply<readonly number[]>>;
  /** Counts an hour anew; done again it changes nothing. How many rows were counted. */
  rollUp(hourMs: number, now: number): Promise<HistoryReply<number>>;
  /** Hours of a stretch in which there were decisions, and when each was judged last; `null`: never. */
  decidedHours(stretch: Stretch): Promise<HistoryReply<ReadonlyMap<number, number | null>>>;
  /** At most so many, by lot where there are more. */
  decisionsOf(hourMs: number, limit: number): Promise<HistoryReply<readonly SampledDecision[]>>;
  /** Of whole UTC days. */
  segmentRecords(stretch: Stretch): Promise<HistoryReply<readonly SegmentRecord[]>>;
  /** Of decisions in shadow. */
  merchantChoices(stretch: Stretch): Promise<HistoryReply<readonly SegmentShare[]>>;
  /** In place of what was found of that hour before. */
  keepJudgement(hourMs: number, now: number, judgement: HourJudgement): Promise<HistoryReply<void>>;
}
