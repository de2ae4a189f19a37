// What the series of the house and its processors say beside the counts: a score for every finding, and findings of their own where the counts see nothing.
import { areRelated, HOUSE, processorScope, scopeParts } from './scope-name.ts';
import { type Metric, METRICS, type MetricReading, metricsOn, scoreOf, type SeriesWatch } from './series-watch.ts';
import { type RecentMinutes, shareOf } from './recent-minutes.ts';
import type { AnomalyKind } from './detection-limits.ts';
import type { Finding } from './findings.ts';
import type { IncidentBook } from './incident-book.ts';
import { severityOf } from './severity.ts';

/** Which series show what is found; of the others whichever shows most. */
const SHOWN_BY: Readonly<Partial<Record<AnomalyKind, readonly Metric[]>>> = {
  success_drop: ['success_rate', 'technical_error_rate'],
  volume_spike: ['volume'],
  volume_drop: ['volume'],
  latency_shift: ['latency_p95_ms'],
  error_mix: ['success_rate', 'technical_error_rate'],
};
/** What the counts saw so lately has its echo in the series. */
const ECHO_MINUTES = 60;

/** Series of a scope: its own, its processor's, or the house's. */
type SeriesIn = (scope: string) => SeriesWatch | null | undefined;

export function withScores(findings: readonly Finding[], scope: string, seriesIn: SeriesIn): readonly Finding[] {
  const { processorId } = scopeParts(scope);
  const series = seriesIn(scope) ?? seriesIn(processorScope(processorId)) ?? seriesIn(HOUSE);
  if (series === null || series === undefined) return findings;
  return findings.map((each) => ({
    ...each,
    evidence: { ...each.evidence, score: rounded(scoreOf(series, SHOWN_BY[each.kind] ?? METRICS)) },
  }));
}

/** `null`: nothing, or the counts see it themselves, there or where it may show. */
export function seriesFinding(
  series: SeriesWatch,
  recent: RecentMinutes,
  { book, scope, minute }: { readonly book: IncidentBook; readonly scope: string; readonly minute: number },
): Finding | null {
  const [first, ...others] = metricsOn(series);
  if (first === undefined) return null;
  const isOpen = book.open.some((each) => each.scope === scope && each.kind === 'metric_shift');
  if (!isOpen && areCountsAwake(book, scope, minute)) return null;
  const evidence = {
    metric: first.metric,
    observed: rounded(first.observed),
    usual: rounded(first.usual),
    score: rounded(first.score),
    times: rounded(first.times),
    ...(others.length > 0 && { also: others.map(({ metric }) => metric).join(' ') }),
  };
  const gravity = { severity: severityOf('metric_shift', first.times), effect: first.times };
  return { kind: 'metric_shift', ...gravity, evidence, minorAtRiskPerMinute: atRisk(first, recent) };
}

function areCountsAwake({ open, closed }: IncidentBook, scope: string, minute: number): boolean {
  const isAwake = (each: { readonly kind: AnomalyKind; readonly scope: string }): boolean =>
    each.kind !== 'metric_shift' && areRelated(each.scope, scope);
  return (
    open.some(isAwake) || closed.some((each) => isAwake(each) && Math.abs(minute - each.closedMinute!) <= ECHO_MINUTES)
  );
}

function atRisk({ metric, observed, usual }: MetricReading, recent: RecentMinutes): number | null {
  const { attempts, minutes, amountMinor } = recent;
  if (attempts <= 0 || amountMinor <= 0) return null;
  const lostShare =
    metric === 'success_rate' ? usual - observed : metric === 'technical_error_rate' ? observed - usual : 0;
  return lostShare > 0 ? Math.round(lostShare * shareOf(amountMinor, minutes)) : null;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
