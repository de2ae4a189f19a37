// What becomes of a Signalbox that is asked for five times what it can do: recommendations alone, then beside a flood of results, each time with callers that
// ask again at once. `node bench/overload.ts [--quick]`.
import { OWNER, signalboxWorkers, startBareWorkerd, UNDIVIDED } from './bare-workerd.ts';
import { furnish, PROCESSOR_IDS, questions, RECOMMEND_PATH, RECORD_PATH, SEGMENTS, transactionOf } from './house.ts';
import { median, percentile } from './result.ts';
import { runFlows, type Flow, type FlowFigures } from './load/flows.ts';
import { emptyWorker } from './side-workers.ts';
import { drawSecrets } from '../tools/secrets.ts';
import { endOnInterrupt } from '../tools/run-program.ts';
import { SERIAL_MARK } from './load/load.ts';

export interface OverloadOptions {
  readonly isQuick: boolean;
  /** One line of progress. */
  readonly tell: (line: string) => void;
}

export interface OverloadFigures {
  /** Of recommendations: as many as can be had, a second, and the 99th percentile then. */
  readonly peakPerSecond: number;
  readonly peakP99Ms: number;
  /** Under five times as many: what was answered, as a share of the peak, and the 99th percentile as a multiple of the peak's. */
  readonly goodputRatio: number;
  /** The same where the flood comes over few connections. */
  readonly fewGoodputRatio: number;
  /** What an empty Worker keeps of its own peak when as many connections as the flood has ask it, without more being due than it can do: what connections alone cost. */
  readonly emptyRatio: number;
  readonly admittedP99Ratio: number;
  readonly turnedAwayPerSecond: number;
  /** A caller beside the flood, 20 calls a second under a key of its own: the share that was answered at once. */
  readonly gentleShare: number;
  /** Until all of its calls are answered again as fast as twice the peak's 99th percentile. */
  readonly recoveryMs: number;
  /** Beside five times the results that can be recorded: shares of recommendations and of results that were due and were answered. */
  readonly recommendShare: number;
  readonly recordShare: number;
  /** Answers that were neither 2xx nor a refusal with Retry-After, and calls without an answer, in all of it: 0. */
  readonly wrong: number;
}

const TIMES = 5;
const PEAK_CONNECTIONS = 16;
const FLOOD_CONNECTIONS = 1_000;
const FEW_CONNECTIONS = 128;
const GENTLE_PER_SECOND = 20;
const RECORD_CONNECTIONS = 500;
/** Of the peak: a load that is none. */
const ORDINARY = 0.2;
const WARM_UP_MS = 1_000;

interface Seen {
  readonly url: string;
  readonly key: string;
  readonly gentleKey: string;
  readonly lengthMs: number;
}

export async function measureOverload({ isQuick, tell }: OverloadOptions): Promise<OverloadFigures> {
  const secrets = drawSecrets();
  const workerd = await startBareWorkerd([...(await signalboxWorkers(secrets, 1, UNDIVIDED)), await emptyWorker()]);
  try {
    const url = workerd.urls[OWNER]!;
    const { key, admin } = await furnish(url, secrets);
    const gentleKey = await admin.createKey('gentle', ['route', 'ingest']);
    const seen = { url, key, gentleKey, lengthMs: isQuick ? 3_000 : 8_000 };
    const recommends = await floodOfRecommends(seen, tell);
    const few = await floodOfRecommends(seen, tell, FEW_CONNECTIONS);
    const results = await floodOfResults(seen, recommends.peakPerSecond, tell);
    return {
      ...recommends,
      fewGoodputRatio: few.goodputRatio,
      emptyRatio: await emptyRatio(seen, workerd.urls['empty']!),
      ...results,
      wrong: recommends.wrong + few.wrong + results.wrong,
    };
  } finally {
    await workerd.stop();
  }
}

async function emptyRatio(seen: Seen, url: string): Promise<number> {
  const ratios: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const few = await peakOf(seen, { ...recommend(seen, seen.key), url }, PEAK_CONNECTIONS);
    const many = await peakOf(seen, { ...recommend(seen, seen.key), url }, FLOOD_CONNECTIONS);
    ratios.push(many.perSecond / few.perSecond);
  }
  return median(ratios);
}

