import { describe, expect, test } from 'vitest';
import { asProcessorId } from '../../src/domain/identity.ts';
import { createDecisionSigner } from '../../src/platform/decision-signer.ts';
import { looksLikeCard, type DecisionTokenFields } from '../../src/domain/routing/decision-token.ts';
import { segmentKey } from '../../src/domain/segment.ts';

const NOW = Date.UTC(2026, 10, 21, 14, 30);
const HEX = '5e'.repeat(32);
const BASE64 = btoa('another secret of thirty-two byte');
const FIELDS: DecisionTokenFields = {
  nonce: 42n,
  decidedAtMs: NOW,
  configVersion: 3,
  processorId: asProcessorId('processor_a'),
  segment: segmentKey('CARD', 'BR'),
  arm: 0,
  propensity: 0.75,
  permit: false,
  deterministic: true,
};

describe('the signer of decision ids', () => {
  test('[TOK-5] what it signed it verifies, and the same fields give the same id', () => {
    const signer = createDecisionSigner(`1:${HEX}`);
    const token = signer.sign(FIELDS);
    expect(token).toHaveLength(64);
    expect(signer.sign(FIELDS)).toBe(token);
    const read = signer.verify(token, NOW);
    expect(read).toMatchObject({
      ok: true,
      decision: { nonce: '000000000000002a', propensity: expect.closeTo(0.75, 6), deterministic: true },
    });
  });

  test('[TOK-5] a change of any one character is found', () => {
    const signer = createDecisionSigner(`1:${HEX}`);
    const token = signer.sign(FIELDS);
    for (let place = 4; place < token.length; place += 1) {
      const other = token[place] === 'Q' ? 'R' : 'Q';
      const forged = token.slice(0, place) + other + token.slice(place + 1);
      expect(signer.verify(forged, NOW), forged).toMatchObject({ ok: false });
    }
  });

  test('[TOK-5] keys are rotated: the first signs, all verify, an unknown or another one does not', () => {
    const before = createDecisionSigner(`1:${HEX}`);
    const during = createDecisionSigner(`2:${BASE64}, 1:${HEX}`);
    const after = createDecisionSigner(`2:${BASE64}`);
    const old = before.sign(FIELDS);
    const fresh = during.sign(FIELDS);
    expect(during.verify(old, NOW).ok).toBe(true);
    expect(after.verify(fresh, NOW).ok).toBe(true);
    expect(after.verify(old, NOW)).toEqual({ ok: false, reason: 'bad_signature' });
    expect(createDecisionSigner(`1:${BASE64}`).verify(old, NOW)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('[TOK-3] an old token is expired, a forged old one is forged', () => {
    const signer = createDecisionSigner(`1:${HEX}`);
    const token = signer.sign(FIELDS);
    expect(signer.verify(token, NOW + 7 * 86_400_000 + 1)).toEqual({ ok: false, reason: 'expired' });
    expect(createDecisionSigner(`1:${BASE64}`).verify(token, NOW + 8 * 86_400_000)).toEqual({
      ok: false,
      reason: 'bad_signature',
    });
    expect(signer.verify('4111 1111 1111 1111', NOW)).toEqual({ ok: false, reason: 'malformed' });
  });

  test('[TOK-4] fields that would spell a card number are signed under another mask', () => {
    const signer = createDecisionSigner(`1:${HEX}`);
    const fields = { ...FIELDS, nonce: 0x0000_d35d_b7e3_9ebbn, decidedAtMs: 0xf3dd_35db_7e39 };
    const token = signer.sign(fields);
    expect(looksLikeCard(token)).toBe(false);
    expect(signer.verify(token, fields.decidedAtMs)).toMatchObject({
      ok: true,
      decision: { nonce: '0000d35db7e39ebb' },
    });
  });

  test.each([
    ['', /entry 1 is not/],
    ['no colon', /entry 1 is not/],
    [`16:${HEX}`, /entry 1 is not/],
    [`1:${HEX},two:${HEX}`, /entry 2 is not/],
    ['1:!!!', /entry 1 is neither hex nor base64/],
    [`1:${'ab'.repeat(31)}`, /entry 1 is shorter than 32 bytes/],
    [`1:${HEX},1:${BASE64}`, /an id twice/],
  ])('[TOK-6] the secret %j is refused without being told', (secret, message) => {
    expect(() => createDecisionSigner(secret)).toThrow(message);
    expect(() => createDecisionSigner(secret)).not.toThrow(new RegExp(HEX));
  });
});
