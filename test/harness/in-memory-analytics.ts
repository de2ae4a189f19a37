// Analytics in one process: what a test sets is what is told; away, or without a history, when it says so.
import type {
  AnalyticsPort,
  RoutingFindings,
  SeriesPoint,
  SeriesQuestion,
  SummaryRow,
} from '../../src/ports/analytics-port.ts';
import type { HistoryFault, HistoryReply } from '../../src/ports/history-port.ts';

export interface AnalyticsCircumstances {
  history: 'kept' | 'away' | 'none';
  /** Told while it is away. */
  fault: HistoryFault;
  rows: readonly SummaryRow[];
  /** In their order. */
  points: readonly SeriesPoint[];
  findings: RoutingFindings;
  lastMs: number | null;
  readonly asked: SeriesQuestion[];
}

export const noAnalytics = (): AnalyticsCircumstances => ({
  history: 'kept',
  fault: { reason: 'unreachable' },
  rows: [],
  points: [],
  findings: { policies: [], counts: [] },
  lastMs: null,
  asked: [],
});

export function analyticsOf(set: AnalyticsCircumstances): AnalyticsPort | null {
  if (set.history === 'none') return null;
  const told = <Value>(value: Value): Promise<HistoryReply<Value>> =>
    Promise.resolve(set.history === 'away' ? { ok: false, fault: set.fault } : { ok: true, value });
  return {
    summary: () => told(set.rows),
    series: (question) => {
      set.asked.push(question);
      return told(set.points.filter((point) => isBehind(point, question)).slice(0, question.limit));
    },
    rolledUpAtMs: () => told(set.lastMs),
    routing: () => told(set.findings),
    judgedAtMs: () => told(set.lastMs),
  };
}

function isBehind(point: SeriesPoint, { after }: SeriesQuestion): boolean {
  if (after === null || point.atMs > after.atMs) return true;
  return point.atMs === after.atMs && JSON.stringify(point.keys) > JSON.stringify(after.keys);
}
