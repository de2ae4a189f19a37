// Draws the secrets of a local system; a deployment sets its own with `wrangler secret put`.
import { createHash, randomBytes } from 'node:crypto';
import { KEY_BYTES, keyTextOf } from '../src/domain/configuration/access.ts';

export interface LocalSecrets {
  /** `1:<hex of 32 bytes>`. */
  readonly decisionSigningKeys: string;
  /** `1:<hex of 32 bytes>`: seals what senders' secrets are kept as. */
  readonly secretsKey: string;
  /** The key text itself: it exists only on this machine. */
  readonly bootstrapKey: string;
}

export function drawSecrets(): LocalSecrets {
  return {
    decisionSigningKeys: drawKeyList(),
    secretsKey: drawKeyList(),
    bootstrapKey: keyTextOf(randomBytes(KEY_BYTES)).text,
  };
}

const drawKeyList = (): string => `1:${randomBytes(32).toString('hex')}`;

/** The bindings the Worker reads: it only ever sees the hash of the bootstrap key. */
export function secretBindings(
  secrets: LocalSecrets,
): Record<'DECISION_SIGNING_KEYS' | 'SECRETS_KEY' | 'BOOTSTRAP_KEY_HASH', string> {
  return {
    DECISION_SIGNING_KEYS: secrets.decisionSigningKeys,
    SECRETS_KEY: secrets.secretsKey,
    BOOTSTRAP_KEY_HASH: createHash('sha256').update(secrets.bootstrapKey).digest('hex'),
  };
}
