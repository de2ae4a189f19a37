// The house that the night demo's jobs look after: the real core behind the real flows on a clock that is turned by hand, with the real history.
import { anomaliesOf, noAnomalies } from '../../in-memory/in-memory-anomalies.ts';
import { applyChange, epochSource, withoutExpired } from '../../../src/domain/configuration/apply-change.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { BREAKER_DEFAULTS } from '../../../src/domain/processor-config.ts';
import { chance } from '../payments.ts';
import { type Configuration, EMPTY_CONFIGURATION } from '../../../src/domain/configuration/configuration.ts';
import { createNeonAnomalies } from '../../../src/db/neon-anomalies.ts';
import { createNeonHistory } from '../../../src/db/neon-history.ts';
import { createNeonPast } from '../../../src/db/neon-past.ts';
import { createNeonTuning } from '../../../src/db/neon-tuning.ts';
import { healingOf, noHealing } from '../../in-memory/in-memory-healing.ts';
import type { HistoryKeeperPort, HistoryPort } from '../../../src/ports/history-port.ts';
import { MOCK_PROCESSORS } from '../mock-processors.ts';
import { NightBoard } from './night-board.ts';
import { NightProcessors } from './night-processors.ts';
import { nightPseudonym, nightSigner } from './night-secrets.ts';
import { noPredictions, predictionsOf } from '../../in-memory/in-memory-predictions.ts';
import { noTuning, tuningOf } from '../../in-memory/in-memory-tuning.ts';
import type { RegistryPort } from '../../../src/ports/registry-port.ts';
import type { World } from '../../../src/ports/world.ts';
import { absent } from './absent.ts';

/** Contracts want it; and a trouble can only be told from everybody's where others have traffic as well. */
const SHARE_MIN = 0.2;
/** Of one question to history; the machine may be busy with other things. */
const TIMEOUT_MS = 30_000;

export class NightHouse {
  now: number;
  configuration: Configuration = EMPTY_CONFIGURATION;
  readonly processors: NightProcessors;
  readonly history: HistoryPort & HistoryKeeperPort;
  readonly anomalies = noAnomalies();
  readonly healing = noHealing();
  readonly predictions = noPredictions();
  readonly tuning = noTuning();
  readonly world: World;
  readonly #board: NightBoard;
  readonly #seed: number;
  readonly #behind: Promise<unknown>[] = [];

  constructor(databaseUrl: string, seed: number, now: number) {
    [this.now, this.#seed] = [now, seed];
    const clock = (): number => this.now;
    this.processors = new NightProcessors(clock, () => this.#board.refill(this.now));
    this.#board = new NightBoard(this.processors.states);
    const options = { databaseUrl, timeoutMs: TIMEOUT_MS };
    this.history = createNeonHistory(options);
    this.predictions.past = createNeonPast({ ...options, countTimeoutMs: TIMEOUT_MS });
    this.predictions.history = this.history;
    this.tuning.past = createNeonTuning(options);
    this.world = {
      ...absentWorld(),
      tables: this.#board.source(),
      processors: this.processors.port(),
      registry: this.#registry(),
      healing: healingOf(this.healing),
      anomalies: { ...anomaliesOf(this.anomalies), history: createNeonAnomalies(options) },
      predictions: predictionsOf(this.predictions),
      tuning: tuningOf(this.tuning),
      signer: nightSigner,
      pseudonym: nightPseudonym,
      now: clock,
      nonce: this.#nonces(0),
      later: (work) => void this.#behind.push(work),
      settings: settingsOf(this.predictions.settings, this.tuning.settings),
    };
  }

  async register(): Promise<void> {
    for (const { id, name, payment_methods, countries } of MOCK_PROCESSORS) {
      const processor = {
        ...{ id: asProcessorId(id), name, enabled: true, paymentMethods: payment_methods, countries },
        ...{ currencies: null, amountLimits: [], credentialKinds: null, feeFixedMinor: 0, feeBps: 0, weight: 1 },
        ...{ maxTps: null, maxShare: null, minShare: SHARE_MIN, priority: 0, breaker: BREAKER_DEFAULTS },
      };
      const actor = { keyId: 'demo', requestId: 'night' };
      const reply = await this.world.registry.change({ op: 'put_processor', processor, mode: 'create' }, actor, null);
      if (!reply.ok) throw new Error(`${id} was not registered: ${reply.reason}`);
    }
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

  #registry(): RegistryPort {
    return {
      ...absent<RegistryPort>('the registry'),
      configuration: () => Promise.resolve(withoutExpired(this.configuration, this.now)),
      change: (change, _actor, ifMatch) => {
        const before = withoutExpired(this.configuration, this.now);
        const { version: currentVersion } = before;
        if (ifMatch !== null && ifMatch !== currentVersion)
          return Promise.resolve({ ok: false, reason: 'stale_version', currentVersion });
        const outcome = applyChange(before, change, { now: this.now, nextEpoch: epochSource(before, this.now) });
        if (outcome.ok) {
          this.configuration = outcome.configuration;
          this.#board.tell(this.configuration, this.now);
        }
        return Promise.resolve(outcome);
      },
      note: () => Promise.resolve(),
      sources: () => Promise.resolve([]),
    };
  }
}

function absentWorld(): World {
  const names = ['live', 'copies', 'notifications', 'jobs', 'analytics', 'training', 'history'] as const;
  const ports = Object.fromEntries(names.map((name) => [name, absent(name)])) as Pick<World, (typeof names)[number]>;
  return {
    ...(ports as World),
    credentials: { ...absent<World['credentials']>('credentials'), note: () => Promise.resolve(true) },
    streams: absent('streams'),
    webhooks: { ...absent<World['webhooks']>('webhooks'), intake: noLetters() },
    decisions: { sampleRate: 0, note: () => undefined },
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
): World['settings'] => ({
  ...{ bootstrapKeyHash: null, keyGraceMs: 900_000, corsOrigins: [], rateLimit: { quota: 60_000, windowSeconds: 60 } },
  ...{ scaling: { ok: false, issues: [] }, predictions, tuning, version: 'night' },
});
