// `npm run bench -- scale-model`: what 100,000 recommendations and 20,000 results a second world-wide ask of each part, as markdown: the tables of docs/scale.md.
import { CPU_FIGURES } from '../src/domain/scaling/cpu-figures.ts';
import { FLIGHT_EVERY_MS } from '../src/domain/shards/urgency.ts';
import { HAND_ON_EVERY_MS, ROWS_PER_CALL } from '../src/platform/decision-memory.ts';
import { commitsPerSecond, KNOBS, MONTH_S, monthlyCost, OBJECT_GB, PRICES, rowsPerSecond } from './cost-model.ts';
import { markdownTable } from '../lab/report/overview.ts';
import type { DecisionRow } from '../src/domain/history/kept-rows.ts';

/** Each was measured by what stands beside it; docs/scale.md names the machines. */
export const MEASURED = {
  /** `npm run bench -- --only recommend`: 8,070 a second on one thread, everything included. */
  recommendMs: 0.124,
  /** `npm run bench -- table-size 100 50`: bytes of a segment's row in a refill, and processor time of the board that sends it and of the isolate that takes it. */
  segmentRowBytes: 1_072,
  sendSegmentMs: 0.003_1,
  takeSegmentMs: 0.003_7,
  /** `npm run bench -- object-cpu`: processor time of a result in its object, and of a commit, such as each flight of a shard is in the processor's own. */
  foldMs: CPU_FIGURES.resultUs / 1_000,
  commitMs: CPU_FIGURES.commitUs / 1_000,
  /** `npm run bench -- history-drain`: attempts; and what of as many decisions one Postgres takes, of the attempts that it takes. */
  drainRowsPerSecond: 39_300,
  decisionsOfAttempts: 0.62,
  /** JSON of a result in the journal; a row of history is about as long. */
  resultBytes: 400,
  /** `rowsWritten` of what the desk does with a call: a row, its place in an index and the next number, and the row again when it has arrived. */
  rowsPerDeskCall: 4,
} as const;

/** Of Cloudflare's documentation. */
export const DOCUMENTED = {
  /** "Soft limit" of one object. */
  objectRequestsPerSecond: 1_000,
  /** Of those that write: 200 to 500. */
  objectWritesPerSecond: 500,
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
  /** DECISION_SAMPLE_RATE. */
  readonly sampleRate: number;
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
  sampleRate: 0.01,
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
  /** By its own object, flights included. */
  readonly busiestFold: number;
  /** Of its shards to its own object. */
  readonly flightsPerSecond: number;
  readonly objects: number;
  readonly deskCallsPerSecond: number;
  readonly rowsWrittenPerSecond: number;
  readonly historyShare: number;
  readonly historyBytesPerDay: number;
  /** Isolates that the boards can serve with everything changing between two refills. */
  readonly isolatesMax: number;
  /** Isolates whose decisions the desk can take. */
  readonly deskIsolatesMax: number;
}

export function demandOf(house: House): Demand {
  const { recommendationsPerSecond, resultsPerSecond, processors, segments, isolates, boards, sampleRate } = house;
  const refillsPerSecond = 1_000 / house.tableAgeMs;
  const rows = processors * segments;
  const busiest = resultsPerSecond * house.busiest;
  const others = (resultsPerSecond - busiest) / (processors - 1);
  const shards = shardsOf(busiest);
  const flightsPerSecond = shards === 1 ? 0 : (shards * 1_000) / FLIGHT_EVERY_MS;
  const sendS = (rows * MEASURED.sendSegmentMs) / 1_000;
  const decisionsPerSecond = recommendationsPerSecond * sampleRate;
  const callsOfOne = deskCallsOf(decisionsPerSecond / isolates);
  const deskCallsPerSecond = isolates * callsOfOne;
  return {
    isolateChoosing: ((recommendationsPerSecond / isolates) * MEASURED.recommendMs) / 1_000,
    isolateTaking: (refillsPerSecond * rows * MEASURED.takeSegmentMs) / 1_000,
    boardSending: (isolates / boards) * refillsPerSecond * sendS,
    boardRequestsPerSecond: (isolates / boards) * refillsPerSecond + processors,
    refillBytes: rows * MEASURED.segmentRowBytes,
    busiestShards: shards,
    busiestFold: (busiest * MEASURED.foldMs + flightsPerSecond * MEASURED.commitMs) / 1_000,
    flightsPerSecond,
    // The Registry and the desk of history are one each.
    objects: shards + 1 + (processors - 1) * shardsOf(others) + boards + 2,
    deskCallsPerSecond,
    rowsWrittenPerSecond:
      rowsPerSecond({ ...RECORDING, transactionsPerSecond: resultsPerSecond - busiest, processors: processors - 1 }) +
      rowsPerSecond({ ...RECORDING, transactionsPerSecond: busiest, processors: shards }) +
      flightsPerSecond +
      deskCallsPerSecond * MEASURED.rowsPerDeskCall,
    historyShare: (resultsPerSecond + decisionsPerSecond / MEASURED.decisionsOfAttempts) / MEASURED.drainRowsPerSecond,
    historyBytesPerDay:
      86_400 * (resultsPerSecond * MEASURED.resultBytes + decisionsPerSecond * decisionBytes(processors)),
    isolatesMax: boards / (refillsPerSecond * sendS),
    deskIsolatesMax: DOCUMENTED.objectWritesPerSecond / callsOfOne,
  };
}

