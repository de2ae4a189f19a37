// What `npm start` keeps between runs in .signalbox/: the objects' state, the Redis, the history, the secrets and one development key, readable by their owner alone; used by one at a time.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { experimental_readRawConfig } from 'wrangler';
import { ApiRefusal, createApiClient } from './api-client.ts';
import { type HomeLock, takeHomeLock } from './home-lock.ts';
import type { Bridge, BridgeAddress } from './upstash-bridge/bridge-server.ts';
import { forgetPostgresData } from './postgres/postgres-place.ts';
import { PROJECT_ROOT } from './run-program.ts';
import { drawSecrets, type LocalSecrets, secretBindings } from './secrets.ts';

const OWNER_ONLY = 0o600;

export class LocalHome {
  readonly stateDirectory: string;
  /** What a real Redis holds. */
  readonly redisDirectory: string;
  /** What a PostgreSQL of this machine holds. */
  readonly postgresDirectory: string;
  /** `NAME=value` lines, as `wrangler dev --env-file` reads them. */
  readonly secretsFile: string;
  /** What wrangler reads in place of wrangler.toml. */
  readonly configurationFile: string;
  /** Where wrangler and miniflare put what they need while they run. */
  readonly temporaryDirectory: string;
  readonly keyFile: string;
  readonly #directory: string;
  readonly #drawnFile: string;
  readonly #redisAddressFile: string;
  /** Wrangler's own, beside the configuration it reads. */
  readonly #wranglerDirectory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.stateDirectory = join(directory, 'state');
    this.redisDirectory = join(directory, 'redis');
    this.postgresDirectory = join(directory, 'postgres');
    this.configurationFile = join(directory, 'wrangler.json');
    this.#wranglerDirectory = join(directory, '.wrangler');
    this.secretsFile = join(directory, 'secrets.env');
    this.temporaryDirectory = join(directory, 'tmp');
    this.keyFile = join(directory, 'api-key');
    this.#drawnFile = join(directory, 'secrets.json');
    this.#redisAddressFile = join(directory, 'redis-address.json');
  }

  /** Throws while another program that is alive holds this home; given back when this process ends. */
  occupy(): HomeLock {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const answer = takeHomeLock(join(this.#directory, 'lock'));
    if ('heldBy' in answer) {
      const { pids, address } = answer.heldBy;
      const who = pids.length === 1 ? `process ${pids[0]}` : `processes ${pids.join(', ')}`;
      throw new Error(
        `${this.#directory} is in use by Signalbox ${address === null ? 'that is just starting' : `at ${address}`} (${who}).\n` +
          `Stop that one with Ctrl-C or \`kill ${pids.join(' ')}\`, or run another beside it: npm start -- --home DIR`,
      );
    }
    process.once('exit', () => answer.lock.release());
    return answer.lock;
  }

  /** What Signalbox itself has put there, and nothing else: the directory was named by a person. */
  forget(): void {
    const all = [
      this.stateDirectory,
      this.redisDirectory,
      this.postgresDirectory,
      this.secretsFile,
      this.keyFile,
      this.#drawnFile,
    ];
    forgetPostgresData(this.postgresDirectory);
    for (const path of [...all, this.configurationFile, this.#redisAddressFile, this.#wranglerDirectory]) remove(path);
  }

  /** An earlier run that was killed may have left files there. */
  emptyTemporaryDirectory(): void {
    remove(this.temporaryDirectory);
    mkdirSync(this.temporaryDirectory, { mode: 0o700 });
    process.once('exit', () => remove(this.temporaryDirectory));
  }

  makeRedisDirectory(): void {
    mkdirSync(this.redisDirectory, { recursive: true, mode: 0o700 });
  }

  /** `null`: nobody was told one yet. */
  redisAddress(): BridgeAddress | null {
    if (!existsSync(this.#redisAddressFile)) return null;
    return JSON.parse(readFileSync(this.#redisAddressFile, 'utf8')) as BridgeAddress;
  }

  /** Producers were told it: it should be the same after a restart. */
  keepRedisAddress({ url, token }: Pick<Bridge, 'url' | 'token'>): void {
    this.#write(this.#redisAddressFile, JSON.stringify({ port: Number(new URL(url).port), token }));
  }

  /** That of the project; wrangler passes on only secrets that a configuration demands, and a deployment is not to demand those of the Redis and of the database. */
  writeConfiguration(): void {
    const { rawConfig } = experimental_readRawConfig({ config: join(PROJECT_ROOT, 'wrangler.toml') });
    const required = [...(rawConfig.secrets?.required ?? []), 'UPSTASH_REDIS_REST_TOKEN', 'DATABASE_URL'];
    const main = join(PROJECT_ROOT, rawConfig.main ?? '');
    this.#write(this.configurationFile, JSON.stringify({ ...rawConfig, main, secrets: { required } }, null, 2));
  }

  /** Drawn once: new ones would make every decision id and key of the state worthless. */
  secrets(): LocalSecrets {
    const drawn = existsSync(this.#drawnFile)
      ? (JSON.parse(readFileSync(this.#drawnFile, 'utf8')) as Partial<LocalSecrets>)
      : {};
    // A home from before one of them existed keeps those it has.
    const secrets = { ...drawSecrets(), ...drawn };
    if (Object.keys(drawn).length === Object.keys(secrets).length) return secrets;
    const lines = Object.entries(secretBindings(secrets)).map(([name, value]) => `${name}=${value}\n`);
    this.#write(this.secretsFile, lines.join(''));
    this.#write(this.#drawnFile, `${JSON.stringify(secrets, null, 2)}\n`);
    return secrets;
  }

  /** The key of an earlier run while it still opens; otherwise a new one through the bootstrap key. */
  async developmentKey(url: string, secrets: LocalSecrets): Promise<string> {
    if (existsSync(this.keyFile)) {
      const key = readFileSync(this.keyFile, 'utf8').trim();
      if (await isGood(url, key)) return key;
    }
    if (!(await isGood(url, secrets.bootstrapKey))) {
      throw new Error(`${this.keyFile} opens nothing and an admin key exists: --reset begins anew`);
    }
    const key = await createApiClient(url, secrets.bootstrapKey).createKey('development', ['admin']);
    this.#write(this.keyFile, `${key}\n`);
    return key;
  }

  #write(path: string, text: string): void {
    writeFileSync(path, text, { mode: OWNER_ONLY });
    // The mode above is only heeded when the file is new.
    chmodSync(path, OWNER_ONLY);
  }
}

/** Tried again for a while: a program that was killed a moment ago may still write. */
function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
}

async function isGood(url: string, key: string): Promise<boolean> {
  try {
    await createApiClient(url, key).get('/api/v1/keys');
    return true;
  } catch (error) {
    if (error instanceof ApiRefusal && error.status === 401) return false;
    throw error;
  }
}
