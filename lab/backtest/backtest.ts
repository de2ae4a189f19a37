// The whole backtest of a log that was read: replay, judgement, episodes, and the report's numbers.
import { coreHash } from '../runner/source-hash.ts';
import { COURSE_PARTS, Judgement, type Course, type PolicyValue, type Predictive } from './judgement.ts';
import { Offers } from './offers.ts';
import { Replay } from './replay.ts';
import type { Alert } from '../../src/domain/health/alert-book.ts';
import type { AttemptLog } from './attempt-log.ts';
import type { SegmentLevel } from './seed-priors.ts';

export interface Episode {
  /** `*`: all processors of the segment at once. */
  readonly processor: string;
  /** `*`: the whole processor. */
  readonly segment: string;
  readonly kind: Alert['kind'];
  readonly from: string;
  /** `null`: not over at the end of the log. */
  readonly to: string | null;
  readonly reason: string;
  readonly evidence: Alert['evidence'];
  /** An hour at the traffic of that moment; `null`: the log has no amounts. */
  readonly moneyAtRisk: Alert['moneyAtRisk'];
}

export interface BacktestReport {
  /** Hash of the core that decided. */
  readonly core: string;
  readonly log: {
    readonly rows: number;
    /** Judged: a payment's first attempts, each once. */
    readonly firstAttempts: number;
    /** Of a processor and transaction that stood in the log before: they reach the ledger, and are not judged. */
    readonly repeats: number;
    readonly from: string;
    readonly to: string;
    readonly processors: readonly string[];
    readonly segments: readonly string[];
    readonly withPropensity: number;
    readonly ignoredColumns: readonly string[];
  };
  readonly predictive: {
    readonly overall: Predictive;
    readonly processors: readonly (Predictive & { readonly processor: string })[];
  };
  /** Approval of a payment's first attempt; one step at a time (SPEC.md, OPE). */
  readonly value: readonly PolicyValue[];
  readonly episodes: readonly Episode[];
  readonly course: { readonly partMs: number; readonly processors: readonly Course[] };
}

export interface Backtest {
  readonly report: BacktestReport;
  readonly levels: readonly SegmentLevel[];
}

const PROGRESS_ROWS = 5_000;

/** `onProgress`: told now and then how many rows were replayed since it was told last. */
export function backtest(
  log: AttemptLog,
  ignoredColumns: readonly string[],
  onProgress: (rows: number) => void = () => undefined,
): Backtest {
  const attempts = log.inOrderOfAttempts();
  const results = log.inOrderOfResults();
  const span = { fromMs: log.occurredAtMs(attempts[0]!), toMs: log.occurredAtMs(attempts.at(-1)!) };
  const repeats = repeatsOf(log, attempts);
  const judgement = new Judgement(log, span, (row) => repeats.has(row));
  const replay = new Replay(log, new Offers(log));
  let known = 0;
  const learnBefore = (now: number): void => {
    for (; known < results.length && log.recordedAtMs(results[known]!) < now; known += 1) {
      replay.learn(results[known]!);
      judgement.noteResult(results[known]!);
    }
  };
  for (const [index, row] of attempts.entries()) {
    learnBefore(log.occurredAtMs(row));
    judgement.noteAttempt(row, replay.foresee(row));
    if ((index + 1) % PROGRESS_ROWS === 0) onProgress(PROGRESS_ROWS);
  }
  learnBefore(Infinity);
  onProgress(attempts.length % PROGRESS_ROWS);
  const hasAmounts = attempts.some((row) => log.amountMinor(row) !== null);
  const report: BacktestReport = {
    core: coreHash(),
    log: {
      rows: log.count,
      firstAttempts: judgement.firstAttempts,
      repeats: repeats.size,
      from: momentOf(span.fromMs),
      to: momentOf(span.toMs),
      processors: log.processors,
      segments: log.segments,
      withPropensity: judgement.withPropensity,
      ignoredColumns,
    },
    predictive: judgement.predictive(),
    value: judgement.values(),
    episodes: replay.finish().flatMap((alert) => (isPart(alert) ? [] : [episodeOf(alert, hasAmounts)])),
    course: { partMs: (span.toMs - span.fromMs) / COURSE_PARTS, processors: judgement.course() },
  };
  return { report, levels: levelsOf(log, judgement, replay) };
}

/** Once the replay is finished: what it has learned in the end. */
function levelsOf(log: AttemptLog, judgement: Judgement, replay: Replay): SegmentLevel[] {
  return judgement.counts().flatMap(({ processor, segment, count }) => {
    const level = replay.levelOf(processor, segment);
    if (level === null) return [];
    return [{ processor: log.processors[processor]!, segment: log.segments[segment]!, level, count }];
  });
}

/** Rows of a processor and transaction beside the one that counts: its first attempt wherever that stands, else its first row. */
function repeatsOf(log: AttemptLog, attempts: Uint32Array): Set<number> {
  const byIdentity = Float64Array.from(attempts, (row) => log.identity(row)).sort();
  const twice = new Set<number>();
  for (let index = 1; index < byIdentity.length; index += 1)
    if (byIdentity[index] === byIdentity[index - 1]) twice.add(byIdentity[index]!);
  const repeats = new Set<number>();
  if (twice.size === 0) return repeats;
  const seen = new Set<number>();
  for (const isFirst of [true, false])
    for (const row of attempts) {
      const identity = log.identity(row);
      if ((log.attempt(row) === 1) !== isFirst || !twice.has(identity)) continue;
      if (seen.has(identity)) repeats.add(row);
      seen.add(identity);
    }
  return repeats;
}

/** An alert that turned out to be one with another. */
const isPart = ({ reason }: Alert): boolean => reason.startsWith('Part of alt_');

const momentOf = (ms: number): string => new Date(ms).toISOString();

const episodeOf = (alert: Alert, hasAmounts: boolean): Episode => ({
  processor: alert.processorId,
  segment: alert.segment,
  kind: alert.kind,
  from: momentOf(alert.openedAtMs),
  to: alert.closedAtMs === null ? null : momentOf(alert.closedAtMs),
  reason: alert.reason,
  evidence: alert.evidence,
  moneyAtRisk: hasAmounts ? alert.moneyAtRisk : null,
});
