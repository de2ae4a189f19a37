// Recording beside the baseline: one transaction a request from one and from 16 isolates, and batches of 100, to one processor and to 20; all ids are
// distinct, and a sample is sent again.
import { createApiClient } from '../../tools/api-client.ts';
import {
  baselineWorkers,
  prepareBaseline,
  readStatistics,
  statisticsWorker,
  type Statistics,
} from '../side-workers.ts';
import { type BareWorkerd, OWNER, signalboxWorkers, startBareWorkerd, UNDIVIDED } from '../bare-workerd.ts';
import { type Bench, type Contestant, duel, type Duelled, percentilesOf } from '../duel.ts';
import { drawSecrets } from '../../tools/secrets.ts';
import { furnish, PROCESSOR_IDS, RECORD_PATH, SEGMENTS, transactionOf } from '../house.ts';
import { type Asked, median, resultOf, type Result, type RowOf } from '../result.ts';
import { SERIAL_MARK } from '../load/load.ts';
import { seeded } from '../../test/harness/seeded.ts';

export interface RecordShape {
  readonly row: string;
  readonly isolates: number;
  /** Which results go to, in turn. */
  readonly processors: number;
  readonly segments: number;
  readonly perRequest: number;
  readonly connections: number;
}

/** Single results wait for others to share a row, up to 20 ms: fewer connections would measure that wait. Of one isolate as many as make no crowd. */
const SINGLE_CONNECTIONS = 64;
const SINGLE_16_CONNECTIONS = 256;
const BATCH_CONNECTIONS = 16;
const BATCH = 100;
const single = { isolates: 1, processors: 1, segments: 12, perRequest: 1, connections: SINGLE_CONNECTIONS };
const batch = { ...single, perRequest: BATCH, connections: BATCH_CONNECTIONS };
const many = { processors: PROCESSOR_IDS.length, segments: SEGMENTS.length };
export const RECORD_SHAPES = {
  'record-single': single,
  'record-single-16': { ...single, isolates: 16, connections: SINGLE_16_CONNECTIONS },
  'record-single-many': { ...single, ...many },
  'record-batch': batch,
  'record-batch-many': { ...batch, ...many },
};
const BATCH_LEAST_PER_SECOND = 30_000;
export const SINGLE_LEAST_RATIO = 0.25;
const SINGLE_ASKED: Asked = { of: 'ratio', least: SINGLE_LEAST_RATIO };
const BATCH_ASKED: Asked = { of: 'value', least: BATCH_LEAST_PER_SECOND };
/** Bodies that differ in processor, segment, result and amount. */
const BODIES = 400;
/** Requests of each round that are sent again. */
const SAMPLE = { single: 10, batch: 1 };

export async function measureRecord(bench: Bench, shape: RecordShape): Promise<readonly Result[]> {
  const secrets = drawSecrets();
  const names = Array.from({ length: shape.isolates }, (_, place) => `baseline-${place + 1}`);
  const workers = [
    ...(await signalboxWorkers(secrets, shape.isolates, UNDIVIDED)),
    ...(await baselineWorkers(names)),
    statisticsWorker(),
  ];
  const workerd = await startBareWorkerd(workers, { ...(bench.port !== undefined && { port: bench.port }) });
  try {
    const house = await furnish(workerd.urls[OWNER]!, secrets, { processors: shape.processors, rules: 0 });
    const isolates = shape.isolates === 1 ? 'one isolate' : `${shape.isolates} isolates`;
    bench.tell(`${shape.row}  from ${isolates}, processors: ${shape.processors}, segments: ${shape.segments}`);
    return await measured(bench, shape, workerd, house.key);
  } finally {
    await workerd.stop();
  }
}

