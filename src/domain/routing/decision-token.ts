// The decision id as bytes: what a signed token says and how it is written; signing itself is the platform's (decision-signer.ts).
import { hash32 } from './sticky-hash.ts';
import type { DecisionId, ProcessorId, SegmentKey } from '../identity.ts';

export interface DecisionTokenFields {
  /** 64 bits: the seed of the decision, and what a result joins by. */
  readonly nonce: bigint;
  readonly decidedAtMs: number;
  readonly configVersion: number;
  readonly processorId: ProcessorId;
  readonly segment: SegmentKey;
  /** 0-255, as experiment-run.ts writes it; 0 none. */
  readonly arm: number;
  /** 0-1. */
  readonly propensity: number;
  readonly permit: boolean;
  readonly deterministic: boolean;
}

/** Processor and segment travel as 32-bit hashes: they can be recognised, not read. */
export interface ReadDecision {
  /** 16 hex characters. */
  readonly nonce: string;
  readonly decidedAtMs: number;
  readonly configVersion: number;
  readonly arm: number;
  readonly propensity: number;
  readonly permit: boolean;
  readonly deterministic: boolean;
  isFor(processorId: ProcessorId): boolean;
  isInSegment(segment: SegmentKey): boolean;
}

export type VerifiedDecision =
  | { readonly ok: true; readonly decision: ReadDecision }
  | { readonly ok: false; readonly reason: 'malformed' | 'bad_signature' | 'expired' };

export interface DecisionSigner {
  sign(fields: DecisionTokenFields): DecisionId;
  verify(text: string, now: number): VerifiedDecision;
}

const PREFIX = 'dec_';
const FORMAT = 1;
const BYTES = 45;
export const MAC_BYTES = 12;
const SIGNED_BYTES = BYTES - MAC_BYTES;
const TEXT_LENGTH = PREFIX.length + (BYTES / 3) * 4;
const VALID_MS = 7 * 86_400_000;
/** Clocks of two machines may differ by this much. */
const AHEAD_MAX_MS = 5 * 60_000;
/** 20 bits: about a millionth. */
const PROPENSITY_STEPS = 2 ** 20 - 1;

/**
 * Byte 0 holds variant (2 bits), format (2 bits) and key id (4 bits); then nonce 8, time 6, version 6, processor 4,
 * segment 4, arm 1, flags (4 bits) with propensity (20 bits), and 12 bytes of MAC over all before.
 * The variant masks bytes 1-32: a token whose digits could be read as a card number is written with the next one.
 */
export const VARIANTS = [0x00, 0x55, 0xaa, 0xff] as const;
export type Variant = 0 | 1 | 2 | 3;

export function encodeSigned(fields: DecisionTokenFields, keyId: number, variant: Variant): Uint8Array<ArrayBuffer> {
  // Without a view on them: with one, so few bytes would be kept outside of the heap.
  const bytes = new Uint8Array(SIGNED_BYTES);
  bytes[0] = (variant << 6) | (FORMAT << 4) | keyId;
  writeUint32(bytes, 1, Number((fields.nonce >> 32n) & 0xffff_ffffn));
  writeUint32(bytes, 5, Number(fields.nonce & 0xffff_ffffn));
  writeUint48(bytes, 9, fields.decidedAtMs);
  writeUint48(bytes, 15, fields.configVersion);
  writeUint32(bytes, 21, hash32(fields.processorId));
  writeUint32(bytes, 25, hash32(fields.segment));
  bytes[29] = fields.arm;
  const flags = (fields.permit ? 1 : 0) | (fields.deterministic ? 2 : 0);
  const packed = flags * 2 ** 20 + quantised(fields.propensity);
  bytes[30] = packed >>> 16;
  bytes[31] = packed >>> 8;
  bytes[32] = packed;
  masked(bytes, variant);
  return bytes;
}

/** What happened with a small probability did not happen with none: estimates divide by it. */
function quantised(propensity: number): number {
  const steps = Math.round(propensity * PROPENSITY_STEPS);
  return propensity > 0 ? Math.max(1, steps) : 0;
}

export interface SignedParts {
  readonly keyId: number;
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly mac: Uint8Array<ArrayBuffer>;
}

