// From measured days to figures: Brier score and reliability of the looks, and what was foreseen, how early and how often in vain.
import { PREDICTION_KINDS, type PredictionKind } from '../../src/domain/predictions/prediction.ts';
import { median } from '../../src/domain/predictions/trouble.ts';
import type { JudgedLook, Measured, Told } from './measure-days.ts';

export interface Bin {
  readonly count: number;
  readonly foretold: number;
  readonly came: number;
}

export interface Calibration {
  readonly kind: PredictionKind;
  readonly looks: number;
  /** Share of the looks whose trouble came. */
  readonly baseRate: number;
  readonly brier: number;
  /** Of foretelling the base rate each time. */
  readonly brierOfBaseRate: number;
  /** Mean distance of foretold and come, by tenths, weighed by looks. */
  readonly calibrationError: number;
  readonly bins: readonly Bin[];
}

export interface Warnings {
  readonly told: number;
  readonly confirmed: number;
  readonly foreseen: number;
  readonly leadMedianMinutes: number | null;
  readonly falsePerQuietDay: number;
}

export interface KindFigures {
  readonly calibration: Calibration;
  readonly events: number;
  readonly ours: Warnings;
  readonly rule: Warnings;
}

const BINS = 10;

export function figuresOf(measured: Measured): readonly KindFigures[] {
  return PREDICTION_KINDS.map((kind): KindFigures => {
    const events = measured.events.filter((event) => event.kind === kind);
    return {
      calibration: calibrationOf(kind, measured.looks),
      events: events.length,
      ours: warningsOf(kind, measured, 'ours'),
      rule: warningsOf(kind, measured, 'rule'),
    };
  });
}

function warningsOf(kind: PredictionKind, measured: Measured, who: 'ours' | 'rule'): Warnings {
  const told = measured[who].filter((each) => each.kind === kind);
  const leads = measured.events.flatMap((event) => (event.kind === kind && event[who] !== null ? [event[who]] : []));
  const isFalse = (each: Told): boolean => each.dayKind === 'quiet' && each.leadMinutes === null;
  return {
    told: told.length,
    confirmed: told.filter(({ leadMinutes }) => leadMinutes !== null).length,
    foreseen: leads.length,
    leadMedianMinutes: leads.length === 0 ? null : median(leads),
    falsePerQuietDay: told.filter(isFalse).length / Math.max(1, measured.days.quiet),
  };
}

export function calibrationOf(kind: PredictionKind, all: readonly JudgedLook[]): Calibration {
  const looks = all.filter((look) => look.kind === kind);
  const count = Math.max(1, looks.length);
  const baseRate = looks.filter(({ came }) => came).length / count;
  const brier = looks.reduce((sum, { probability, came }) => sum + (probability - Number(came)) ** 2, 0) / count;
  const bins = Array.from({ length: BINS }, (_, place): Bin => {
    const held = looks.filter(({ probability }) => Math.min(BINS - 1, Math.floor(probability * BINS)) === place);
    const size = Math.max(1, held.length);
    return {
      count: held.length,
      foretold: held.reduce((sum, { probability }) => sum + probability, 0) / size,
      came: held.filter(({ came }) => came).length / size,
    };
  }).filter((bin) => bin.count > 0);
  return {
    kind,
    looks: looks.length,
    baseRate,
    brier,
    brierOfBaseRate: baseRate * (1 - baseRate),
    calibrationError: bins.reduce((sum, bin) => sum + (bin.count / count) * Math.abs(bin.foretold - bin.came), 0),
    bins,
  };
}