async function measured(
  bench: Bench,
  shape: RecordShape,
  workerd: BareWorkerd,
  key: string,
): Promise<readonly Result[]> {
  const urlsOf = (prefix: string): string[] =>
    Object.entries(workerd.urls).flatMap(([name, url]) => (name.startsWith(prefix) ? [url] : []));
  const [ours, baselines] = [urlsOf(OWNER), urlsOf('baseline')];
  const api = createApiClient(ours[0]!, key);
  const answers: object[] = [];
  for (const [place, body] of bodiesOf(shape, 'asked').slice(0, PROCESSOR_IDS.length).entries())
    answers.push(await api.post<object>(RECORD_PATH, JSON.parse(withSerials(body, place * shape.perRequest + 1))));
  for (const url of baselines) await prepareBaseline(url, RECORD_PATH, answers);

  const statistics = async (): Promise<Statistics> =>
    await readStatistics(workerd.urls['statistics']!, PROCESSOR_IDS.slice(0, shape.processors));
  const before = await statistics();
  const sample = shape.perRequest === 1 ? SAMPLE.single : SAMPLE.batch;
  const headers = { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' };
  const load = { path: RECORD_PATH, headers };
  let resent = 0;
  const contestants: Contestant[] = [
    {
      name: OWNER,
      load: (label) => ({ ...load, urls: ours, bodies: bodiesOf(shape, label) }),
      after: async (label) => {
        await checkDuplicates(api, shape, label, sample);
        resent += sample * shape.perRequest;
      },
    },
    {
      name: 'baseline',
      load: (label) => ({ ...load, urls: baselines, bodies: bodiesOf(shape, label) }),
    },
  ];
  const { counts, connections } = await duel({ what: shape.row, contestants, connections: shape.connections }, bench);
  const after = await statistics();
  const recorded = after.results - before.results;
  const acknowledged = counts[OWNER]!.reduce((sum, { requests }) => sum + requests, 0) * shape.perRequest;
  if (recorded < acknowledged) throw new Error(`${acknowledged} were acknowledged and ${recorded} are recorded`);
  return [
    resultOfCounts({ ...shape, connections }, counts, {
      rows: after.rowsWritten - before.rowsWritten,
      recorded,
      resent,
    }),
  ];
}

interface Seen {
  readonly rows: number;
  readonly recorded: number;
  readonly resent: number;
}

function resultOfCounts(
  { row, perRequest, isolates, processors, connections }: RecordShape,
  counts: Duelled['counts'],
  { rows, recorded, resent }: Seen,
): Result {
  const [ours, baseline] = [counts[OWNER]!, counts['baseline']!];
  const rates = (of: typeof ours): number[] => of.map(({ perSecond }) => perSecond * perRequest);
  // What is asked for is asked of one object; a house of many writes more rows for as many results, and stands beside it.
  const isOne = processors === 1;
  const about: RowOf = {
    name: row,
    unit: 'per second',
    ...(isOne && { asked: perRequest === 1 ? SINGLE_ASKED : BATCH_ASKED }),
    percentiles: { ours: percentilesOf(ours), baseline: percentilesOf(baseline) },
    also: {
      isolates,
      connections,
      processors,
      requests_per_second: median(ours.map(({ perSecond }) => perSecond)),
      rows_written_per_1000: (rows * 1_000) / recorded,
      sent_again_and_told_as_duplicates: resent,
    },
  };
  return resultOf(about, { ours: rates(ours), baseline: rates(baseline) });
}

/** The ids of a label are its own; each request's serials make them distinct. */
function bodiesOf({ perRequest, processors, segments }: RecordShape, label: string): string[] {
  const draw = seeded(11);
  let place = 0;
  const transaction = (): object => {
    place += 1;
    const segment = SEGMENTS[(place * 37) % segments]!;
    return transactionOf(`${label}_${SERIAL_MARK}`, PROCESSOR_IDS[place % processors]!, segment, draw());
  };
  return Array.from({ length: Math.ceil(BODIES / perRequest) }, () =>
    JSON.stringify(
      perRequest === 1 ? transaction() : { transactions: Array.from({ length: perRequest }, transaction) },
    ),
  );
}

/** As the load programs fill the marks in: counted through all bodies. */
function withSerials(body: string, first: number): string {
  let serial = first - 1;
  return body.replaceAll(SERIAL_MARK, () => String((serial += 1)).padStart(SERIAL_MARK.length, '0'));
}

/**
 * The first that were sent were surely answered: sent again they are duplicates, one and all. The very first body is passed over, for wrk
 * makes it to look at it and does not send it.
 */
async function checkDuplicates(
  api: ReturnType<typeof createApiClient>,
  shape: RecordShape,
  label: string,
  sample: number,
): Promise<void> {
  const bodies = bodiesOf(shape, label);
  for (let place = 1; place <= sample; place += 1) {
    const body = JSON.parse(withSerials(bodies[place]!, place * shape.perRequest + 1)) as unknown;
    const answer = await api.post<{ outcome?: string; counts?: { duplicate: number } }>(RECORD_PATH, body);
    const isTold = shape.perRequest === 1 ? answer.outcome === 'duplicate' : answer.counts?.duplicate === BATCH;
    if (!isTold) throw new Error(`sent again, it is not told as a duplicate: ${JSON.stringify(answer).slice(0, 300)}`);
  }
}
