// What really happens in the two days of the night demo, minute by minute: the truth that the jobs do not know and are measured by.
import type { Combination } from '../../../src/domain/localisation/leaf-table.ts';

export const DAY_MINUTES = 1_440;
/** What is usual is learned from them. */
export const QUIET_DAYS = 2;
export const PLAYED_DAYS = 2;

export type FaultName = 'outage' | 'brown-out' | 'issuer-wide drop' | 'card testing' | 'latency ramp';

export interface KnownFault {
  readonly name: FaultName;
  /** In minutes since the first of the played days began; the end is not part of it. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly culprit: Combination;
  /** In a line. */
  readonly what: string;
}

const at = (day: number, hour: number, minute = 0): number => (day - 1) * DAY_MINUTES + hour * 60 + minute;

export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    name: 'outage',
    fromMinute: at(1, 10),
    untilMinute: at(1, 11),
    culprit: { processor: 'processor_a', method: 'PIX' },
    what: 'PIX of processor_a fails, nine attempts of ten',
  },
  {
    name: 'brown-out',
    fromMinute: at(1, 14),
    untilMinute: at(1, 15, 30),
    culprit: { processor: 'processor_d' },
    what: 'a third of what processor_d is given fails',
  },
  {
    name: 'issuer-wide drop',
    fromMinute: at(1, 19),
    untilMinute: at(1, 20, 30),
    culprit: { bin: '433333' },
    what: 'the issuer of BIN 433333 declines nearly everything, whoever asks',
  },
  {
    name: 'card testing',
    fromMinute: at(2, 10),
    untilMinute: at(2, 10, 40),
    culprit: { bin: '411111' },
    what: 'somebody tries out 25 cards of BIN 411111 a minute',
  },
  {
    name: 'latency ramp',
    fromMinute: at(2, 13),
    untilMinute: at(2, 16),
    culprit: { processor: 'processor_e' },
    what: 'processor_e becomes slower, up to eight times in three hours',
  },
];

export const isActive = ({ fromMinute, untilMinute }: KnownFault, minute: number): boolean =>
  minute >= fromMinute && minute < untilMinute;

export const activeFault = (minute: number): KnownFault | null =>
  KNOWN_FAULTS.find((fault) => isActive(fault, minute)) ?? null;

/** Before a fault so long, and after it so long, every minute is watched as it is in a deployment. */
const WATCHED_BEFORE = 15;
const WATCHED_AFTER = 60;
const CALM_EVERY = 10;

/** Whether the crons fire at the end of this minute: in hours in which nothing happens only some of them do, or the demo took twice as long. */
export const isWatched = (minute: number): boolean =>
  (minute + 1) % CALM_EVERY === 0 ||
  KNOWN_FAULTS.some(
    ({ fromMinute, untilMinute }) => minute >= fromMinute - WATCHED_BEFORE && minute < untilMinute + WATCHED_AFTER,
  );
