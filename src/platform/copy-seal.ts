// Marks a copy of the routing table as written by one of our own boards: who may write into the store must not thereby add API keys.
import { type ListedKey, parseKeyList } from './key-list.ts';

export interface CopySeal {
  sign(text: string): Promise<string>;
  verify(text: string, seal: string): Promise<boolean>;
}

/** Of this purpose alone: the same secret would give another key elsewhere. */
const INFO = 'signalbox table copy 1';
const SEAL = /^(?<id>\d{1,2})\.(?<mac>[0-9a-f]{64})$/;

/** `secretText` as of DECISION_SIGNING_KEYS: the first one signs, all of them verify. */
export function createCopySeal(secretText: string): CopySeal {
  const listed = parseKeyList(secretText, 'decision');
  const [newest] = listed;
  if (newest === undefined) throw new Error('The decision secret is empty');
  // The key, not its promise: a promise of one request may never settle for another.
  const derived = new Map<number, CryptoKey>();
  const keyOf = async (key: ListedKey): Promise<CryptoKey> => {
    const known = derived.get(key.id) ?? (await derive(key.secret));
    derived.set(key.id, known);
    return known;
  };
  return {
    async sign(text) {
      const mac = await crypto.subtle.sign('HMAC', await keyOf(newest), new TextEncoder().encode(text));
      return `${newest.id}.${Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    },
    async verify(text, seal) {
      const parts = SEAL.exec(seal)?.groups;
      const key = listed.find(({ id }) => id === Number(parts?.['id']));
      if (parts === undefined || key === undefined) return false;
      const mac = Uint8Array.from(parts['mac']!.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
      return await crypto.subtle.verify('HMAC', await keyOf(key), mac, new TextEncoder().encode(text));
    },
  };
}

async function derive(secret: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(INFO) };
  const algorithm = { name: 'HMAC', hash: 'SHA-256', length: 256 };
  return await crypto.subtle.deriveKey(how, material, algorithm, false, ['sign', 'verify']);
}
