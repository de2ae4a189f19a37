// `node bench/scale-model.ts`: what 100,000 recommendations and 20,000 results a second world-wide ask of each part, as markdown: the tables of docs/scale.md.
import { KNOBS, monthlyCost, PRICES, rowsPerSecond } from './cost-model.ts';
import { markdownTable } from '../lab/report/overview.ts';

/** Each was measured by what stands beside it, on the machine of docs/performance.md. */
export const MEASURED = {
  /** `npm run bench -- --only recommend`: 4,889 a second on one thread, everything included. */
  recommendMs: 0.204,
  /** `node bench/table-size.ts 100 50`: bytes of a segment's row in a refill, and processor time of the board that sends it and of the isolate that takes it. */
  segmentRowBytes: 1_072,
  sendSegmentMs: 0.003_25,
  takeSegmentMs: 0.004_1,
  /** docs/decisions/0011: processor time of a result in the processor's own object, beside its shards. */
  foldMs: 0.006_5,
  /** `node bench/history-drain.ts`. */
  drainRowsPerSecond: 43_900,
  /** JSON of a result in the journal; a row of history is about as long. */
  resultBytes: 400,
} as const;

/** Of Cloudflare's documentation. */
export const DOCUMENTED = {
  /** "Soft limit" of one object. */
  objectRequestsPerSecond: 1_000,
  /** Where an object may be asked to live. */
  locationHints: 9,
} as const;

export interface House {
  readonly recommendationsPerSecond: number;
  readonly resultsPerSecond: number;
  readonly processors: number;
  /** Segments that each serves, all of them used every second. */
  readonly segments: number;
  /** Part of the results that the busiest processor gets. */
  readonly busiest: number;
  /** Isolates that answer, all over the world. */
  readonly isolates: number;
  readonly boards: number;
  /** How old a table may be, ms. */
  readonly tableAgeMs: number;
}

export const WORLD: House = {
  recommendationsPerSecond: 100_000,
  resultsPerSecond: 20_000,
  processors: 50,
  segments: 50,
  busiest: 0.2,
  isolates: 2_000,
  boards: DOCUMENTED.locationHints,
  tableAgeMs: KNOBS.tableAgeMs,
};

/** Requests a second at which a processor gets another shard: SHARD_REQUESTS_PER_SECOND x SHARD_SCALE_UP_THRESHOLD. */
const SHARD_FULL = 350;

export interface Demand {
  /** Parts of a core. */
  readonly isolateChoosing: number;
  readonly isolateTaking: number;
  readonly boardSending: number;
  readonly boardRequestsPerSecond: number;
  readonly refillBytes: number;
  readonly busiestShards: number;
  readonly busiestFold: number;
  readonly objects: number;
  readonly rowsWrittenPerSecond: number;
  readonly historyShare: number;
  readonly historyBytesPerDay: number;
  /** Isolates that the boards can serve with everything changing between two refills. */
  readonly isolatesMax: number;
}

export function demandOf(house: House): Demand {
  const { recommendationsPerSecond, resultsPerSecond, processors, segments, isolates, boards } = house;
  const refillsPerSecond = 1_000 / house.tableAgeMs;
  const rows = processors * segments;
  const busiest = resultsPerSecond * house.busiest;
  const shardsOf = (calls: number): number => (calls <= SHARD_FULL ? 1 : Math.ceil(calls / SHARD_FULL));
  const others = (resultsPerSecond - busiest) / (processors - 1);
  const sendS = (rows * MEASURED.sendSegmentMs) / 1_000;
  return {
    isolateChoosing: ((recommendationsPerSecond / isolates) * MEASURED.recommendMs) / 1_000,
    isolateTaking: (refillsPerSecond * rows * MEASURED.takeSegmentMs) / 1_000,
    boardSending: (isolates / boards) * refillsPerSecond * sendS,
    boardRequestsPerSecond: (isolates / boards) * refillsPerSecond + processors,
    refillBytes: rows * MEASURED.segmentRowBytes,
    busiestShards: shardsOf(busiest),
    busiestFold: (busiest * MEASURED.foldMs) / 1_000,
    objects: shardsOf(busiest) + 1 + (processors - 1) * shardsOf(others) + boards + 1,
    rowsWrittenPerSecond:
      rowsPerSecond({ ...RECORDING, transactionsPerSecond: resultsPerSecond - busiest, processors: processors - 1 }) +
      rowsPerSecond({ ...RECORDING, transactionsPerSecond: busiest, processors: shardsOf(busiest) }),
    historyShare: resultsPerSecond / MEASURED.drainRowsPerSecond,
    historyBytesPerDay: resultsPerSecond * 86_400 * MEASURED.resultBytes,
    isolatesMax: boards / (refillsPerSecond * sendS),
  };
}

