// The part of the composition root that usual calls do without: the whole surface, every other port, and the jobs. It is loaded by the first that needs it.
import * as heal from '../heal.ts';
import * as judgeExperiments from '../judge-experiments.ts';
import * as rollUpHistoryJob from '../roll-up-history.ts';
import * as scaling from '../scaling.ts';
import * as sweepBoards from '../sweep-boards.ts';
import * as sweepUnknowns from '../sweep-unknowns.ts';
import * as wakeStreams from '../wake-streams.ts';
import { ADAPTERS } from '../../src/connectors/adapters.ts';
import { alarmRoundsOf } from '../../durable-objects/alarm-rounds.ts';
import { analyticsOf, rollUpWorldOf } from './analytics.ts';
import { anomaliesOf, anomalyJobsOf } from './anomalies.ts';
import { anomalyBookStub } from '../../durable-objects/anomaly-book-client.ts';
import {
  boardRegions,
  boardRegionsFrom,
  boardStub,
  createCopyClient,
  createLiveClient,
} from '../../durable-objects/board-client.ts';
import { clock, refusedPermits, worldOf, worlds } from './usual-world.ts';
import { createApp } from '../../src/http/app.ts';
import { createHealingBookClient } from '../../durable-objects/healing-book-client.ts';
import { createHistoryDeskClient } from '../../durable-objects/history-desk-client.ts';
import { createJobBookClient } from '../../durable-objects/job-book-client.ts';
import { createProcessorClient, sweepOf } from '../../durable-objects/processor-client.ts';
import { createRegistryClient } from '../../durable-objects/registry-client.ts';
import { createSourceBook, SourceMemory } from '../../src/platform/source-book.ts';
import { createStreamReadersClient } from '../../durable-objects/stream-reader-client.ts';
import { createUpstashStream, LETTERS_MAX } from '../../src/platform/upstash-stream.ts';
import { createWebhookIntakeClient } from '../../durable-objects/webhook-intake-client.ts';
import { historyJobsOf } from './history.ts';
import { letterStreamOf } from '../../src/connectors/redis-stream/own-keys.ts';
import { limitedWork } from '../../src/platform/limited-work.ts';
import { log } from '../../durable-objects/object-log.ts';
import { modelBookStub } from '../../durable-objects/model-book-client.ts';
import { notificationsOf, secretBoxOf } from './channels.ts';
import { NOWHERE } from '../../src/domain/routing/board-regions.ts';
import { openStream } from '../../src/flows/open-stream.ts';
import { predictionJobsOf, predictionsOf } from './predictions.ts';
import { readEntry } from '../../src/connectors/redis-stream/read-entry.ts';
import { readScalingSettings } from '../../src/domain/scaling/scaling-settings.ts';
import { adapter as redisStream } from '../../src/connectors/redis-stream/adapter.ts';
import { registryThatTells, type TellEvents, tellingOf } from './telling.ts';
import { runDueJobs } from '../../src/flows/run-due-jobs.ts';
import { runOnEvent } from '../../src/flows/run-on-event.ts';
import { streamSettingsOf } from '../../src/connectors/redis-stream/stream-settings.ts';
import { trainingJobsOf, trainingOf } from './training.ts';
import { tuningBookStub } from '../../durable-objects/tuning-book-client.ts';
import { tuningJobsOf } from './tuning.ts';
import { WebhookTally } from '../../src/platform/webhook-tally.ts';
import { withinTime } from '../../durable-objects/time-limit.ts';
import type { HealingDesk } from '../../src/ports/healing-port.ts';
import type { Job, JobDesk } from '../../src/ports/job-port.ts';
import type { StreamDesk } from '../../src/ports/stream-desk.ts';
import type { StreamWorld } from '../../src/flows/read-stream.ts';
import type { WebhookPort } from '../../src/ports/webhook-port.ts';
import type { WebhookSource } from '../../src/domain/configuration/webhook-source.ts';
import type { World } from '../../src/ports/world.ts';

const tellingRegistry = (env: Env, later: World['later']): World['registry'] =>
  registryThatTells(createRegistryClient(env), tellingOf(env, later));

worlds.furnish({
  registry: tellingRegistry,
  // A ticket opens the board that issued it, from wherever it is shown.
  live: (env) => createLiveClient(env, boardRegionsFrom(env, NOWHERE)[0]),
  copies: createCopyClient,
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
});

export const app = createApp(worldOf);

/** `null`: the deployment has no Redis. */
export const openSource = (env: Env, later: World['later'], source: WebhookSource): StreamWorld | null =>
  openStream(worlds.open(env, later), source);

export async function runCron(env: Env, cron: string, scheduledMs: number): Promise<void> {
  await runDueJobs(jobsOf(env), { cron, scheduledMs });
}

/** False: another run is at it. */
export async function sweepOnEvent(env: Env): Promise<boolean> {
  const run: Job['run'] = async (shift) => await withWorld(env, async (world) => await heal.sweep(world, shift));
  return await runOnEvent(jobsOf(env), { ...heal.sheet, run });
}

const sourceMemory = new SourceMemory();
const tally = new WebhookTally();

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
  const value = await work(worlds.open(env, (more) => void behind.push(more)));
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
