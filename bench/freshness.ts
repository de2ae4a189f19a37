// How long after a processor has failed the last of several isolates goes on recommending it, while all of them are at work. `node bench/freshness.ts [--quick]`.
import { OWNER, signalboxWorkers, startBareWorkerd } from './bare-workerd.ts';
import { median } from './result.ts';
import { createApiClient, type ApiClient } from '../tools/api-client.ts';
import { drawSecrets } from '../tools/secrets.ts';
import { endOnInterrupt } from '../tools/run-program.ts';
import { COUNTRIES, RECOMMEND_PATH, RECORD_PATH } from './house.ts';
import { runFlows, type Flow } from './load/flows.ts';
import { SERIAL_MARK } from './load/load.ts';

export interface FreshnessOptions {
  readonly isolates: number;
  readonly trips: number;
  /** Behind it, in all: recommendations and results a second. */
  readonly recommendsPerSecond: number;
  readonly resultsPerSecond: number;
  /** As BOARD_REGIONS; default: one board. */
  readonly regions?: string;
  /** One line of progress. */
  readonly tell: (line: string) => void;
}

export interface FreshnessFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of each trip: from the acknowledgement of its tenth failure to the last recommendation of the last isolate. */
  readonly eachMs: readonly number[];
  readonly isolates: number;
}

export const FRESHNESS = { isolates: 6, trips: 30, recommendsPerSecond: 200, resultsPerSecond: 50 };
export const QUICK_FRESHNESS = { isolates: 3, trips: 6, recommendsPerSecond: 60, resultsPerSecond: 20 };

const FAILURES = 10;
const STEADY = ['steady_1', 'steady_2'];
const paymentIn = (country: string) => ({ payment_method: 'PIX', country, amount: 10, currency: 'USD' });
const PAYMENT = paymentIn(COUNTRIES[0]!);
const POLL_MS = 15;
/** So many answers in a row without it, of each isolate: one alone may be chance. */
const CLEAN = 10;
const TRIP_WAIT_MS = 30_000;
/** At most 39: each in a country of its own. Trips begin anywhere between two refills. */
const BETWEEN_MS = [300, 1_300] as const;
const LOAD_MS = 3_600_000;

export async function measureFreshness(options: FreshnessOptions): Promise<FreshnessFigures> {
  const secrets = drawSecrets();
  const texts = options.regions === undefined ? {} : { BOARD_REGIONS: options.regions };
  const workerd = await startBareWorkerd(await signalboxWorkers(secrets, options.isolates, texts));
  const load = new AbortController();
  try {
    const urls = Object.values(workerd.urls);
    const key = await createApiClient(workerd.urls[OWNER]!, secrets.bootstrapKey).createKey('bench', ['admin']);
    const clients = urls.map((url) => createApiClient(url, key));
    const trips = await prepare(clients[0]!, options.trips);
    const behind = runFlows({ flows: flowsOf(urls, key, options), durationMs: LOAD_MS, run: 1 }, load.signal);
    const eachMs: number[] = [];
    for (const [index, trip] of trips.entries()) {
      await passed(BETWEEN_MS[0] + ((index * 0.618) % 1) * (BETWEEN_MS[1] - BETWEEN_MS[0]));
      eachMs.push(await timeOfTrip(clients, clients[index % clients.length]!, trip));
      options.tell(`freshness  trip ${index + 1} of ${options.trips}  ${eachMs.at(-1)!.toFixed(0)} ms`);
    }
    load.abort();
    await behind;
    return {
      p50Ms: median(eachMs),
      p99Ms: eachMs.toSorted((a, b) => a - b)[Math.ceil(0.99 * eachMs.length) - 1]!,
      eachMs,
      isolates: options.isolates,
    };
  } finally {
    load.abort();
    await workerd.stop();
  }
}

/** A processor that comes first in a country of its own, as long as it is well. */
interface Trip {
  readonly id: string;
  readonly country: string;
}

