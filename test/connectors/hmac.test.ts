import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromBase64, fromHex, fromText, HMAC_ALGORITHMS, hmacHolds, isSameText } from '../../src/connectors/hmac.ts';
import { jsonOf, textOf } from '../../src/connectors/wire.ts';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 80 });

describe('one signature has one text', () => {
  test('[CON-2] base64 and hex are read back as they are written', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        expect(fromBase64(Buffer.from(given).toString('base64'))).toEqual(Uint8Array.from(given));
        expect(fromHex(Buffer.from(given).toString('hex'))).toEqual(Uint8Array.from(given));
      }),
      { seed: 1 },
    );
  });

  // `QQ==` is the one text of the byte 0x41: `QR==` has other bits that no byte holds.
  test.each(['QR==', 'QQ=', 'QQ', 'QQ===', ' QQ==', 'QQ==\n', 'Q-_=', '', '=', 'A', 'QUI', 'QUJ='])(
    '[CON-2] %j is no base64 that anybody writes',
    (text) => {
      expect(fromBase64(text)).toBeNull();
    },
  );

  test.each(['', 'a', 'aB', '0x', 'ab ', 'ag', 'ab\n'])('[CON-2] %j is no hex that anybody writes', (text) => {
    expect(fromHex(text)).toBeNull();
  });
});

describe('hash', () => {
  test.each(HMAC_ALGORITHMS)('[CON-2] %s is that of node:crypto, for any key and message', async (algorithm) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 200 }).filter((key) => key.some((byte) => byte > 0x20)),
        fc.uint8Array({ maxLength: 500 }),
        async (key, message) => {
          const signature = createHmac(algorithm, key).update(message).digest();
          expect(await hmacHolds({ algorithm, message, signature }, [key])).toBe(true);
          expect(await hmacHolds({ algorithm, message, signature }, [fromText('another'), key])).toBe(true);
          expect(await hmacHolds({ algorithm, message, signature }, [])).toBe(false);
          const cut = signature.subarray(0, signature.length - 1);
          expect(await hmacHolds({ algorithm, message, signature: cut }, [key])).toBe(false);
        },
      ),
      { numRuns: 50, seed: 2 },
    );
  });

  test('[CON-3] a blank key has signed nothing', async () => {
    for (const key of ['', ' ', '\n\t '].map(fromText)) {
      const message = fromText('{}');
      const signature = createHmac('sha256', key).update(message).digest();
      expect(await hmacHolds({ algorithm: 'sha256', message, signature }, [key])).toBe(false);
    }
  });

  test('[CON-2] texts are compared whole', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        expect(isSameText(left, right)).toBe(left === right);
        expect(isSameText(left, left)).toBe(true);
        expect(isSameText(left, `${left}\0`)).toBe(false);
      }),
      { seed: 3 },
    );
  });
});

describe('bytes', () => {
  test('[CON-2] text is UTF-8 and keeps its byte order mark', () => {
    expect(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b))).toBe('\ufeff{');
    expect(textOf(Uint8Array.of(0x7b, 0xff))).toBeNull();
  });

  test('[CON-5] what is no JSON is no body', () => {
    for (const text of ['', '{', '\ufeff{}', 'NaN', '{}{}']) expect(jsonOf(fromText(text))).toEqual({ ok: false });
    expect(jsonOf(fromText('{"a":[1]}'))).toEqual({ ok: true, value: { a: [1] } });
  });
});
