// What `npm start` keeps between runs in .signalbox/: the objects' state, the secrets and one development key, readable by their owner alone.
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiRefusal, createApiClient } from './api-client.ts';
import { drawSecrets, type LocalSecrets, secretBindings } from './secrets.ts';

const OWNER_ONLY = 0o600;

export class LocalHome {
  readonly stateDirectory: string;
  /** `NAME=value` lines, as `wrangler dev --env-file` reads them. */
  readonly secretsFile: string;
  readonly #directory: string;
  readonly #keyFile: string;
  readonly #drawnFile: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.stateDirectory = join(directory, 'state');
    this.secretsFile = join(directory, 'secrets.env');
    this.#keyFile = join(directory, 'api-key');
    this.#drawnFile = join(directory, 'secrets.json');
  }

  forget(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Drawn once: new ones would make every decision id and key of the state worthless. */
  secrets(): LocalSecrets {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    if (existsSync(this.#drawnFile)) return JSON.parse(readFileSync(this.#drawnFile, 'utf8')) as LocalSecrets;
    const secrets = drawSecrets();
    const lines = Object.entries(secretBindings(secrets)).map(([name, value]) => `${name}=${value}\n`);
    this.#write(this.secretsFile, lines.join(''));
    this.#write(this.#drawnFile, `${JSON.stringify(secrets, null, 2)}\n`);
    return secrets;
  }

  /** The key of an earlier run while it still opens; otherwise a new one through the bootstrap key. */
  async developmentKey(url: string, secrets: LocalSecrets): Promise<string> {
    if (existsSync(this.#keyFile)) {
      const key = readFileSync(this.#keyFile, 'utf8').trim();
      if (await isGood(url, key)) return key;
    }
    if (!(await isGood(url, secrets.bootstrapKey))) {
      throw new Error('.signalbox/api-key opens nothing and an admin key exists: npm start -- --reset begins anew');
    }
    const key = await createApiClient(url, secrets.bootstrapKey).createKey('development', ['admin']);
    this.#write(this.#keyFile, `${key}\n`);
    return key;
  }

  #write(path: string, text: string): void {
    writeFileSync(path, text, { mode: OWNER_ONLY });
    // The mode above is only heeded when the file is new.
    chmodSync(path, OWNER_ONLY);
  }
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
