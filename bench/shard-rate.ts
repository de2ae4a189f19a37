// Results a second that one processor takes on shards, beside the same processor undivided: offered at a fixed rate, and as fast as callers can.
// `node bench/shard-rate.ts [--quick]`.
import { OWNER, signalboxWorkers, startBareWorkerd, type BareWorkerd, UNDIVIDED } from './bare-workerd.ts';
import { createApiClient, type ApiClient } from '../tools/api-client.ts';
import { drawSecrets } from '../tools/secrets.ts';
import { endOnInterrupt } from '../tools/run-program.ts';
import { median, percentile } from './result.ts';
import { RECORD_PATH } from './house.ts';
import { runFlows } from './load/flows.ts';
import { SERIAL_MARK } from './load/load.ts';

export interface ShardRateOptions {
  readonly rounds: number;
  /** Of each load. */
  readonly seconds: number;
  /** Results. */
  readonly offeredPerSecond: number;
  /** Results in one request, all of the one processor: they go to the shards that own them. */
  readonly perRequest: number;
  readonly shards: number;
  /** One line of progress. */
  tell(line: string): void;
}

export interface ShardLoad {
  /** Results acknowledged a second of those that were offered at the fixed rate. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** As fast as callers could. */
  readonly mostPerSecond: number;
}

export interface ShardRateFigures {
  readonly divided: ShardLoad;
  readonly undivided: ShardLoad;
  /** Acknowledged in all, and counted by the processor when all was over. */
  readonly acknowledged: number;
  readonly counted: number;
  readonly shards: number;
  /** Of each round. */
  readonly each: readonly { readonly divided: ShardLoad; readonly undivided: ShardLoad }[];
}

/** workerd runs all objects on one thread, and each call of one costs it more than its results: a request is to bring some for each shard. */
export const SHARD_RATE = { rounds: 5, seconds: 2, offeredPerSecond: 5_000, perRequest: 100, shards: 8 };
export const QUICK_SHARD_RATE = { ...SHARD_RATE, rounds: 2, seconds: 1 };

const PROCESSOR = 'hot';
const CONNECTIONS = 32;
const COUNTRIES = ['BR', 'MX', 'CO', 'CL'];
const WAIT_MS = 60_000;
const POLL_MS = 100;
const WARM_UP_MS = 1_500;

export async function measureShardRate(options: ShardRateOptions): Promise<ShardRateFigures> {
  const divided = await HotProcessor.start({
    SHARDS_MAX: `${options.shards}`,
    SHARD_REQUESTS_PER_SECOND: '1',
    SHARD_UP_COOLDOWN_MS: '0',
  });
  const undivided = await HotProcessor.start(UNDIVIDED).catch(async (error: unknown) => {
    await divided.stop();
    throw error;
  });
  try {
    await divided.warmUp(options, options.shards);
    await undivided.warmUp(options, 0);
    const each: { divided: ShardLoad; undivided: ShardLoad }[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const figures = { divided: await divided.load(options), undivided: await undivided.load(options) };
      each.push(figures);
      const said = Object.entries(figures).map(
        ([name, { perSecond, p99Ms, mostPerSecond }]) =>
          `${name} ${perSecond.toFixed(0)}/s p99 ${p99Ms.toFixed(1)} ms, at most ${mostPerSecond.toFixed(0)}/s`,
      );
      options.tell(`shards  round ${round} of ${options.rounds}  ${said.join('; ')}`);
    }
    const medianOf = (of: 'divided' | 'undivided'): ShardLoad => ({
      perSecond: median(each.map((figures) => figures[of].perSecond)),
      p50Ms: median(each.map((figures) => figures[of].p50Ms)),
      p99Ms: median(each.map((figures) => figures[of].p99Ms)),
      mostPerSecond: median(each.map((figures) => figures[of].mostPerSecond)),
    });
    const counted = await divided.counted();
    if (counted < divided.acknowledged)
      throw new Error(`${divided.acknowledged} were acknowledged and ${counted} are counted`);
    const { acknowledged } = divided;
    return {
      divided: medianOf('divided'),
      undivided: medianOf('undivided'),
      acknowledged,
      counted,
      shards: options.shards,
      each,
    };
  } finally {
    await divided.stop();
    await undivided.stop();
  }
}

/** One workerd with one processor. */
class HotProcessor {
  readonly #workerd: BareWorkerd;
  readonly #api: ApiClient;
  readonly #key: string;
  acknowledged = 0;
  #runs = 0;

  private constructor(workerd: BareWorkerd, api: ApiClient, key: string) {
    this.#workerd = workerd;
    this.#api = api;
    this.#key = key;
  }

