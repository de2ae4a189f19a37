import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asProcessorId } from '../../../src/domain/identity.ts';
import {
  encodeSigned,
  joinToken,
  looksLikeCard,
  readSigned,
  splitToken,
  type DecisionTokenFields,
  type Variant,
} from '../../../src/domain/routing/decision-token.ts';
import { CARD_BR, NOW } from './made-table.ts';
import { segmentKey } from '../../../src/domain/segment.ts';

const FIELDS: DecisionTokenFields = {
  nonce: 0x0123456789abcdefn,
  decidedAtMs: NOW,
  configVersion: NOW + 7,
  processorId: asProcessorId('processor_a'),
  segment: CARD_BR,
  arm: 2,
  propensity: 0.25,
  permit: true,
  deterministic: false,
};
const MAC = new Uint8Array(12).fill(9);

const anyFields: fc.Arbitrary<DecisionTokenFields> = fc.record({
  nonce: fc.bigInt(0n, 2n ** 64n - 1n),
  decidedAtMs: fc.integer({ min: NOW - 86_400_000, max: NOW }),
  configVersion: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  processorId: fc.string({ minLength: 1, maxLength: 64 }).map(asProcessorId),
  segment: fc.string({ minLength: 2, maxLength: 5 }).map((method) => segmentKey(method, 'BR')),
  arm: fc.integer({ min: 0, max: 255 }),
  propensity: fc.double({ min: 0, max: 1, noNaN: true }),
  permit: fc.boolean(),
  deterministic: fc.boolean(),
});

describe('decision tokens', () => {
  test('[TOK-1] what is written is read, in 64 characters', () => {
    fc.assert(
      fc.property(
        anyFields,
        fc.integer({ min: 0, max: 15 }),
        fc.constantFrom<Variant>(0, 1, 2, 3),
        (fields, keyId, variant) => {
          const text = joinToken(encodeSigned(fields, keyId, variant), MAC);
          expect(text).toMatch(/^dec_[A-Za-z0-9_-]{60}$/);
          const parts = splitToken(text);
          expect(parts).toMatchObject({ keyId, mac: MAC });
          const read = parts === null ? null : readSigned(parts.signed, NOW);
          if (read?.ok !== true) throw new Error('the token is not read');
          const { decision } = read;
          expect(decision).toMatchObject({
            nonce: fields.nonce.toString(16).padStart(16, '0'),
            decidedAtMs: fields.decidedAtMs,
            configVersion: fields.configVersion,
            arm: fields.arm,
            permit: fields.permit,
            deterministic: fields.deterministic,
          });
          expect(Math.abs(decision.propensity - fields.propensity)).toBeLessThan(1e-6);
          expect(decision.propensity > 0).toBe(fields.propensity > 0);
          expect(decision.isFor(fields.processorId)).toBe(true);
          expect(decision.isInSegment(fields.segment)).toBe(true);
          expect(decision.isFor(asProcessorId(`${fields.processorId}x`))).toBe(false);
          expect(decision.isInSegment(segmentKey('other', 'MX'))).toBe(false);
        },
      ),
    );
  });

  test('[TOK-1] a propensity of 1 is read as 1', () => {
    const read = readSigned(encodeSigned({ ...FIELDS, propensity: 1 }, 1, 0), NOW);
    expect(read.ok && read.decision.propensity).toBe(1);
  });

  test.each([
    ['a day of validity left', 6 * 86_400_000, 'ok'],
    ['exactly 7 days', 7 * 86_400_000, 'ok'],
    ['more than 7 days', 7 * 86_400_000 + 1, 'expired'],
    ['5 minutes ahead', -300_000, 'ok'],
    ['more than 5 minutes ahead', -300_001, 'malformed'],
  ])('[TOK-3] a token with %s is %s', (_, ageMs, expected) => {
    const read = readSigned(encodeSigned(FIELDS, 1, 0), NOW + ageMs);
    expect(read.ok ? 'ok' : read.reason).toBe(expected);
  });

  test.each([
    ['nothing', ''],
    ['another prefix', `txn_${'A'.repeat(60)}`],
    ['one character less', joinToken(encodeSigned(FIELDS, 1, 0), MAC).slice(0, -1)],
    ['one character more', `${joinToken(encodeSigned(FIELDS, 1, 0), MAC)}A`],
    ['a foreign character', joinToken(encodeSigned(FIELDS, 1, 0), MAC).replace(/.$/, '+')],
    ['another format', `dec_${'A'.repeat(60)}`],
  ])('[TOK-2] %s is no token', (_, text) => {
    expect(splitToken(text)).toBeNull();
  });

  test.each([
    ['dec_ab123456789012cd', true],
    ['dec_ab1234-5678_9012cd', true],
    ['dec_ab12345678901xcd', false],
    ['dec_ab1234 567890 12', false],
  ])('[TOK-4] twelve digits in a row, separators aside, look like a card: %s %s', (text, expected) => {
    expect(looksLikeCard(text)).toBe(expected);
  });

  test('[TOK-4] fields that spell a card number are masked into something else', () => {
    // These bytes are written 0123456789012345 in base64url.
    const digits = { ...FIELDS, nonce: 0x0000_d35d_b7e3_9ebbn, decidedAtMs: 0xf3dd_35db_7e39 };
    expect(looksLikeCard(joinToken(encodeSigned(digits, 1, 0), MAC))).toBe(true);
    expect(looksLikeCard(joinToken(encodeSigned(digits, 1, 1), MAC))).toBe(false);
  });
});
