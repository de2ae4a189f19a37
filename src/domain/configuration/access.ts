// What an API key looks like and what it opens; drawing the random bytes and hashing are the shell's.
import { type ApiKeyRecord, type Scope, SCOPES } from './configuration.ts';

/** `sbx_`, 8 characters that name the key, `_`, 43 characters of base64url: 256 random bits. */
const KEY_TEXT = /^sbx_([a-z2-7]{8})_([A-Za-z0-9_-]{43})$/;
/** The same anywhere in a text: what must never be written down. */
export const KEY_TEXT_ANYWHERE = /sbx_[a-z2-7]{8}_[A-Za-z0-9_-]{43}/g;
/** Random bytes of one key: 8 for its name, 32 for its secret. */
export const KEY_BYTES = 40;
export const BOOTSTRAP_KEY_ID = 'bootstrap';

const NAME_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export interface KeyText {
  /** `key_` and the 8 characters. */
  readonly id: string;
  /** The whole text, shown once. */
  readonly text: string;
}

export function keyTextOf(random: Uint8Array): KeyText {
  if (random.length !== KEY_BYTES) throw new RangeError(`a key takes ${KEY_BYTES} random bytes`);
  const name = Array.from(random.slice(0, 8), (byte) => NAME_ALPHABET[byte & 31]).join('');
  return { id: `key_${name}`, text: `sbx_${name}_${base64url(random.slice(8))}` };
}

/** `null` for anything that is not a key text: no hash need be taken of it. */
export function parseKeyText(text: string): KeyText | null {
  const match = KEY_TEXT.exec(text);
  return match ? { id: `key_${match[1]}`, text } : null;
}

function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const [first, second, third] = [bytes[at] ?? 0, bytes[at + 1], bytes[at + 2]];
    const bits = (first << 16) | ((second ?? 0) << 8) | (third ?? 0);
    const digits = [18, 12, 6, 0].map((shift) => BASE64URL[(bits >> shift) & 63]);
    text += digits.slice(0, second === undefined ? 2 : third === undefined ? 3 : 4).join('');
  }
  return text;
}

export const isLiving = ({ expiresAtMs }: ApiKeyRecord, now: number): boolean =>
  expiresAtMs === null || now < expiresAtMs;

/** `admin` opens everything; `operate` opens `read` too, for nobody can operate blind; `route` and `ingest` open only themselves. */
export function allows(record: ApiKeyRecord, scope: Scope, now: number): boolean {
  if (!isLiving(record, now)) return false;
  const { scopes } = record;
  return scopes.includes(scope) || scopes.includes('admin') || (scope === 'read' && scopes.includes('operate'));
}

/** Every scope once, in their own order. */
export const orderedScopes = (scopes: readonly Scope[]): readonly Scope[] =>
  SCOPES.filter((scope) => scopes.includes(scope));

export interface Bootstrap {
  /** Hex SHA-256 of the deployment's first key; `null`: none was set. */
  readonly hash: string | null;
  readonly isVoid: boolean;
}

/** The record of a presented key by its hash: a stored one, or the bootstrap key as an admin until an admin key exists. */
export function keyByHash(
  keys: ReadonlyMap<string, ApiKeyRecord>,
  hash: string,
  bootstrap: Bootstrap,
): ApiKeyRecord | null {
  const stored = keys.get(hash);
  if (stored) return stored;
  if (bootstrap.isVoid || bootstrap.hash === null || bootstrap.hash.toLowerCase() !== hash) return null;
  return { id: BOOTSTRAP_KEY_ID, name: BOOTSTRAP_KEY_ID, hash, scopes: ['admin'], createdAtMs: 0, expiresAtMs: null };
}
