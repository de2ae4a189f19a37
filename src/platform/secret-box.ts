// Seals texts with AES-256-GCM under a key derived from the Worker's SECRETS_KEY, by the id of that key, so that it can be rotated.
import type { SecretBox } from '../ports/secret-box.ts';
import { type ListedKey, parseKeyList } from './key-list.ts';

/** Of this purpose alone: the same secret would give another key elsewhere. */
const INFO = 'signalbox secret box 1';
const IV_BYTES = 12;
const SEALED = /^b1\.(?<id>\d{1,2})\.(?<iv>[A-Za-z0-9_-]{16})\.(?<text>[A-Za-z0-9_-]+)$/;

/** `secretText` is `1:<secret>,2:<secret>` as of DECISION_SIGNING_KEYS: the first one seals, all of them open. */
export function createSecretBox(secretText: string): SecretBox {
  const listed = parseKeyList(secretText, 'sealing');
  const [newest] = listed;
  if (newest === undefined) throw new Error('The sealing secret is empty');
  // The key, not its promise: a promise of one request may never settle for another.
  const derived = new Map<number, CryptoKey>();
  const keyOf = async (key: ListedKey): Promise<CryptoKey> => {
    const known = derived.get(key.id);
    if (known !== undefined) return known;
    const fresh = await derive(key.secret);
    derived.set(key.id, fresh);
    return fresh;
  };
  return {
    async seal(text, place) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(
        parameters(iv, place),
        await keyOf(newest),
        new TextEncoder().encode(text),
      );
      return `b1.${newest.id}.${base64Url(iv)}.${base64Url(new Uint8Array(sealed))}`;
    },
    async open(sealed, place) {
      const parts = SEALED.exec(sealed)?.groups;
      const key = listed.find(({ id }) => id === Number(parts?.['id']));
      if (parts === undefined || key === undefined) return null;
      const [iv, bytes] = [fromBase64Url(parts['iv']!), fromBase64Url(parts['text']!)];
      if (iv === null || bytes === null) return null;
      try {
        return new TextDecoder().decode(await crypto.subtle.decrypt(parameters(iv, place), await keyOf(key), bytes));
      } catch (error) {
        // What does not verify: every other fault is a bug.
        if (error instanceof DOMException && error.name === 'OperationError') return null;
        throw error;
      }
    },
  };
}

async function derive(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(INFO) };
  return await crypto.subtle.deriveKey(how, material, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

const parameters = (iv: Uint8Array<ArrayBuffer>, place: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: new TextEncoder().encode(place),
});

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
