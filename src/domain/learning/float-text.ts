// Lists of single-precision numbers as text and back, bit for bit: base64 of their bytes, little-endian.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter.charCodeAt(0), value]));

/** Lists of one length, one after the other. */
export function textOf(lists: readonly Float32Array[]): string {
  const floats = lists.flatMap((list) => [...list]);
  const bytes = new DataView(new ArrayBuffer(4 * floats.length));
  for (const [index, float] of floats.entries()) bytes.setFloat32(4 * index, float, true);
  let text = '';
  for (let at = 0; at < bytes.byteLength; at += 3) {
    const left = bytes.byteLength - at;
    const byte = (offset: number): number => (offset < left ? bytes.getUint8(at + offset) : 0);
    const triple = (byte(0) << 16) | (byte(1) << 8) | byte(2);
    for (let letter = 0; letter <= Math.min(3, left); letter++) text += ALPHABET[(triple >> (18 - 6 * letter)) & 63];
  }
  return text;
}

/** `count` lists of one length. Throws on a text that `textOf` never wrote. */
export function floatsOf(text: string, count: number): Float32Array[] {
  const bytes = new DataView(new ArrayBuffer(Math.floor((text.length * 3) / 4)));
  const length = bytes.byteLength / 4 / count;
  if (!Number.isInteger(length)) throw new Error(`${bytes.byteLength} bytes are not ${count} lists of floats`);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    const value = VALUES.get(text.charCodeAt(i));
    if (value === undefined) throw new Error(`not base64: ${text[i]} at ${i}`);
    bits = ((bits << 6) | value) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.setUint8(at++, (bits >> held) & 255);
  }
  return Array.from({ length: count }, (_, list) =>
    Float32Array.from({ length }, (_unused, index) => bytes.getFloat32(4 * (list * length + index), true)),
  );
}
