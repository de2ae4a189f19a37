// Every row of the bench: its name, what it says, and which measurement tells it.
import { type CurveName, DECIDE_ROWS, measureCurve, measureDecide } from './decide.ts';
import { freshnessRow } from './freshness.ts';
import { measureBundle, measureStartup } from './bundle.ts';
import { measureRecommend } from './recommend.ts';
import { measureRecord, RECORD_SHAPES } from './record.ts';
import { shardRow } from './shards.ts';
import type { Bench } from '../duel.ts';
import type { Result } from '../result.ts';

export interface Measurement {
  /** Row -> what it says. */
  readonly rows: Readonly<Record<string, string>>;
  readonly run: (bench: Bench) => Promise<readonly Result[]>;
  /** Where single rounds scatter by more than what is left to the figure asked for; left out: the default. */
  readonly rounds?: number;
}

/** Of five rounds of recommendations the median scatters by .03 of the baseline (six runs of one afternoon: .60 to .66), of nine by .02. */
export const CLOSE_ROUNDS = 9;

const RECORD_TEXTS: Readonly<Record<keyof typeof RECORD_SHAPES, string>> = {
  'record-single': 'transactions a second, one a request, to one processor',
  'record-single-16': 'the same from 16 isolates',
  'record-single-many': 'the same from one isolate to 20 processors in 200 segments',
  'record-batch': 'acknowledged transactions a second in batches of 100, to one processor',
  'record-batch-many': 'the same to 20 processors in 200 segments',
};
const [decideOf5, decideOf50, decideScan] = DECIDE_ROWS as [string, string, string];
const CURVE_TEXTS: Readonly<Record<CurveName, string>> = {
  'decide-over-processors': 'cost of 2 to 200 processors: slope of the upper half to the lower',
  'decide-over-rules': 'cost of 0 to 1,000 rules that are all read: slope of the upper half to the lower',
};

export const MEASUREMENTS: readonly Measurement[] = [
  {
    rows: {
      'recommend':
        'recommendations a second: 20 processors, 50 rules, 200 learned segments, authentication, signed decision ids',
      'recommend-p99': 'their 99th percentile under that load',
      'empty': 'the empty Worker beside them',
    },
    run: measureRecommend,
    rounds: CLOSE_ROUNDS,
  },
  ...Object.entries(RECORD_SHAPES).map(([row, shape]) => ({
    rows: { [row]: RECORD_TEXTS[row as keyof typeof RECORD_SHAPES] },
    ...(row === 'record-single' && { rounds: CLOSE_ROUNDS }),
    run: async (bench: Bench) => await measureRecord(bench, { row, ...shape }),
  })),
  {
    rows: {
      [decideOf5]: 'a decision among 5 candidates, without HTTP, in plain Node (microseconds)',
      [decideOf50]: 'among 50, with 200 rules of which 20 speak of the segment',
      [decideScan]: 'among 50, with 200 rules that all speak of it',
    },
    run: measureDecide,
  },
  ...Object.entries(CURVE_TEXTS).map(([row, text]) => ({
    rows: { [row]: text },
    run: async (bench: Bench) => await measureCurve(bench, row as CurveName),
  })),
  {
    rows: {
      'freshness-p99':
        'from the tenth failing result to the last of six isolates under load that no longer recommends the processor, over 30 trips',
    },
    run: freshnessRow,
  },
  {
    rows: {
      'shard-5000': 'results a second that one processor takes on 8 shards; its baseline is the same one undivided',
    },
    run: shardRow,
  },
  { rows: { bundle: 'size of the deployed bundle' }, run: measureBundle },
  { rows: { startup: 'processor time of its start-up (wrangler check startup)' }, run: measureStartup },
];

export const ROWS: Readonly<Record<string, string>> = Object.assign({}, ...MEASUREMENTS.map(({ rows }) => rows));