const shardsOf = (calls: number): number => (calls <= SHARD_FULL ? 1 : Math.ceil(calls / SHARD_FULL));

/** Of one isolate that keeps so many decisions a second: every few seconds, or as soon as they make a row. */
const deskCallsOf = (decisionsPerSecond: number): number =>
  Math.max(commitsPerSecond(decisionsPerSecond, HAND_ON_EVERY_MS), decisionsPerSecond / ROWS_PER_CALL);

/** JSON of one that could have gone to all of them. */
function decisionBytes(processors: number): number {
  const row: DecisionRow = {
    ...{ decidedAtMs: 1_795_000_000_000, nonce: '0123456789abcdef', tableVersion: 123_456, paymentMethod: 'CARD' },
    ...{ country: 'BR', amountMinor: 12_345, currency: 'BRL', processorId: 'processor_12', propensity: 0.123_456 },
    ...{ isDeterministic: false, actualProcessorId: null, arm: 0, experimentId: null, strategy: 'learned' },
    ...{ source: 'live', tableAgeMs: 512, sampleRate: 0.01 },
    probabilities: Object.fromEntries(Array.from({ length: processors }, (_, n) => [`processor_${n}`, 0.012_345])),
  };
  return JSON.stringify(row).length;
}

/** One result a request, one attempt in a hundred without an answer. */
const RECORDING = { perRequest: 1, timeouts: 0.01, isolates: 0 };

export interface Costs {
  readonly recommendation: number;
  /** Of a recommendation, beside it. */
  readonly tables: number;
  readonly sample: number;
  readonly result: number;
  /** Of `result`: what is paid for calls alone. */
  readonly resultCalls: number;
}

/** US$ per million, at the list prices of bench/cost-model.ts and far beyond what is included. */
export function costPerMillion(house: House): Costs {
  const { recommendationsPerSecond, resultsPerSecond, processors, isolates, boards, tableAgeMs } = house;
  const { isolateTaking, deskCallsPerSecond, flightsPerSecond, rowsWrittenPerSecond, objects } = demandOf(house);
  const { workerRequests, workerCpuMs, objectRequests, objectGbSeconds, rowsWritten } = PRICES;
  const refills = (isolates * 1_000) / tableAgeMs;
  const tables = refills * objectRequests.perMillion + isolates * isolateTaking * 1_000 * workerCpuMs.perMillion;
  const deskRows = deskCallsPerSecond * MEASURED.rowsPerDeskCall;
  const sample = deskCallsPerSecond * objectRequests.perMillion + deskRows * rowsWritten.perMillion;
  // Of a house in which nobody divides itself, and then what differs.
  const recording = { ...RECORDING, transactionsPerSecond: resultsPerSecond, processors };
  const undivided = monthlyCost(recording, { ...KNOBS, boardRegions: boards });
  const divided =
    flightsPerSecond * objectRequests.perMillion +
    (rowsWrittenPerSecond - deskRows) * rowsWritten.perMillion +
    objects * OBJECT_GB * objectGbSeconds.perMillion;
  const others = undivided.total - undivided.rows - undivided.objectDuration;
  const calls = undivided.workerRequests + undivided.objectRequests;
  return {
    recommendation: workerRequests.perMillion + MEASURED.recommendMs * workerCpuMs.perMillion,
    tables: tables / recommendationsPerSecond,
    sample: sample / recommendationsPerSecond,
    result: (others / MONTH_S) * (1e6 / resultsPerSecond) + divided / resultsPerSecond,
    resultCalls: (calls / MONTH_S) * (1e6 / resultsPerSecond),
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
    ['its shards’ flights to it, a second', ({ flightsPerSecond }) => String(flightsPerSecond)],
    ['the desk of history, calls a second', ({ deskCallsPerSecond }) => deskCallsPerSecond.toFixed(0)],
    [
      'isolates that the desk can take decisions of',
      ({ deskIsolatesMax }) => Math.floor(deskIsolatesMax).toLocaleString('en'),
    ],
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
    ['its part of the sample for history', ...rows.map(({ sample }) => sample.toFixed(3))],
    ['a result, one a request', ...rows.map(({ result }) => result.toFixed(3))],
    ['of it for calls alone', ...rows.map(({ resultCalls }) => resultCalls.toFixed(3))],
  ]);
}

if (import.meta.main) console.log(`${demandTable(WORLD)}\n\n${priceTable(WORLD)}`);