  static async start(variables: Readonly<Record<string, string>>): Promise<HotProcessor> {
    const secrets = drawSecrets();
    const workerd = await startBareWorkerd(await signalboxWorkers(secrets, 1, variables));
    try {
      const url = workerd.urls[OWNER]!;
      const key = await createApiClient(url, secrets.bootstrapKey).createKey('bench', ['admin']);
      const api = createApiClient(url, key);
      await api.post('/api/v1/processors', {
        id: PROCESSOR,
        name: PROCESSOR,
        payment_methods: ['CARD', 'PIX'],
        countries: COUNTRIES,
      });
      return new HotProcessor(workerd, api, key);
    } catch (error) {
      await workerd.stop();
      throw error;
    }
  }

  /** Until so many shards own all slots. */
  async warmUp(options: ShardRateOptions, shards: number): Promise<void> {
    const deadlineMs = performance.now() + WAIT_MS;
    for (;;) {
      await this.#run(options, options.offeredPerSecond, WARM_UP_MS);
      const { objects } = await this.#api.get<{ objects: { shard: number; slots: number }[] }>(
        '/api/v1/resources/stats',
      );
      const owners = objects.filter(({ slots }) => slots > 0);
      if (shards === 0 ? owners.length === 1 : owners.length === shards && owners.every(({ shard }) => shard > 0))
        return;
      if (performance.now() > deadlineMs)
        throw new Error(`after ${WAIT_MS} ms under load there are ${owners.length} owners of slots and not ${shards}`);
    }
  }

  async load(options: ShardRateOptions): Promise<ShardLoad> {
    const offered = await this.#run(options, options.offeredPerSecond, options.seconds * 1_000);
    const most = await this.#run(options, null, options.seconds * 1_000);
    return { ...offered, mostPerSecond: most.perSecond };
  }

  /** What its own object has counted, when all deltas have landed and the table has it. */
  async counted(): Promise<number> {
    const deadlineMs = performance.now() + WAIT_MS;
    for (let counted = 0; ; ) {
      const metrics = await (await this.#api.request('GET', '/metrics')).text();
      const now = [...metrics.matchAll(/^signalbox_attempts_total\{.*\} (\d+)/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
      if ((now >= this.acknowledged && now === counted) || performance.now() > deadlineMs) return now;
      counted = now;
      await new Promise((resolve) => setTimeout(resolve, 10 * POLL_MS));
    }
  }

  async stop(): Promise<void> {
    await this.#workerd.stop();
  }

  /** Throws where an answer is not as it should be. */
  async #run(
    { perRequest }: ShardRateOptions,
    perSecond: number | null,
    durationMs: number,
  ): Promise<Omit<ShardLoad, 'mostPerSecond'>> {
    this.#runs += 1;
    const headers = { 'authorization': `Bearer ${this.#key}`, 'content-type': 'application/json' };
    const flow = {
      ...{ name: 'results', url: this.#workerd.urls[OWNER]!, path: RECORD_PATH, headers, bodies: bodiesOf(perRequest) },
      ...{
        connections: CONNECTIONS,
        perSecond: perSecond === null ? null : perSecond / perRequest,
        retriesAtOnce: false,
      },
    };
    const { results } = await runFlows({ flows: [flow], durationMs, run: this.#runs });
    const { answered, answers, wrong, broken } = results!;
    if (broken > 0 || Object.keys(wrong).length > 0)
      throw new Error(`${broken} requests were broken off; other answers: ${JSON.stringify(wrong)}`);
    this.acknowledged += answered * perRequest;
    const times = answers.map(({ tookMs }) => tookMs);
    return {
      perSecond: (answered * perRequest * 1_000) / durationMs,
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
    };
  }
}

/** Each in a segment of its own. */
const bodiesOf = (perRequest: number): string[] =>
  COUNTRIES.flatMap((country) =>
    ['CARD', 'PIX'].map((method) =>
      JSON.stringify({
        transactions: Array.from({ length: perRequest }, (_, place) => ({
          processor_id: PROCESSOR,
          result: place % 8 === 7 ? 'declined' : 'approved',
          payment_method: method,
          country,
          amount: 10 + place,
          currency: 'USD',
          transaction_id: `${method}_${country}_${place}_${SERIAL_MARK}`,
          latency_ms: 120,
        })),
      }),
    ),
  );

if (import.meta.main) {
  endOnInterrupt();
  const options = process.argv.includes('--quick') ? QUICK_SHARD_RATE : SHARD_RATE;
  const figures = await measureShardRate({ ...options, tell: (line) => console.error(line) });
  console.log(JSON.stringify(figures, null, 2));
}
