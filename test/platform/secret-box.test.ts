import { describe, expect, test } from 'vitest';
import { createSecretBox } from '../../src/platform/secret-box.ts';

const [OLD, NEW] = ['5e'.repeat(32), 'a1'.repeat(32)];
const SECRET = 'whsec_0123456789abcdef · ñ';

describe('the secret box', () => {
  test('[WHK-17] what it sealed it opens, and no two seals of one text are alike', async () => {
    const box = createSecretBox(`1:${OLD}`);
    const sealed = await box.seal(SECRET, 'source stripe');
    expect(sealed).not.toContain('0123456789abcdef');
    expect(await box.open(sealed, 'source stripe')).toBe(SECRET);
    expect(await box.seal(SECRET, 'source stripe')).not.toBe(sealed);
  });

  test('[WHK-17] sealed for one place it opens in no other', async () => {
    const box = createSecretBox(`1:${OLD}`);
    expect(await box.open(await box.seal(SECRET, 'source stripe'), 'source adyen')).toBe(null);
  });

  test('[WHK-17] one changed character anywhere opens nothing', async () => {
    const box = createSecretBox(`1:${OLD}`);
    const sealed = await box.seal('s', 'p');
    for (let at = 0; at < sealed.length; at++) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      // The last character of a text has bits that stand for nothing.
      if (at < sealed.length - 1) expect(await box.open(changed, 'p'), changed).toBe(null);
    }
    for (const text of ['', 'b1', 'b1.1.AAAA.AAAA', SECRET]) expect(await box.open(text, 'p')).toBe(null);
  });

  test('[WHK-17] a new key seals, an older one opens as long as it is listed', async () => {
    const sealed = await createSecretBox(`1:${OLD}`).seal(SECRET, 'p');
    expect(await createSecretBox(`2:${NEW},1:${OLD}`).open(sealed, 'p')).toBe(SECRET);
    expect(await createSecretBox(`2:${NEW}`).open(sealed, 'p')).toBe(null);
    expect(await createSecretBox(`1:${NEW}`).open(sealed, 'p')).toBe(null);
    expect(await createSecretBox(`2:${NEW},1:${OLD}`).seal(SECRET, 'p')).toMatch(/^b1\.2\./);
  });

  test.each(['', '1', '1:short', `16:${OLD}`, `1:${OLD},1:${NEW}`])(
    'refuses the list %s without quoting it',
    (text) => {
      expect(() => createSecretBox(text)).toThrow(/^The sealing secret/);
    },
  );
});
