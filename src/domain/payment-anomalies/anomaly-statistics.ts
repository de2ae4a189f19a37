// How the finding of anomalies does: what was found, and how much of what people judged was one.
import { ANOMALY_KINDS, type AnomalyKind } from './detection-limits.ts';
import { SEVERITIES, type Severity } from './severity.ts';
import type { PaymentIncident } from './incident-book.ts';
import { wilson } from '../evaluation/wilson.ts';

/** Of an anomaly that was not joined to another. */
export interface AnomalySummary {
  readonly kind: AnomalyKind;
  readonly severity: Severity;
  readonly isOpen: boolean;
  readonly feedback: PaymentIncident['feedback'];
}

export interface Precision {
  readonly judged: number;
  readonly confirmed: number;
  /** Of what was judged, 0-1; `null`: nobody has judged any. */
  readonly precision: number | null;
  /** 95%, of a binomial share (Wilson 1927). */
  readonly low: number | null;
  readonly high: number | null;
}

export interface KindFigures extends Precision {
  readonly kind: AnomalyKind;
  readonly total: number;
  readonly open: number;
}

export interface AnomalyFigures {
  readonly total: number;
  readonly open: number;
  readonly severities: Readonly<Record<Severity, number>>;
  readonly kinds: readonly KindFigures[];
  readonly all: Precision;
}

export function anomalyFigures(kept: readonly AnomalySummary[]): AnomalyFigures {
  const count = (is: (each: AnomalySummary) => boolean): number => kept.filter(is).length;
  const severities = Object.fromEntries(
    SEVERITIES.map((severity) => [severity, count((each) => each.severity === severity)]),
  ) as Record<Severity, number>;
  const kinds = ANOMALY_KINDS.map((kind) => {
    const of = kept.filter((each) => each.kind === kind);
    return { kind, total: of.length, open: of.filter(({ isOpen }) => isOpen).length, ...precisionOf(of) };
  });
  return { total: kept.length, open: count(({ isOpen }) => isOpen), severities, kinds, all: precisionOf(kept) };
}

function precisionOf(of: readonly AnomalySummary[]): Precision {
  const judged = of.filter(({ feedback }) => feedback !== null).length;
  const confirmed = of.filter(({ feedback }) => feedback === 'confirmed').length;
  if (judged === 0) return { judged, confirmed, precision: null, low: null, high: null };
  return { judged, confirmed, precision: confirmed / judged, ...wilson(confirmed, judged) };
}
