// The composition root: the only file that knows every room. It gives each request its World and each cron line its job.
import * as heal from './heal.ts';
import * as judgeExperiments from './judge-experiments.ts';
import * as rollUpHistoryJob from './roll-up-history.ts';
import * as scaling from './scaling.ts';
import * as sweepBoards from './sweep-boards.ts';
import * as sweepUnknowns from './sweep-unknowns.ts';
import * as wakeStreams from './wake-streams.ts';
import { settingsOf } from './composition/deployment.ts';
import { tuningJobsOf, tuningOf } from './composition/tuning.ts';
import { analyticsOf, rollUpWorldOf } from './composition/analytics.ts';
import { alarmRoundsOf } from '../durable-objects/alarm-rounds.ts';
import { anomaliesOf, anomalyJobsOf } from './composition/anomalies.ts';
import { anomalyBookStub } from '../durable-objects/anomaly-book-client.ts';
import { AlertCourier as AlertCourierObject } from '../durable-objects/alert-courier.ts';
import {
  boardRegions,
  boardRegionsFrom,
  boardStub,
  createBoardClient,
  createCopyClient,
  createLiveClient,
} from '../durable-objects/board-client.ts';
import { boardsInTurn } from '../src/platform/boards-in-turn.ts';
import { channelFaults } from '../src/platform/notifications/channel-faults.ts';
import { createAlertCourierClient } from '../durable-objects/alert-courier-client.ts';
import { createApp } from '../src/http/app.ts';
import { createDecisionSigner } from '../src/platform/decision-signer.ts';
import { createCredentialLedgerClient } from '../durable-objects/credential-ledger-client.ts';
import { createHealingBookClient } from '../durable-objects/healing-book-client.ts';
import { predictionJobsOf, predictionsOf } from './composition/predictions.ts';
import { createHistoryDeskClient } from '../durable-objects/history-desk-client.ts';
import { createJobBookClient } from '../durable-objects/job-book-client.ts';
import { createProcessorClient, type RefusedPermits, sweepOf } from '../durable-objects/processor-client.ts';
import { createPseudonym } from '../src/platform/pseudonym.ts';
import { createNotificationSender, SEND_TIMEOUT_MS } from '../src/platform/notifications/notification-sender.ts';
import { decisionsOf, HealingBook as HealingBookObject, historyJobsOf } from './composition/history.ts';
import { tuningBookStub } from '../durable-objects/tuning-book-client.ts';
import { createRegistryClient, registryStub } from '../durable-objects/registry-client.ts';
import { awaitsTable, IsolateMemory, IsolateTable, type TableOrigins } from '../src/platform/isolate-table.ts';
import { RoutingBoard as RoutingBoardObject } from '../durable-objects/routing-board.ts';
import { limitedWork } from '../src/platform/limited-work.ts';
import { log } from '../durable-objects/object-log.ts';
import { openChannel } from '../src/flows/open-channel.ts';
import { runDueJobs } from '../src/flows/run-due-jobs.ts';
import { runOnEvent } from '../src/flows/run-on-event.ts';
import { liveJson } from '../src/http/schemas/live.ts';
import type { ChannelSource, NotificationPort } from '../src/ports/notification-port.ts';
import type { HealingDesk } from '../src/ports/healing-port.ts';
import { type IsolatePlace, NOWHERE, placeOf } from '../src/domain/routing/board-regions.ts';
import type { Job, JobDesk } from '../src/ports/job-port.ts';
import type { LiveMessage } from '../src/ports/live-port.ts';
import { ADAPTERS } from '../src/connectors/adapters.ts';
import { createSecretBox } from '../src/platform/secret-box.ts';
import { createSourceBook, SourceMemory } from '../src/platform/source-book.ts';
import { adapter as redisStream } from '../src/connectors/redis-stream/adapter.ts';
import { createStreamReadersClient } from '../durable-objects/stream-reader-client.ts';
import { createUpstashStream, LETTERS_MAX } from '../src/platform/upstash-stream.ts';
import { throughEntrance } from '../src/http/entrance.ts';
import { openStream } from '../src/flows/open-stream.ts';
import { readEntry } from '../src/connectors/redis-stream/read-entry.ts';
import { StreamReader as StreamReaderObject } from '../durable-objects/stream-reader.ts';
import { readScalingSettings } from '../src/domain/scaling/scaling-settings.ts';
import { letterStreamOf } from '../src/connectors/redis-stream/own-keys.ts';
import { streamSettingsOf } from '../src/connectors/redis-stream/stream-settings.ts';
import { createWebhookIntakeClient } from '../durable-objects/webhook-intake-client.ts';
import { UpstashReplica } from '../src/platform/upstash-replica.ts';
import { WebhookTally } from '../src/platform/webhook-tally.ts';
import { registryThatTells, type TellEvents, tellingOf } from './composition/telling.ts';
import { worldsOf } from './composition/request-world.ts';
import { trainingJobsOf, trainingOf } from './composition/training.ts';
import { withinTime } from '../durable-objects/time-limit.ts';
import { modelBookStub } from '../durable-objects/model-book-client.ts';
import type { StreamDesk } from '../src/ports/stream-desk.ts';
import type { StreamWorld } from '../src/flows/read-stream.ts';
import type { WebhookSource } from '../src/domain/configuration/webhook-source.ts';
import type { ReplicaPort } from '../src/ports/replica-port.ts';
import type { SecretBox } from '../src/ports/secret-box.ts';
import type { WebhookPort } from '../src/ports/webhook-port.ts';
import type { World } from '../src/ports/world.ts';

