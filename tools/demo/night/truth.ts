// What really happens in the two days of the night demo, minute by minute: the truth that the jobs do not know and are measured by.
import type { Alert } from '../../../src/domain/health/alert-book.ts';
import type { AnomalyKind } from '../../../src/domain/payment-anomalies/detection-limits.ts';
import type { Combination } from '../../../src/domain/localisation/leaf-table.ts';
import type { PredictionKind } from '../../../src/domain/predictions/prediction.ts';

export const DAY_MINUTES = 1_440;
/** What is usual is learned from them. */
export const QUIET_DAYS = 2;
export const PLAYED_DAYS = 2;

export type FaultName = 'outage' | 'brown-out' | 'issuer-wide drop' | 'card testing' | 'latency ramp';

/** What can be found. */
export type SignKind = AnomalyKind | PredictionKind | Alert['kind'];

export interface KnownFault {
  readonly name: FaultName;
  /** In minutes since the first of the played days began; the end is not part of it. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly culprit: Combination;
  /** In a line. */
  readonly what: string;
  /** Findings of these kinds are findings of it, if they blame nobody else. */
  readonly signs: readonly SignKind[];
  /** What it brings about besides, where it is at work: it explains them, and they do not tell of it. */
  readonly afterEffects: readonly SignKind[];
}

/** Traffic that comes back is a change as well: findings of so long after a fault are explained by it. */
export const AFTERMATH_MINUTES = 60;

const at = (day: number, hour: number, minute = 0): number => (day - 1) * DAY_MINUTES + hour * 60 + minute;

const FAILING: readonly SignKind[] = [
  'breaker',
  'technical',
  'success_drop',
  'error_mix',
  'error_rate_rising',
  'breaker_flapping',
];
/** Whoever serves the segments that are hit gets more or less than before. */
const MOVED_TRAFFIC: readonly SignKind[] = ['volume_drop', 'volume_spike', 'capacity_exhausted'];

export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    name: 'outage',
    fromMinute: at(1, 10),
    untilMinute: at(1, 11),
    culprit: { processor: 'processor_a', method: 'PIX' },
    what: 'PIX of processor_a fails, nine attempts of ten',
    signs: FAILING,
    afterEffects: MOVED_TRAFFIC,
  },
  {
    name: 'brown-out',
    fromMinute: at(1, 14),
    untilMinute: at(1, 15, 30),
    culprit: { processor: 'processor_d' },
    what: 'a third of what processor_d is given fails',
    signs: FAILING,
    afterEffects: MOVED_TRAFFIC,
  },
  {
    name: 'issuer-wide drop',
    fromMinute: at(1, 19),
    untilMinute: at(1, 20, 30),
    culprit: { bin: '433333' },
    what: 'the issuer of BIN 433333 declines nearly everything, whoever asks',
    signs: ['approval', 'approval_collapse', 'success_drop', 'decline_mix'],
    afterEffects: MOVED_TRAFFIC,
  },
  {
    name: 'card testing',
    fromMinute: at(2, 10),
    untilMinute: at(2, 10, 40),
    culprit: { bin: '411111' },
    what: 'somebody tries out 25 cards of BIN 411111 a minute',
    signs: ['card_testing', 'velocity'],
    afterEffects: ['approval', 'approval_collapse', 'success_drop', 'decline_mix', 'amount_shift', ...MOVED_TRAFFIC],
  },
  {
    name: 'latency ramp',
    fromMinute: at(2, 13),
    untilMinute: at(2, 16),
    culprit: { processor: 'processor_e' },
    what: 'processor_e becomes slower, up to eight times in three hours',
    signs: ['latency_shift', 'latency_rising'],
    afterEffects: MOVED_TRAFFIC,
  },
];

export const isActive = ({ fromMinute, untilMinute }: KnownFault, minute: number): boolean =>
  minute >= fromMinute && minute < untilMinute;

/** The one whose doing it may be: at work now, or over for less than its aftermath. */
export const explainingFault = (faults: readonly KnownFault[], minute: number): KnownFault | null =>
  faults.find(({ fromMinute, untilMinute }) => minute >= fromMinute && minute < untilMinute + AFTERMATH_MINUTES) ??
  null;

export const activeFault = (minute: number): KnownFault | null =>
  KNOWN_FAULTS.find((fault) => isActive(fault, minute)) ?? null;
