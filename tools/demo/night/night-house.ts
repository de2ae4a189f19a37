// The house that the night demo's jobs look after: the real core behind the real flows on a clock that is turned by hand, with the real history.
import { anomaliesOf, noAnomalies } from '../../in-memory/in-memory-anomalies.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';
import { chance } from '../payments.ts';
import type { ConfigurationChange } from '../../../src/domain/configuration/configuration-change.ts';
import type { Experiment } from '../../../src/domain/configuration/configuration.ts';
import { createNeonAnomalies } from '../../../src/db/neon-anomalies.ts';
import { createNeonHistory } from '../../../src/db/neon-history.ts';
import { createNeonPast } from '../../../src/db/neon-past.ts';
import { createNeonRollUps } from '../../../src/db/neon-roll-ups.ts';
import { createNeonTraining } from '../../../src/db/neon-training.ts';
import { createNeonTuning } from '../../../src/db/neon-tuning.ts';
import { healingOf, noHealing } from '../../in-memory/in-memory-healing.ts';
import type { HistoryKeeperPort, HistoryPort } from '../../../src/ports/history-port.ts';
import { MOCK_PROCESSORS } from '../mock-processors.ts';
import { NightBoard } from './night-board.ts';
import { NightDesk } from './night-desk.ts';
import { NightProcessors } from './night-processors.ts';
import { NightRegistry } from './night-registry.ts';
import { nightPseudonym, nightSigner } from './night-secrets.ts';
import { noPredictions, predictionsOf } from '../../in-memory/in-memory-predictions.ts';
import { noTuning, tuningOf } from '../../in-memory/in-memory-tuning.ts';
import { noTraining, trainingOf } from '../../in-memory/in-memory-training.ts';
import { NIGHT_VARIABLES } from './night-variables.ts';
import { readPredictionSettings } from '../../../src/domain/predictions/prediction-settings.ts';
import { readTrainingSettings } from '../../../src/domain/training/training-settings.ts';
import { readRetention } from '../../../src/domain/history/retention.ts';
import { readShardSettings } from '../../../src/domain/scaling/shard-settings.ts';
import { readScalingSettings } from '../../../src/domain/scaling/scaling-settings.ts';
import { readTuningSettings } from '../../../src/domain/tuning/tuning-settings.ts';
import type { RollUpPort } from '../../../src/ports/analytics-port.ts';
import type { World } from '../../../src/ports/world.ts';
import { absent } from './absent.ts';

/** Contracts want it; and a trouble can only be told from everybody's where others have traffic as well. */
const SHARE_MIN = 0.2;
/** Of one question to history; the machine may be busy with other things. */
const TIMEOUT_MS = 30_000;

/** Both arms do the same: whoever stops one of them has cried wolf. */
export const EQUAL_ARMS: Experiment = {
  ...{ id: 'equal_arms', name: 'Two arms that do the same', enabled: true, stickyBy: 'payment_id', shareA: 0.5 },
  ...{ paymentMethods: ['CARD'], countries: ['BR'] },
  arms: [
    { name: 'as ever', strategy: 'learned' },
    { name: 'as ever, too', strategy: 'learned' },
  ],
};

export class NightHouse {
  now: number;
  readonly registry: NightRegistry;
  readonly processors: NightProcessors;
  readonly desk = new NightDesk();
  readonly history: HistoryPort & HistoryKeeperPort;
  readonly anomalies = noAnomalies();
  readonly healing = noHealing();
  readonly predictions = noPredictions();
  readonly tuning = noTuning();
  readonly training = noTraining();
  readonly rollUps: RollUpPort;
  readonly world: World;
  readonly #board: NightBoard;
  readonly #seed: number;
  readonly #behind: Promise<unknown>[] = [];