export { CredentialLedgers } from '../durable-objects/credential-ledger.ts';
export { JobBook } from '../durable-objects/job-book.ts';
export { PredictionBook } from '../durable-objects/prediction-book.ts';
export { WebhookIntake } from '../durable-objects/webhook-intake.ts';

export { AnomalyBook } from './composition/anomalies.ts';
export { TuningBook } from './composition/tuning.ts';
export { HistoryDesk, Processor, ProcessorShard, Registry } from './composition/history.ts';
export { ModelBook } from './composition/training.ts';

export class RoutingBoard extends RoutingBoardObject {
  protected override liveText(message: LiveMessage): string {
    return JSON.stringify(liveJson(message));
  }

  readonly #replica = replicaOf(this.env);

  protected override replica(): ReplicaPort | null {
    return this.#replica;
  }
}

/** Of one call to Upstash: a board's may take its time, an isolate's answers nobody after a cold isolate has given up. */
const REPLICA_CALL_MS = 1_000;

function replicaOf(env: Env): ReplicaPort | null {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = env;
  if (url === '' || token === undefined || token === '') return null;
  const signingKeys = env.DECISION_SIGNING_KEYS;
  return new UpstashReplica({ url, token, signingKeys, timeoutMs: REPLICA_CALL_MS, clock: () => Date.now() });
}

export class AlertCourier extends AlertCourierObject {
  protected override readonly source: ChannelSource = {
    channels: async () => {
      const [stored, box] = [await registryStub(this.env).channels(), secretBoxOf(this.env)];
      return await Promise.all(stored.map(async (channel) => await openChannel(box, channel, Date.now())));
    },
  };

  protected override readonly sender = createNotificationSender({
    allowLoopback: mayLoopBack(this.env),
    consoleUrl: consoleUrlOf(this.env),
    timeoutMs: SEND_TIMEOUT_MS,
    clock: () => Date.now(),
  });
}

export class StreamReader extends StreamReaderObject {
  protected override open(source: WebhookSource): StreamWorld | null {
    return openStream(
      createWorld(this.env, (work) => this.ctx.waitUntil(work)),
      source,
    );
  }
}

/** What has happened is looked at here: the book knows how long ago the last sweep was, whoever asks for one. */
export class HealingBook extends HealingBookObject {
  protected override async sweep(): Promise<boolean> {
    const run: Job['run'] = async (shift) => await withWorld(this.env, async (world) => await heal.sweep(world, shift));
    return await runOnEvent(jobsOf(this.env), { ...heal.sheet, run });
  }
}

/** What one isolate remembers between requests; all of it may vanish at any moment. */
const memory = new IsolateMemory();
const refusedPermits: RefusedPermits = new Map();
let secrets: { text: string; signer: World['signer']; pseudonym: World['pseudonym'] } | null = null;

