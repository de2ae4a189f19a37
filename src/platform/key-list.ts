// Reads a Worker secret that holds several keys by id, so that they can be rotated: `1:<secret>,2:<secret>`, the newest first.

const SECRET_BYTES_MIN = 32;

export interface ListedKey {
  readonly id: number;
  readonly secret: Uint8Array<ArrayBuffer>;
}

/** Ids 0-15, each secret at least 32 bytes in hex or base64. Throws on a text that is no such list; the errors name the place, never the secret. */
export function parseKeyList(text: string, name: string): readonly ListedKey[] {
  const keys = text.split(',').map((entry, index): ListedKey => {
    const place = `The ${name} secret's entry ${index + 1}`;
    const parts = /^(\d{1,2}):(.+)$/.exec(entry.trim());
    const id = Number(parts?.[1] ?? Number.NaN);
    if (parts?.[2] === undefined || id > 15) throw new Error(`${place} is not <id 0-15>:<secret>`);
    const secret = bytesOf(parts[2]);
    if (secret === null) throw new Error(`${place} is neither hex nor base64`);
    if (secret.length < SECRET_BYTES_MIN) throw new Error(`${place} is shorter than ${SECRET_BYTES_MIN} bytes`);
    return { id, secret };
  });
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new Error(`The ${name} secret names an id twice`);
  return keys;
}

/** Of hex, or of base64 in either alphabet. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) {
    return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
      character.charCodeAt(0),
    );
  } catch {
    return null;
  }
}
