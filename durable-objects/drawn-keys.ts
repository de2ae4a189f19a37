// What the Registry draws: ids of alerts, and keys, of which it keeps a hash.
import { KEY_BYTES, keyTextOf } from '../src/domain/configuration/access.ts';

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

export const drawAlertId = (): string => `alt_${hex(crypto.getRandomValues(new Uint8Array(12)))}`;

/** The text leaves in the answer and is kept nowhere. */
export async function drawKey(): Promise<{ id: string; hash: string; secret: string }> {
  const { id, text } = keyTextOf(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  const hash = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
  return { id, hash, secret: text };
}
