import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KEY_BYTES, keyTextOf } from '../../../src/domain/configuration/access.ts';
import { auditExcerpt, EXCERPT_MAX, excerptOf } from '../../../src/domain/configuration/audit-excerpt.ts';
import type { ConfigurationChange } from '../../../src/domain/configuration/configuration-change.ts';
import { asProcessorId } from '../../../src/domain/identity.ts';
import { RETRY_SETTINGS_DEFAULT } from '../../../src/domain/retries/settable-figures.ts';
import {
  apiKey,
  changed,
  experiment,
  override,
  processor,
  rule,
  sampleConfiguration,
  sampleDocument,
} from './sample-configuration.ts';

const SECRET = keyTextOf(new Uint8Array(KEY_BYTES).fill(9)).text;

describe('excerpts', () => {
  test('[CFG-19] a short value is kept whole, nothing is kept of nothing', () => {
    expect(auditExcerpt({ id: 'r', priority: 3, when: null })).toBe('{"id":"r","priority":3,"when":null}');
    expect([auditExcerpt(null), auditExcerpt(undefined)]).toEqual([null, null]);
  });

  test('[CFG-19] a long value is cut to 4,000 characters', () => {
    const exact = 'x'.repeat(EXCERPT_MAX - 2);
    expect(auditExcerpt(exact)).toBe(`"${exact}"`);
    const cut = auditExcerpt(`${exact}x`);
    expect(cut).toHaveLength(EXCERPT_MAX);
    expect(cut?.endsWith('x…')).toBe(true);
  });

  test.each([
    [apiKey('k', { hash: 'a1b2c3d4' }), 'a1b2c3d4'],
    [{ signingSecret: { value: 'hidden' } }, 'hidden'],
    [{ nested: [{ webhook_secret: 'hidden', token: 'hidden', apiKey: 'hidden', Authorization: 'hidden' }] }, 'hidden'],
    [override('o', { why: `I pasted ${SECRET} here` }), SECRET.slice(13)],
    [{ [SECRET]: 1 }, SECRET.slice(13)],
  ])('[CFG-19] the secret in %o is not kept', (value, secret) => {
    expect(auditExcerpt(value)).not.toContain(secret);
    expect(auditExcerpt(value)).toContain('[redacted]');
  });

  test('[CFG-19] a key text is kept nowhere near the cut, wherever it stands', () => {
    fc.assert(
      fc.property(fc.integer({ min: EXCERPT_MAX - 80, max: EXCERPT_MAX }), (length) => {
        const text = auditExcerpt(`${'x'.repeat(length)} ${SECRET} ${'y'.repeat(90)}`);
        expect(text).not.toMatch(/sbx_/);
        expect(text?.length).toBe(EXCERPT_MAX);
      }),
    );
  });
});

describe('changes', () => {
  const A = asProcessorId('a');
  const held = changed({ ...sampleConfiguration(), rules: [] }, [
    { op: 'put_rule', rule: rule('r', { action: { kind: 'strategy', strategy: 'apos' } }), mode: 'create' },
    { op: 'put_override', override: override('o') },
  ]);
  const cases: readonly [ConfigurationChange, string, boolean, boolean][] = [
    [{ op: 'put_processor', processor: processor('c'), mode: 'create' }, 'c', false, true],
    [{ op: 'put_processor', processor: processor('a', { weight: 9 }), mode: 'replace' }, 'a', true, true],
    [{ op: 'delete_processor', id: A }, 'a', true, false],
    [{ op: 'put_rule', rule: rule('n'), mode: 'create' }, 'n', false, true],
    [{ op: 'delete_rule', id: 'r' }, 'r', true, false],
    [{ op: 'put_experiment', experiment: experiment('trial', { shareA: 0.2 }), mode: 'replace' }, 'trial', true, true],
    [{ op: 'delete_experiment', id: 'trial' }, 'trial', true, false],
    [{ op: 'put_override', override: override('p') }, 'p', false, true],
    [{ op: 'delete_override', id: 'o' }, 'o', true, false],
    [{ op: 'put_routing', routing: { ...held.routing, probeFloor: 0.01 } }, 'routing', true, true],
    [{ op: 'put_retries', retries: { ...RETRY_SETTINGS_DEFAULT, hopsMax: 2 } }, 'retries', true, true],
  ];
  test.each(cases)(
    '[CFG-19] %o is kept under its subject %s with what was before and after',
    (change, subject, hadBefore, hasAfter) => {
      const excerpt = excerptOf(held, changed(held, [change]), change);
      expect(excerpt).toMatchObject({ action: change.op, subject });
      expect([excerpt.before !== null, excerpt.after !== null]).toEqual([hadBefore, hasAfter]);
      expect(excerpt.before).not.toBe(excerpt.after);
    },
  );

  test('[CFG-19] an import is kept as its differences', () => {
    const change = {
      op: 'import',
      document: sampleDocument({ processors: [processor('a', { weight: 4 }), processor('b')] }),
    } as const;
    const before = sampleConfiguration();
    expect(excerptOf(before, changed(before, [change]), change)).toEqual({
      action: 'import',
      subject: 'configuration',
      before: null,
      after: '[{"path":"processors[a].weight","kind":"changed","before":1,"after":4}]',
    });
  });
});
