// The SHA-256 of the key that an Authorization header presents, remembered per isolate because a checkout sends the same key thousands of times.
import { parseKeyText } from '../../domain/configuration/access.ts';

/** Oldest first out; only the hash is remembered, never whether the key is good. */
const REMEMBERED_MAX = 1_000;
const remembered = new Map<string, string>();

/** `undefined`: it is not remembered, whatever it is. */
export const rememberedHash = (header: string): string | undefined => remembered.get(header);

/** `null`: no key text stands in it. */
export async function hashOfPresented(header: string): Promise<string | null> {
  const known = remembered.get(header);
  if (known !== undefined) return known;
  const presented = /^Bearer +(\S+)$/i.exec(header.trim())?.[1];
  const key = presented === undefined ? null : parseKeyText(presented);
  if (key === null) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key.text)));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (remembered.size >= REMEMBERED_MAX) {
    const oldest = remembered.keys().next();
    if (!oldest.done) remembered.delete(oldest.value);
  }
  remembered.set(header, hash);
  return hash;
}