/** One result a request, one attempt in a hundred without an answer. */
const RECORDING = { perRequest: 1, timeouts: 0.01, isolates: 0 };
const MONTH_S = 30 * 86_400;

/** US$ per million, at the list prices of bench/cost-model.ts and far beyond what is included. */
export function costPerMillion(house: House): { recommendation: number; result: number; tables: number } {
  const { recommendationsPerSecond, resultsPerSecond, processors, isolates, boards, tableAgeMs } = house;
  const { isolateTaking } = demandOf(house);
  const refills = (isolates * 1_000) / tableAgeMs;
  const tables =
    refills * PRICES.objectRequests.perMillion + isolates * isolateTaking * 1_000 * PRICES.workerCpuMs.perMillion;
  const recording = { ...RECORDING, transactionsPerSecond: resultsPerSecond, processors };
  return {
    recommendation: PRICES.workerRequests.perMillion + MEASURED.recommendMs * PRICES.workerCpuMs.perMillion,
    result: (monthlyCost(recording, { ...KNOBS, boardRegions: boards }).total / (resultsPerSecond * MONTH_S)) * 1e6,
    tables: tables / recommendationsPerSecond,
  };
}

const percent = (part: number): string => `${(100 * part).toFixed(part < 0.1 ? 1 : 0)}%`;

export function demandTable(house: House): string {
  const slow = { ...house, tableAgeMs: 5_000 };
  const rows: [string, (demand: Demand) => string][] = [
    ['an isolate, choosing, of a core', ({ isolateChoosing }) => percent(isolateChoosing)],
    ['an isolate, taking refills, of a core', ({ isolateTaking }) => percent(isolateTaking)],
    ['a refill with every row changed, MB', ({ refillBytes }) => (refillBytes / 1e6).toFixed(1)],
    ['a board, calls a second', ({ boardRequestsPerSecond }) => boardRequestsPerSecond.toFixed(0)],
    ['a board, sending refills, of a core', ({ boardSending }) => percent(boardSending)],
    ['isolates that the boards can serve', ({ isolatesMax }) => Math.floor(isolatesMax).toLocaleString('en')],
    ['the busiest processor, shards', ({ busiestShards }) => String(busiestShards)],
    ['its own object, learning from them, of a core', ({ busiestFold }) => percent(busiestFold)],
    ['objects in memory', ({ objects }) => String(objects)],
    [
      'rows that objects write a second',
      ({ rowsWrittenPerSecond }) => Math.round(rowsWrittenPerSecond).toLocaleString('en'),
    ],
    ['Postgres, of what one takes here', ({ historyShare }) => percent(historyShare)],
    ['Postgres, GB a day', ({ historyBytesPerDay }) => (historyBytesPerDay / 1e9).toFixed(0)],
  ];
  const [now, then] = [demandOf(house), demandOf(slow)];
  return markdownTable([
    ['', 'tables 1 s old', 'tables 5 s old'],
    ...rows.map(([name, tell]) => [name, tell(now), tell(then)]),
  ]);
}

export function priceTable(house: House): string {
  const rows = [house, { ...house, tableAgeMs: 5_000 }].map((each) => costPerMillion(each));
  return markdownTable([
    ['US$ per million', 'tables 1 s old', 'tables 5 s old'],
    ['a recommendation', ...rows.map(({ recommendation }) => recommendation.toFixed(3))],
    ['its part of the tables', ...rows.map(({ tables }) => tables.toFixed(3))],
    ['a result, one a request', ...rows.map(({ result }) => result.toFixed(3))],
  ]);
}

if (import.meta.main) console.log(`${demandTable(WORLD)}\n\n${priceTable(WORLD)}`);