async function floodOfRecommends(seen: Seen, tell: OverloadOptions['tell'], connections = FLOOD_CONNECTIONS) {
  const { lengthMs } = seen;
  const peaks: Peak[] = [await peakOf(seen, recommend(seen, seen.key), PEAK_CONNECTIONS)];
  const { perSecond } = peaks[0]!;
  tell(
    `overload  recommendations: ${perSecond.toFixed(0)} a second at most; now ${TIMES} times as many are due over ${connections} connections`,
  );
  const flood = {
    ...recommend(seen, seen.key),
    name: 'flood',
    connections,
    perSecond: TIMES * perSecond,
    retriesAtOnce: true,
    fromMs: WARM_UP_MS,
    untilMs: 2 * WARM_UP_MS + lengthMs,
  };
  const gentle = { ...recommend(seen, seen.gentleKey), name: 'gentle', connections: 40, perSecond: GENTLE_PER_SECOND };
  const figures = await run([flood, gentle], flood.untilMs + 6_000);
  peaks.push(await peakOf(seen, recommend(seen, seen.key), PEAK_CONNECTIONS));
  const [floods, gentles] = [figures['flood']!, figures['gentle']!];
  const during = between(floods, 2 * WARM_UP_MS, flood.untilMs);
  const peak = {
    perSecond: median(peaks.map((each) => each.perSecond)),
    p99Ms: median(peaks.map(({ p99Ms }) => p99Ms)),
  };
  const beside = between(gentles, flood.fromMs, flood.untilMs);
  const due = (GENTLE_PER_SECOND * (flood.untilMs - flood.fromMs)) / 1_000;
  return {
    peakPerSecond: peak.perSecond,
    peakP99Ms: peak.p99Ms,
    goodputRatio: (during.answers.length * 1_000) / lengthMs / peak.perSecond,
    admittedP99Ratio:
      percentile(
        during.answers.map(({ tookMs }) => tookMs),
        0.99,
      ) / peak.p99Ms,
    turnedAwayPerSecond: (during.refusals.length * 1_000) / lengthMs,
    gentleShare: Math.min(1, beside.answers.length / due),
    recoveryMs: recoveryMs(gentles, flood.untilMs, 2 * peak.p99Ms),
    wrong: wrongOf(floods) + wrongOf(gentles),
  };
}

async function floodOfResults(seen: Seen, recommendsPeak: number, tell: OverloadOptions['tell']) {
  const { lengthMs } = seen;
  const { perSecond } = await peakOf(seen, record(seen), 64);
  tell(`overload  results: ${perSecond.toFixed(0)} a second at most; now ${TIMES} times as many are due`);
  const flood = { ...record(seen), name: 'flood', connections: RECORD_CONNECTIONS, perSecond: TIMES * perSecond };
  const ordinary = {
    ...recommend(seen, seen.gentleKey),
    name: 'ordinary',
    connections: 200,
    perSecond: ORDINARY * recommendsPeak,
  };
  const figures = await run([{ ...flood, retriesAtOnce: true }, ordinary], WARM_UP_MS + lengthMs);
  const share = (flow: Pick<Flow, 'perSecond'>, its: FlowFigures): number =>
    Math.min(1, (between(its, WARM_UP_MS, WARM_UP_MS + lengthMs).answers.length * 1_000) / lengthMs / flow.perSecond!);
  return {
    recommendShare: share(ordinary, figures['ordinary']!),
    recordShare: share(flood, figures['flood']!),
    wrong: wrongOf(figures['ordinary']!) + wrongOf(figures['flood']!),
  };
}

interface Peak {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** What callers get that ask again as soon as they are answered, and only then. */
async function peakOf(
  seen: Seen,
  flow: Omit<Flow, 'name' | 'connections' | 'perSecond'>,
  connections: number,
): Promise<Peak> {
  const lengthMs = seen.lengthMs / 2;
  const figures = await run([{ ...flow, name: 'peak', connections, perSecond: null }], WARM_UP_MS + lengthMs);
  const { answers } = between(figures['peak']!, WARM_UP_MS, WARM_UP_MS + lengthMs);
  return {
    perSecond: (answers.length * 1_000) / lengthMs,
    p99Ms: percentile(
      answers.map(({ tookMs }) => tookMs),
      0.99,
    ),
  };
}

let runs = 0;
async function run(flows: readonly Flow[], durationMs: number): Promise<Readonly<Record<string, FlowFigures>>> {
  runs += 1;
  return await runFlows({ flows, durationMs, run: runs });
}

type Unnamed = Omit<Flow, 'name' | 'connections' | 'perSecond'>;

const headers = (key: string) => ({ 'authorization': `Bearer ${key}`, 'content-type': 'application/json' });

const recommend = ({ url }: Seen, key: string): Unnamed => ({
  url,
  path: RECOMMEND_PATH,
  headers: headers(key),
  bodies: questions().map((question) => JSON.stringify(question)),
  retriesAtOnce: false,
});

const record = ({ url, key }: Seen): Unnamed => ({
  url,
  path: RECORD_PATH,
  headers: headers(key),
  bodies: SEGMENTS.map((segment, index) => {
    const processorId = PROCESSOR_IDS[index % PROCESSOR_IDS.length]!;
    return JSON.stringify(transactionOf(SERIAL_MARK, processorId, segment, index / SEGMENTS.length));
  }),
  retriesAtOnce: false,
});

function between({ answers, refusals }: FlowFigures, fromMs: number, untilMs: number) {
  const isIn = ({ atMs }: { readonly atMs: number }): boolean => atMs >= fromMs && atMs < untilMs;
  return { answers: answers.filter(isIn), refusals: refusals.filter(isIn) };
}

const wrongOf = ({ wrong, broken }: FlowFigures): number =>
  Object.values(wrong).reduce((sum, count) => sum + count, broken);

/** From the end of the load to the last call that was turned away, or took too long; 0: none did. */
function recoveryMs({ answers, refusals }: FlowFigures, endMs: number, slowMs: number): number {
  const late = [...refusals, ...answers.filter(({ tookMs }) => tookMs > slowMs)];
  return Math.max(0, ...late.map(({ atMs }) => atMs - endMs));
}

if (import.meta.main) {
  endOnInterrupt();
  const isQuick = process.argv.includes('--quick');
  const figures = await measureOverload({ isQuick, tell: (line) => console.error(line) });
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(22)} ${Number(value.toFixed(3))}`);
  process.exit(0);
}