function secretsOf(env: Env): NonNullable<typeof secrets> {
  if (secrets === null || secrets.text !== env.DECISION_SIGNING_KEYS) {
    const text = env.DECISION_SIGNING_KEYS;
    secrets = { text, signer: createDecisionSigner(text), pseudonym: createPseudonym(text) };
  }
  return secrets;
}

let sealing: { readonly text: string; readonly box: SecretBox } | null = null;
const sourceMemory = new SourceMemory();
const tally = new WebhookTally();

function secretBoxOf(env: Env): SecretBox {
  if (sealing?.text !== env.SECRETS_KEY) sealing = { text: env.SECRETS_KEY, box: createSecretBox(env.SECRETS_KEY) };
  return sealing.box;
}

function webhooksOf(env: Env, registry: World['registry'], later: World['later'], clock: () => number): WebhookPort {
  const intake = createWebhookIntakeClient(env);
  return {
    adapters: ADAPTERS,
    sources: createSourceBook(sourceMemory, registry),
    intake,
    // Recommendations must go on where the secret was forgotten.
    get box() {
      return secretBoxOf(env);
    },
    count: (counts) => {
      const handingOn = tally.add(counts, intake, clock());
      if (handingOn !== null) later(handingOn);
    },
    fetch: async (input, init) => await fetch(input, init),
    withinTime,
  };
}

/** What is no web address would have Slack refuse the whole message. */
function consoleUrlOf({ CONSOLE_URL }: Env): string | null {
  const url = URL.parse(CONSOLE_URL);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null;
}

const mayLoopBack = (env: Env): boolean => env.ALERT_LOOPBACK === 'on';

function notificationsOf(env: Env): NotificationPort {
  return {
    courier: createAlertCourierClient(env),
    get box() {
      return secretBoxOf(env);
    },
    faults: (channel) => channelFaults(channel, { allowLoopback: mayLoopBack(env) }),
  };
}

/** Of one call to the Redis of a stream. */
const STREAM_CALL_MS = 3_000;

function streamsOf(env: Env): StreamDesk {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token = '' } = env;
  const variables = { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token };
  return {
    adapter: redisStream,
    missing: Object.entries(variables).flatMap(([name, value]) => (value === '' ? [name] : [])),
    placeOf: ({ own }) => streamSettingsOf(own),
    connect: ({ id, own }) => {
      const settings = streamSettingsOf(own);
      if (settings === null || url === '' || token === '') return null;
      const { stream, group, mapping, family } = settings;
      const port = createUpstashStream({
        url,
        token,
        stream,
        group,
        // There is one reader: what its life before was handed is its own.
        consumer: 'reader',
        letterStream: letterStreamOf(id),
        lettersMax: LETTERS_MAX,
        timeoutMs: STREAM_CALL_MS,
      });
      return { port, family, read: (entry) => readEntry(entry, mapping) };
    },
    readers: createStreamReadersClient(env),
  };
}

/** Of this isolate, by its first request; it stays, for another board would have to tell everything anew. */
let place: IsolatePlace | null = null;

const clock = (): number => Date.now();
const drawNonce = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
const tellingRegistry = (env: Env, later: World['later']): World['registry'] =>
  registryThatTells(createRegistryClient(env), tellingOf(env, later));

const createWorld = worldsOf(
  (env, later) => ({
    ...secretsOf(env),
    tables: new IsolateTable(memory, tableOriginsOf(env), later, clock),
    now: clock,
    nonce: drawNonce,
    withinRate: async (keyId) => (await env.RATE_LIMIT.limit({ key: keyId })).success,
    settings: settingsOf(env),
  }),
  {
    processors: (env) => createProcessorClient(env, refusedPermits, clock),
    credentials: createCredentialLedgerClient,
    registry: tellingRegistry,
    // A ticket opens the board that issued it, from wherever it is shown.
    live: (env) => createLiveClient(env, boardRegionsFrom(env, NOWHERE)[0]),
    copies: createCopyClient,
    decisions: (env, later) => decisionsOf(env, later, clock),
    history: createHistoryDeskClient,
    webhooks: (env, later) => webhooksOf(env, tellingRegistry(env, later), later, clock),
    streams: streamsOf,
    notifications: notificationsOf,
    jobs: jobsOf,
    healing: (env, later) => healingOf(env, tellingOf(env, later)),
    analytics: analyticsOf,
    anomalies: anomaliesOf,
    predictions: (env, later) => predictionsOf(env, tellingOf(env, later)),
    training: trainingOf,
    tuning: (env, later) => tuningOf(env, later, tellingOf(env, later)),
  },
);