/** `null`: no token of this format. */
export function splitToken(text: string): SignedParts | null {
  if (text.length !== TEXT_LENGTH || !text.startsWith(PREFIX)) return null;
  const bytes = fromBase64Url(text.slice(PREFIX.length));
  const head = bytes?.[0];
  if (bytes === null || head === undefined || ((head >> 4) & 3) !== FORMAT) return null;
  return { keyId: head & 15, signed: bytes.slice(0, SIGNED_BYTES), mac: bytes.slice(SIGNED_BYTES) };
}

/** Only after the MAC was found good. Too old is `expired`; from the future is not ours, whoever's clock is wrong. */
export function readSigned(signed: Uint8Array<ArrayBuffer>, now: number): VerifiedDecision {
  const bytes = signed.slice();
  masked(bytes, (((bytes[0] ?? 0) >> 6) & 3) as Variant);
  const view = new DataView(bytes.buffer);
  const decidedAtMs = readUint48(view, 9);
  if (decidedAtMs > now + AHEAD_MAX_MS) return { ok: false, reason: 'malformed' };
  if (decidedAtMs < now - VALID_MS) return { ok: false, reason: 'expired' };
  const processor = view.getUint32(21);
  const segment = view.getUint32(25);
  const packed = ((bytes[30] ?? 0) << 16) | view.getUint16(31);
  const flags = packed >> 20;
  return {
    ok: true,
    decision: {
      nonce: view.getBigUint64(1).toString(16).padStart(16, '0'),
      decidedAtMs,
      configVersion: readUint48(view, 15),
      arm: view.getUint8(29),
      propensity: (packed & PROPENSITY_STEPS) / PROPENSITY_STEPS,
      permit: (flags & 1) !== 0,
      deterministic: (flags & 2) !== 0,
      isFor: (processorId) => hash32(processorId) === processor,
      isInSegment: (key) => hash32(key) === segment,
    },
  };
}

/** Of one token too. */
const whole = new Uint8Array(BYTES);

export function joinToken(signed: Uint8Array, mac: Uint8Array): DecisionId {
  whole.set(signed);
  whole.set(mac, SIGNED_BYTES);
  return `${PREFIX}${toBase64Url(whole)}` as DecisionId;
}

/** Card numbers have 12 to 19 digits, written with or without separators. */
const CARD_LIKE = /\d(?:[-_]*\d){11}/;

/** Whether a scanner for card numbers might stop at it, before it even checks the digits' sum. */
export const looksLikeCard = (text: string): boolean => CARD_LIKE.test(text);

function masked(bytes: Uint8Array, variant: Variant): void {
  const mask = VARIANTS[variant];
  for (let index = 1; index < SIGNED_BYTES; index += 1) bytes[index] = (bytes[index] ?? 0) ^ mask;
}

function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

function writeUint48(bytes: Uint8Array, offset: number, value: number): void {
  const high = Math.floor(value / 2 ** 32);
  bytes[offset] = high >>> 8;
  bytes[offset + 1] = high;
  writeUint32(bytes, offset + 2, value % 2 ** 32);
}

const readUint48 = (view: DataView, offset: number): number =>
  view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const CODES = Array.from(ALPHABET, (character) => character.charCodeAt(0));
const codeOf = (sixBits: number): number => CODES[sixBits & 63]!;
const VALUES: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (character, value) => [character, value]));

/** Of one token, and good until the next is written. */
const codes = new Array<number>(TEXT_LENGTH - PREFIX.length).fill(0);

/** Whole triples only: 45 bytes are 60 characters, without padding. */
function toBase64Url(bytes: Uint8Array): string {
  let place = 0;
  for (let index = 0; index < bytes.length; index += 3) {
    const triple = (bytes[index]! << 16) | (bytes[index + 1]! << 8) | bytes[index + 2]!;
    codes[place] = codeOf(triple >> 18);
    codes[place + 1] = codeOf(triple >> 12);
    codes[place + 2] = codeOf(triple >> 6);
    codes[place + 3] = codeOf(triple);
    place += 4;
  }
  return String.fromCharCode(...codes);
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array((text.length / 4) * 3);
  for (let place = 0; place < text.length; place += 4) {
    let triple = 0;
    for (let offset = 0; offset < 4; offset += 1) {
      const value = VALUES.get(text.charAt(place + offset));
      if (value === undefined) return null;
      triple = (triple << 6) | value;
    }
    bytes.set([triple >> 16, (triple >> 8) & 255, triple & 255], (place / 4) * 3);
  }
  return bytes;
}