  constructor(databaseUrl: string, seed: number, now: number) {
    [this.now, this.#seed] = [now, seed];
    const clock = (): number => this.now;
    this.processors = new NightProcessors(clock, () => this.#board.refill(this.now));
    this.#board = new NightBoard(this.processors.states);
    this.registry = new NightRegistry(clock, (configuration) => this.#board.tell(configuration, this.now));
    const options = { databaseUrl, timeoutMs: TIMEOUT_MS };
    this.history = createNeonHistory(options);
    this.predictions.past = createNeonPast({ ...options, countTimeoutMs: TIMEOUT_MS });
    this.predictions.history = this.history;
    this.tuning.past = createNeonTuning(options);
    this.tuning.settings = readTuningSettings(NIGHT_VARIABLES);
    this.predictions.settings = readPredictionSettings(NIGHT_VARIABLES);
    this.training.settings = readTrainingSettings(NIGHT_VARIABLES);
    this.training.past = createNeonTraining(options);
    this.rollUps = createNeonRollUps(options);
    this.world = {
      ...absentWorld(),
      tables: this.#board.source(),
      processors: this.processors.port(),
      registry: this.registry.port(),
      decisions: this.desk.log(),
      healing: {
        ...healingOf(this.healing),
        sweepBoards: () => Promise.resolve(this.sweepBoards()),
        sweepUnknowns: (address) => Promise.resolve(this.processors.sweepUnknowns(address)),
      },
      anomalies: { ...anomaliesOf(this.anomalies), history: createNeonAnomalies(options) },
      predictions: predictionsOf(this.predictions),
      tuning: tuningOf(this.tuning),
      training: trainingOf(this.training),
      signer: nightSigner,
      pseudonym: nightPseudonym,
      now: clock,
      nonce: this.#nonces(0),
      later: (work) => void this.#behind.push(work),
      settings: { ...settingsOf(this.predictions.settings, this.tuning.settings), healing: this.healing.deployment },
    };
  }

  async register(): Promise<void> {
    for (const { id, name, payment_methods, countries } of MOCK_PROCESSORS) {
      const processor = {
        ...{ id: asProcessorId(id), name, enabled: true, paymentMethods: payment_methods, countries },
        ...{ currencies: null, amountLimits: [], credentialKinds: null, feeFixedMinor: 0, feeBps: 0, weight: 1 },
        ...{ maxTps: null, maxShare: null, minShare: SHARE_MIN, priority: 0, breaker: BREAKER_DEFAULTS },
      };
      await this.#put({ op: 'put_processor', processor, mode: 'create' });
    }
    await this.#put({ op: 'put_experiment', experiment: EQUAL_ARMS, mode: 'create' });
  }

  async #put(change: ConfigurationChange): Promise<void> {
    const reply = await this.world.registry.change(change, { keyId: 'demo', requestId: 'night' }, null);
    if (!reply.ok) throw new Error(`${change.op} was refused: ${reply.reason}`);
  }

  /** What was recorded and decided since the last time. */
  async drain(): Promise<void> {
    await Promise.all([this.processors.drainTo(this.history), this.desk.drainTo(this.history)]);
  }

  sweepBoards(): void {
    this.processors.signal(this.#board.sweep(this.now));
  }

  /** The world as one job sees it, with dice of its own: what others draw meanwhile changes nothing for it. */
  worldOf(job: number): World {
    return { ...this.world, nonce: this.#nonces(job + 1) };
  }

  /** What was begun behind answers. */
  async settle(): Promise<void> {
    await Promise.all(this.#behind.splice(0));
  }

  #nonces(stream: number): () => bigint {
    let drawn = 0;
    const half = (): bigint => BigInt(Math.floor(2 ** 32 * chance(this.#seed, (drawn += 1), 100 + stream)));
    return () => half() * 2n ** 32n + half();
  }
}

function absentWorld(): World {
  const names = ['live', 'copies', 'notifications', 'jobs', 'analytics', 'history'] as const;
  const ports = Object.fromEntries(names.map((name) => [name, absent(name)])) as Pick<World, (typeof names)[number]>;
  return {
    ...(ports as World),
    credentials: { ...absent<World['credentials']>('credentials'), note: () => Promise.resolve(true) },
    streams: absent('streams'),
    webhooks: { ...absent<World['webhooks']>('webhooks'), intake: noLetters() },
    withinRate: () => Promise.resolve(true),
  };
}

const noLetters = (): World['webhooks']['intake'] => ({
  ...absent<World['webhooks']['intake']>('dead letters'),
  summary: () => Promise.resolve({ counts: [], letters: [], dropped: [] }),
});

const settingsOf = (
  predictions: World['settings']['predictions'],
  tuning: World['settings']['tuning'],
): Omit<World['settings'], 'healing'> => ({
  ...{ bootstrapKeyHash: null, keyGraceMs: 900_000, corsOrigins: [], rateLimit: { quota: 60_000, windowSeconds: 60 } },
  ...{ scaling: readScalingSettings(NIGHT_VARIABLES), predictions, tuning, version: 'night' },
  ...{ retention: readRetention(NIGHT_VARIABLES), shards: readShardSettings(NIGHT_VARIABLES), fallbacks: [] },
});