async function prepare(api: ApiClient, count: number): Promise<readonly Trip[]> {
  const trips = COUNTRIES.slice(1, count + 1).map((country, index) => ({ id: `failing_${index + 1}`, country }));
  const processor = (id: string, countries: readonly string[]) => ({
    id,
    name: id,
    payment_methods: ['PIX'],
    countries,
  });
  for (const id of STEADY) await api.post('/api/v1/processors', processor(id, COUNTRIES));
  for (const { id, country } of trips) {
    await api.post('/api/v1/processors', processor(id, [country]));
    const action = { kind: 'prefer', processors: [id] };
    await api.post('/api/v1/rules', { id, name: id, priority: 1, countries: [country], condition: null, action });
  }
  return trips;
}

interface Answer {
  readonly recommendations: readonly { readonly processor_id: string; readonly recommended: boolean }[];
}

/** From when the failures were acknowledged to the last answer, of any isolate, that recommended the processor or might have. */
async function timeOfTrip(clients: readonly ApiClient[], reporter: ApiClient, { id, country }: Trip): Promise<number> {
  const payment = paymentIn(country);
  const deadline = performance.now() + TRIP_WAIT_MS;
  const recommends = async (client: ApiClient): Promise<boolean> => {
    const { recommendations } = await client.post<Answer>(RECOMMEND_PATH, payment);
    return recommendations.some((row) => row.processor_id === id && row.recommended);
  };
  while (!(await Promise.all(clients.map(recommends))).every(Boolean)) {
    if (performance.now() > deadline) throw new Error(`not every isolate recommends ${id} while it is well`);
    await passed(POLL_MS);
  }
  const transactions = Array.from({ length: FAILURES }, (_, index) => ({
    ...payment,
    processor_id: id,
    result: 'error',
    transaction_id: `${id}_${index}`,
  }));
  await reporter.post(RECORD_PATH, { transactions });
  const acknowledgedAt = performance.now();
  const ends = clients.map(async (client) => {
    let [last, clean] = [acknowledgedAt, 0];
    while (clean < CLEAN) {
      if (performance.now() > deadline) throw new Error(`${id} is recommended ${TRIP_WAIT_MS} ms after it failed`);
      clean = (await recommends(client)) ? 0 : clean + 1;
      if (clean === 0) last = performance.now();
      await passed(POLL_MS);
    }
    return last;
  });
  return Math.max(...(await Promise.all(ends))) - acknowledgedAt;
}

function flowsOf(urls: readonly string[], key: string, options: FreshnessOptions): Flow[] {
  const headers = { 'authorization': `Bearer ${key}`, 'content-type': 'application/json' };
  const { recommendsPerSecond, resultsPerSecond } = options;
  const each = { headers, connections: 8, retriesAtOnce: false };
  return urls.flatMap((url, index) => [
    {
      ...each,
      name: `recommend ${index}`,
      url,
      path: RECOMMEND_PATH,
      bodies: [JSON.stringify(PAYMENT)],
      perSecond: recommendsPerSecond / urls.length,
    },
    {
      ...each,
      name: `record ${index}`,
      url,
      path: RECORD_PATH,
      bodies: STEADY.map((processorId) =>
        JSON.stringify({
          ...PAYMENT,
          processor_id: processorId,
          result: 'approved',
          transaction_id: `${index}_${SERIAL_MARK}`,
        }),
      ),
      perSecond: resultsPerSecond / urls.length,
    },
  ]);
}

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (import.meta.main) {
  endOnInterrupt();
  const shape = process.argv.includes('--quick') ? QUICK_FRESHNESS : FRESHNESS;
  const figures = await measureFreshness({ ...shape, tell: (line) => console.error(line) });
  console.log(
    `${shape.trips} trips, ${figures.isolates} isolates: p50 ${figures.p50Ms.toFixed(0)} ms, p99 ${figures.p99Ms.toFixed(0)} ms`,
  );
  process.exit(0);
}
