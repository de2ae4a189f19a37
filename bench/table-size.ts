// What the routing table takes of an isolate's memory, and of the wire: `node bench/table-size.ts [processors] [segments]`. A Worker has 128 MB.
import { runInNewContext } from 'node:vm';
import { deserialize, serialize, setFlagsFromString } from 'node:v8';
import { addressOf, resultOf } from '../test/harness/results.ts';
import { asProcessorId } from '../src/domain/identity.ts';
import { BREAKER_DEFAULTS, type RegisteredProcessor } from '../src/domain/processor-config.ts';
import { compileTable } from '../src/domain/routing/compile-table.ts';
import { copyText } from '../src/domain/routing/known-table.ts';
import { COUNTRIES, METHODS } from './house.ts';
import { decide } from '../src/domain/routing/decide.ts';
import { EMPTY_CONFIGURATION } from '../src/domain/configuration/configuration.ts';
import { ProcessorState } from '../src/domain/health/processor-state.ts';
import { requestsOf, TABLE_MS } from './decide-shapes.ts';
import { seeded } from '../test/harness/seeded.ts';
import { segmentKey } from '../src/domain/segment.ts';
import type { StatusRow } from '../src/domain/health/status-row.ts';
import type { TableDelta } from '../src/domain/routing/table-exchange.ts';

export interface TableSize {
  readonly processors: number;
  readonly segments: number;
  /** Of the rows, the compiled table and what it keeps of each segment once there was a payment in it. */
  readonly heapBytes: number;
  /** Of one refill of everything, as a call between objects carries it. */
  readonly wireBytes: number;
  /** Processor time of the board that sends it, and of the isolate that takes it; least of five. */
  readonly sendMs: number;
  readonly takeMs: number;
  /** Of the copy outside, before it is sealed. */
  readonly copyBytes: number;
}

const RESULTS_PER_SEGMENT = 3;
/** The others are like one of these. */
const MADE_MAX = 4;

/** At most 200 segments: as many as the bench has. */
export function measureTableSize(processors: number, segments: number): TableSize {
  const places = METHODS.flatMap((method) => COUNTRIES.map((country) => ({ method, country }))).slice(0, segments);
  const draw = seeded(7);
  const ids = Array.from({ length: processors }, (_, index) => `processor_${index}`);
  const configuration = { ...EMPTY_CONFIGURATION, version: 1, processors: ids.map(registered) };
  const made = Array.from({ length: Math.min(MADE_MAX, processors) }, (_, index) =>
    rowOf(`made_${index}`, places, draw),
  );
  const texts = made.map((row) => JSON.stringify(row));
  const before = heapBytes();
  // As they arrive: each row by itself, with nothing in common with another.
  const rows = ids.map((id, index): StatusRow => {
    const row = JSON.parse(texts[index % texts.length]!) as StatusRow;
    return { ...row, processorId: asProcessorId(id) };
  });
  const table = compileTable({
    configuration,
    rows: new Map(rows.map((row) => [row.processorId, row])),
    silences: [],
    segmentRates: new Map(),
    asOfMs: TABLE_MS,
  });
  const [request] = requestsOf(1);
  const moment = { now: TABLE_MS + 1_000, tableAgeMs: 1_000, permits: new Map<string, never>(), explainAll: false };
  for (const [index, { method, country }] of places.entries())
    decide(table, { ...request!, paymentMethod: method, country }, { ...moment, seed: BigInt(index) });
  const heapTaken = heapBytes() - before;
  const cursor = { boardId: 'b', sequence: processors, configVersion: 1, keysVersion: 1 };
  const delta: TableDelta = {
    cursor,
    asOfMs: TABLE_MS,
    ...{ configuration, keys: [], bootstrapVoid: true, rows, silences: [], segmentRates: [] },
  };
  const wire = serialize(delta);
  const keys = { records: [], version: 1, bootstrapVoid: true, asOfMs: TABLE_MS };
  return {
    processors,
    segments: places.length,
    heapBytes: heapTaken,
    wireBytes: wire.length,
    sendMs: leastMs(() => serialize(delta)),
    takeMs: leastMs(() => deserialize(wire)),
    copyBytes: Buffer.byteLength(copyText({ data: table.data, keys })),
  };
}

function rowOf(id: string, places: readonly { method: string; country: string }[], draw: () => number): StatusRow {
  const state = ProcessorState.create(addressOf(id), '0123456789abcdef');
  const results = places.flatMap(({ method, country }) =>
    Array.from({ length: RESULTS_PER_SEGMENT }, () => {
      const result = draw() < 0.15 ? 'declined' : 'approved';
      const latencyMs = Math.round(100 + 900 * draw());
      return resultOf(id, { eventTimeMs: TABLE_MS - 1_000, result, segment: segmentKey(method, country), latencyMs });
    }),
  );
  state.apply({ kind: 'results', at: TABLE_MS, results });
  return state.publishRow(TABLE_MS);
}

const registered = (id: string, index: number): RegisteredProcessor => ({
  ...{
    id: asProcessorId(id),
    name: id,
    enabled: true,
    paymentMethods: METHODS,
    countries: COUNTRIES,
    currencies: null,
  },
  ...{ amountLimits: [], credentialKinds: null, feeFixedMinor: 10, feeBps: 100 + (index % 50), maxTps: null },
  ...{ maxShare: null, minShare: null, priority: index, weight: 1, breaker: BREAKER_DEFAULTS, epoch: 1, revision: 1 },
});

function leastMs(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const { user, system } = process.cpuUsage();
    work();
    const after = process.cpuUsage();
    return (after.user + after.system - user - system) / 1_000;
  });
  return Math.min(...times);
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

if (import.meta.main) {
  const [processors = 200, segments = 200] = process.argv.slice(2).map(Number);
  console.log(JSON.stringify(measureTableSize(processors, segments)));
}
