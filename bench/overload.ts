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

/** Medians over the rounds: each flood is compared with the peaks just before and after it, for machines are faster in one second than in the next. */
export interface OverloadFigures {
  readonly rounds: number;
  /** Of recommendations: as many as can be had, a second, and the 99th percentile then. */
  readonly peakPerSecond: number;
  readonly peakP99Ms: number;
  /** Under five times as many: what was answered, as a share of the peak, and the 99th percentile as a multiple of the peak's. */
  readonly goodputRatio: number;
  readonly admittedP99Ratio: number;
  /** The same where the flood comes over few connections. */
  readonly fewGoodputRatio: number;
  readonly fewAdmittedP99Ratio: number;
  /** What an empty Worker keeps of its own peak when as many connections as the flood has ask it, without more being due than it can do: what connections alone cost. */
  readonly emptyRatio: number;
  readonly turnedAwayPerSecond: number;
  /** A caller beside the flood, 20 calls a second under a key of its own: the share that was answered, in the worst round. */
  readonly gentleShare: number;
  /** From the end of the load to the end of the last half second in which one of its calls was turned away, or half of them took more than twice the peak's 99th percentile; in the worst round. */
  readonly recoveryMs: number;
  /** Of single results: as many as can be recorded, a second; and under five times as many. */
  readonly recordPeakPerSecond: number;
  readonly recordGoodputRatio: number;
  readonly recordAdmittedP99Ratio: number;
  /** Beside five times the results that can be recorded: shares of an ordinary load of recommendations and of the results that were due and were answered. */
  readonly recommendShare: number;
  readonly recordShare: number;
  /** Answers that were neither 2xx nor a refusal with Retry-After, and calls without an answer, in all of it: 0. */
  readonly wrong: number;
}

const TIMES = 5;
const ROUNDS = 15;
const QUICK_ROUNDS = 3;
const PEAK_CONNECTIONS = 16;
const FLOOD_CONNECTIONS = 1_000;
const FEW_CONNECTIONS = 128;
const GENTLE_PER_SECOND = 20;
const RECORD_PEAK_CONNECTIONS = 64;
const RECORD_CONNECTIONS = 500;
/** Of the peak: a load that is none. */
const ORDINARY = 0.2;
/** A run is looked at when it has gone on for so long, peaks as long as floods: the longer, the more of the pauses in which workerd collects garbage are in it. */
const WARM_UP_MS = 1_000;
const LOOKED_AT_MS = 3_000;
const END_MS = WARM_UP_MS + LOOKED_AT_MS;
const AFTER_MS = 6_000;
const RECOVERY_STEP_MS = 500;

interface Seen {
  readonly url: string;
  readonly key: string;
  readonly gentleKey: string;
  readonly rounds: number;
  readonly tell: OverloadOptions['tell'];
}

export async function measureOverload({ isQuick, tell }: OverloadOptions): Promise<OverloadFigures> {
  const secrets = drawSecrets();
  const workerd = await startBareWorkerd([...(await signalboxWorkers(secrets, 1, UNDIVIDED)), await emptyWorker()]);
  try {
    const url = workerd.urls[OWNER]!;
    const { key, admin } = await furnish(url, secrets);
    const gentleKey = await admin.createKey('gentle', ['route', 'ingest']);
    const seen = { url, key, gentleKey, rounds: isQuick ? QUICK_ROUNDS : ROUNDS, tell };
    const many = await floodsOfRecommends(seen, FLOOD_CONNECTIONS);
    const few = await floodsOfRecommends(seen, FEW_CONNECTIONS);
    const results = await floodsOfResults(seen);
    const beside = await besideResults(seen, many.peakPerSecond, results.recordPeakPerSecond);
    return {
      rounds: seen.rounds,
      peakPerSecond: many.peakPerSecond,
      peakP99Ms: many.peakP99Ms,
      goodputRatio: many.goodputRatio,
      admittedP99Ratio: many.admittedP99Ratio,
      fewGoodputRatio: few.goodputRatio,
      fewAdmittedP99Ratio: few.admittedP99Ratio,
      emptyRatio: await emptyRatio(seen, workerd.urls['empty']!),
      turnedAwayPerSecond: many.turnedAwayPerSecond,
      gentleShare: Math.min(many.gentleShare, few.gentleShare),
      recoveryMs: Math.max(many.recoveryMs, few.recoveryMs),
      recordPeakPerSecond: results.recordPeakPerSecond,
      recordGoodputRatio: results.recordGoodputRatio,
      recordAdmittedP99Ratio: results.recordAdmittedP99Ratio,
      recommendShare: beside.recommendShare,
      recordShare: beside.recordShare,
      wrong: many.wrong + few.wrong + results.wrong + beside.wrong,
    };
  } finally {
    await workerd.stop();
  }
}

