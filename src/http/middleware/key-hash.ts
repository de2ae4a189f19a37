// The SHA-256 of a key text, remembered per isolate because a checkout sends the same key thousands of times.

/** Oldest first out; only the hash is remembered, never whether the key is good. */
const REMEMBERED_MAX = 1_000;
const remembered = new Map<string, string>();

export async function hashOfKey(text: string): Promise<string> {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (remembered.size >= REMEMBERED_MAX) {
    const oldest = remembered.keys().next();
    if (!oldest.done) remembered.delete(oldest.value);
  }
  remembered.set(text, hash);
  return hash;
}