/** Asked of only by those that refill. */
const tableOriginsOf = (env: Env): TableOrigins => ({
  get board() {
    const [region, ...others] = boardRegionsFrom(env, place ?? NOWHERE);
    return boardsInTurn([createBoardClient(env, region), ...others.map((other) => createBoardClient(env, other))]);
  },
  get replica() {
    return replicaOf(env);
  },
});

const app = createApp(({ request, env, executionCtx }) => {
  place ??= placeOf(request.cf);
  return createWorld(env as Env, (work) => executionCtx.waitUntil(work));
});

/** A dashboard that is away holds nobody up. */
const TELL_WAIT_MS = 500;

function healingOf(env: Env, tell: TellEvents): HealingDesk {
  const boards = () => boardRegions(env).map((region) => boardStub(env, region));
  return {
    book: createHealingBookClient(env),
    ...alarmRoundsOf(env),
    sweepBoards: async () => void (await Promise.all(boards().map(async (board) => await board.sweep()))),
    sweepUnknowns: async (address) => await sweepOf(env, address),
    tell: async (events) => {
      tell(events.map((event) => ({ type: 'healing', event })));
      await Promise.all(
        boards().map(async (board) => await withinTime(TELL_WAIT_MS, async () => await board.announceHealing(events))),
      );
    },
  };
}

/** What is begun behind the work of a job belongs to it. */
async function withWorld<Value>(env: Env, work: (world: World) => Promise<Value>): Promise<Value> {
  const behind: Promise<unknown>[] = [];
  const value = await work(createWorld(env, (more) => void behind.push(more)));
  await Promise.allSettled(behind);
  return value;
}

function jobsOf(env: Env): JobDesk {
  const registry = createRegistryClient(env);
  const table: readonly Job[] = [
    ...historyJobsOf(env, registry, {
      anomalies: async () => await anomalyBookStub(env).historyStanding(),
      models: async () => await modelBookStub(env).historyStanding(),
      tuning: async () => await tuningBookStub(env).historyStanding(),
    }),
    ...trainingJobsOf(env, registry),
    {
      ...sweepBoards.sheet,
      run: async (shift) =>
        await sweepBoards.run(
          boardRegions(env).map((region) => boardStub(env, region)),
          shift,
        ),
    },
    {
      ...judgeExperiments.sheet,
      run: async (shift) =>
        await judgeExperiments.run(
          registry,
          createProcessorClient(env, refusedPermits, () => Date.now()),
          shift,
        ),
    },
    ...anomalyJobsOf(env, registry),
    ...tuningJobsOf(env, withWorld),
    { ...heal.sheet, run: async (shift) => await withWorld(env, async (world) => await heal.run(world, shift)) },
    ...predictionJobsOf(env, withWorld),
    {
      ...wakeStreams.sheet,
      run: async (shift) => await wakeStreams.run(registry, createStreamReadersClient(env), shift),
    },
    {
      ...scaling.sheet,
      run: async (shift) =>
        await withWorld(env, async (world) => await scaling.run(world, readScalingSettings(env), shift)),
    },
    {
      ...rollUpHistoryJob.sheet,
      run: async (shift) => await rollUpHistoryJob.run(rollUpWorldOf(env, registry), shift),
    },
    {
      ...sweepUnknowns.sheet,
      run: async (shift) =>
        await sweepUnknowns.run(await registry.configuration(), async (address) => await sweepOf(env, address), shift),
    },
  ];
  return { table, book: createJobBookClient(env), limited: limitedWork, log };
}

const serve = throughEntrance<Env, ExecutionContext>(async (request, env, ctx) => await app.fetch(request, env, ctx), {
  clock: () => Date.now(),
  awaitsTable: (now) => awaitsTable(memory, now),
});

export default {
  fetch: serve,
  async scheduled({ cron, scheduledTime }, env) {
    await runDueJobs(jobsOf(env), { cron, scheduledMs: scheduledTime });
  },
} satisfies ExportedHandler<Env>;