async function emptyRatio(seen: Seen, url: string): Promise<number> {
  const asked = { ...recommend(seen, seen.key), url };
  return await medianOf(seen.rounds, async () => {
    const few = await peakOf(asked, PEAK_CONNECTIONS);
    const many = await peakOf(asked, FLOOD_CONNECTIONS);
    return many.perSecond / few.perSecond;
  });
}

async function medianOf(rounds: number, measure: () => Promise<number>): Promise<number> {
  const seen: number[] = [];
  for (let round = 0; round < rounds; round += 1) seen.push(await measure());
  return median(seen);
}

/** Peak, flood, peak, flood, and a peak at the end. */
interface Rounds {
  readonly what: string;
  readonly asked: Unnamed;
  readonly peakConnections: number;
  readonly connections: number;
  /** Who asks beside the flood, and for how long after it. */
  readonly beside: readonly Flow[];
  readonly afterMs: number;
}

interface Round {
  readonly peak: Peak;
  readonly flood: Peak;
  readonly turnedAwayPerSecond: number;
  readonly figures: Readonly<Record<string, FlowFigures>>;
}

async function roundsOf(seen: Seen, { what, asked, peakConnections, connections, beside, afterMs }: Rounds) {
  const rounds: Round[] = [];
  // Of a program that has just begun: not counted.
  await peakOf(asked, peakConnections);
  let before = await peakOf(asked, peakConnections);
  for (let round = 1; round <= seen.rounds; round += 1) {
    const perSecond = TIMES * before.perSecond;
    const flood = { ...asked, name: 'flood', connections, perSecond, retriesAtOnce: true, untilMs: END_MS };
    const figures = await run([flood, ...beside], END_MS + afterMs);
    const after = await peakOf(asked, peakConnections);
    const peak = {
      perSecond: (before.perSecond + after.perSecond) / 2,
      p99Ms: (before.p99Ms + after.p99Ms) / 2,
    };
    const { answers, refusals } = lookedAt(figures['flood']!);
    const seenOf = ratesOf(answers);
    rounds.push({ peak, flood: seenOf, turnedAwayPerSecond: (refusals.length * 1_000) / LOOKED_AT_MS, figures });
    seen.tell(
      `overload  ${what}, round ${round} of ${seen.rounds}: ${peak.perSecond.toFixed(0)} a second at most, ${seenOf.perSecond.toFixed(0)} where ${TIMES} times as many are due over ${connections} connections; p99 ${peak.p99Ms.toFixed(1)} and ${seenOf.p99Ms.toFixed(1)} ms`,
    );
    before = after;
  }
  return rounds;
}

const goodputOf = (rounds: readonly Round[]): number =>
  median(rounds.map(({ peak, flood }) => flood.perSecond / peak.perSecond));
const p99RatioOf = (rounds: readonly Round[]): number =>
  median(rounds.map(({ peak, flood }) => flood.p99Ms / peak.p99Ms));
const peakPerSecondOf = (rounds: readonly Round[]): number => median(rounds.map(({ peak }) => peak.perSecond));
const wrongIn = (rounds: readonly Round[]): number =>
  rounds.flatMap(({ figures }) => Object.values(figures)).reduce((sum, figures) => sum + wrongOf(figures), 0);

async function floodsOfRecommends(seen: Seen, connections: number) {
  const gentle = { ...recommend(seen, seen.gentleKey), name: 'gentle', connections: 40, perSecond: GENTLE_PER_SECOND };
  const rounds = await roundsOf(seen, {
    what: 'recommendations',
    asked: recommend(seen, seen.key),
    peakConnections: PEAK_CONNECTIONS,
    connections,
    beside: [gentle],
    afterMs: AFTER_MS,
  });
  const peakP99Ms = median(rounds.map(({ peak }) => peak.p99Ms));
  const gentles = rounds.map(({ figures }) => figures['gentle']!);
  const due = (GENTLE_PER_SECOND * END_MS) / 1_000;
  return {
    peakPerSecond: peakPerSecondOf(rounds),
    peakP99Ms,
    goodputRatio: goodputOf(rounds),
    admittedP99Ratio: p99RatioOf(rounds),
    turnedAwayPerSecond: median(rounds.map(({ turnedAwayPerSecond }) => turnedAwayPerSecond)),
    gentleShare: Math.min(1, ...gentles.map((each) => between(each, 0, END_MS).answers.length / due)),
    recoveryMs: Math.max(...gentles.map((each) => recoveryMs(each, END_MS, 2 * peakP99Ms))),
    wrong: wrongIn(rounds),
  };
}

async function floodsOfResults(seen: Seen) {
  const rounds = await roundsOf(seen, {
    what: 'results',
    asked: record(seen),
    peakConnections: RECORD_PEAK_CONNECTIONS,
    connections: RECORD_CONNECTIONS,
    beside: [],
    afterMs: 0,
  });
  return {
    recordPeakPerSecond: peakPerSecondOf(rounds),
    recordGoodputRatio: goodputOf(rounds),
    recordAdmittedP99Ratio: p99RatioOf(rounds),
    wrong: wrongIn(rounds),
  };
}

async function besideResults(seen: Seen, recommendsPeak: number, resultsPeak: number) {
  seen.tell(`overload  ${TIMES} times the results beside an ordinary load of recommendations`);
  const flood = {
    ...record(seen),
    name: 'flood',
    connections: RECORD_CONNECTIONS,
    perSecond: TIMES * resultsPeak,
    retriesAtOnce: true,
  };
  const ordinary = {
    ...recommend(seen, seen.gentleKey),
    name: 'ordinary',
    connections: 200,
    perSecond: ORDINARY * recommendsPeak,
  };
  const shares: { recommend: number; record: number; wrong: number }[] = [];
  for (let round = 0; round < seen.rounds; round += 1) {
    const figures = await run([flood, ordinary], END_MS);
    const shareOf = ({ name, perSecond }: Pick<Flow, 'name'> & { readonly perSecond: number }): number =>
      Math.min(1, ratesOf(lookedAt(figures[name]!).answers).perSecond / perSecond);
    const wrong = wrongOf(figures['ordinary']!) + wrongOf(figures['flood']!);
    shares.push({ recommend: shareOf(ordinary), record: shareOf(flood), wrong });
  }
  return {
    recommendShare: median(shares.map((share) => share.recommend)),
    recordShare: median(shares.map((share) => share.record)),
    wrong: shares.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

interface Peak {
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** What callers get that ask again as soon as they are answered, and only then. */
async function peakOf(asked: Unnamed, connections: number): Promise<Peak> {
  const figures = await run([{ ...asked, name: 'peak', connections, perSecond: null }], END_MS);
  return ratesOf(lookedAt(figures['peak']!).answers);
}

const lookedAt = (figures: FlowFigures) => between(figures, WARM_UP_MS, END_MS);

const ratesOf = (answers: FlowFigures['answers']): Peak => ({
  perSecond: (answers.length * 1_000) / LOOKED_AT_MS,
  p99Ms: percentile(
    answers.map(({ tookMs }) => tookMs),
    0.99,
  ),
});

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

/** 0: there was no such half second. */
function recoveryMs(gentle: FlowFigures, endMs: number, slowMs: number): number {
  let recoveredMs = 0;
  for (let fromMs = endMs; fromMs < endMs + AFTER_MS; fromMs += RECOVERY_STEP_MS) {
    const { answers, refusals } = between(gentle, fromMs, fromMs + RECOVERY_STEP_MS);
    const slow = answers.filter(({ tookMs }) => tookMs > slowMs).length;
    if (refusals.length > 0 || slow >= answers.length / 2) recoveredMs = fromMs + RECOVERY_STEP_MS - endMs;
  }
  return recoveredMs;
}

if (import.meta.main) {
  endOnInterrupt();
  const isQuick = process.argv.includes('--quick');
  const figures = await measureOverload({ isQuick, tell: (line) => console.error(line) });
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(22)} ${Number(value.toFixed(3))}`);
  process.exit(0);
}
