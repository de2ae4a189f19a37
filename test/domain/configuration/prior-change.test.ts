import { describe, expect, test } from 'vitest';
import { asProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import { changed, outcomeOf, processor, sampleConfiguration, sampleDocument } from './sample-configuration.ts';
import { documentOf } from '../../../src/domain/configuration/configuration-change.ts';
import { excerptOf } from '../../../src/domain/configuration/audit-excerpt.ts';
import { PRIORS_MAX, type PriorChange } from '../../../src/domain/configuration/prior-change.ts';
import type { Configuration } from '../../../src/domain/configuration/configuration.ts';

const PIX_BR = 'PIX|BR' as SegmentKey;
const CARD_MX = 'CARD|MX' as SegmentKey;
const prior = (id: string, given: Partial<PriorChange> = {}): PriorChange => ({
  processorId: asProcessorId(id),
  segment: PIX_BR,
  prior: { mean: 0.9, weight: 40 },
  ...given,
});
const put = (...priors: PriorChange[]) => ({ op: 'put_priors', priors }) as const;
const take = (id: string, segment = PIX_BR) =>
  ({ op: 'delete_prior', processorId: asProcessorId(id), segment }) as const;
const heldBy = ({ processors }: Configuration, id: string) => processors.find((held) => held.id === id)?.priors;
const SAMPLE = sampleConfiguration();
const SEEDED = changed(SAMPLE, [put(prior('a'), prior('a', { segment: CARD_MX, prior: { mean: 0.4, weight: 2 } }))]);

describe('what is wrong with priors', () => {
  test.each<[string, PriorChange[], string[]]>([
    ['an unknown processor', [prior('x')], ['priors[0].processor_id']],
    ['a segment it does not serve', [prior('a', { segment: 'OXXO|MX' as SegmentKey })], ['priors[0].segment']],
    ['the same one twice', [prior('a'), prior('b'), prior('a', { prior: null })], ['priors[2]']],
    ['a mean of 0', [prior('a', { prior: { mean: 0, weight: 1 } })], ['priors[0].prior.mean']],
    ['a mean of 1', [prior('a', { prior: { mean: 1, weight: 1 } })], ['priors[0].prior.mean']],
    ['a mean that is no number', [prior('a', { prior: { mean: NaN, weight: 1 } })], ['priors[0].prior.mean']],
    ['no weight', [prior('a', { prior: { mean: 0.5, weight: 0 } })], ['priors[0].prior.weight']],
    ['too much weight', [prior('a', { prior: { mean: 0.5, weight: 1_001 } })], ['priors[0].prior.weight']],
  ])('[PRI-1] %s is refused by its path, and the good ones beside it are not set', (_, priors, fields) => {
    const outcome = outcomeOf(SAMPLE, put(...priors, prior('b', { segment: CARD_MX })));
    expect(outcome).toMatchObject({ ok: false, reason: 'invalid' });
    expect(outcome.ok || outcome.reason !== 'invalid' ? [] : outcome.issues.map(({ field }) => field)).toEqual(fields);
  });

  test('[PRI-1] 5,000 are kept and not one more', () => {
    const methods = Array.from({ length: 128 }, (_, index) => `M${index}`);
    const ids = Array.from({ length: 40 }, (_, index) => `p${index}`);
    const many = changed(
      SAMPLE,
      ids.map((id) => ({ op: 'put_processor', processor: processor(id, { paymentMethods: methods }), mode: 'create' })),
    );
    const all = ids.flatMap((id) => methods.map((method) => prior(id, { segment: `${method}|BR` as SegmentKey })));
    const full = changed(many, [put(...all.slice(0, PRIORS_MAX))]);
    expect(outcomeOf(full, put(all[PRIORS_MAX]!))).toMatchObject({ ok: false, issues: [{ field: 'priors' }] });
    expect(outcomeOf(full, put(all[0]!, { ...all[1]!, prior: null }, all[PRIORS_MAX]!)).ok).toBe(true);
    expect(outcomeOf(many, put(...all))).toMatchObject({ ok: false, issues: [{ field: 'priors' }] });
  });
});

describe('setting and taking back', () => {
  test('[PRI-2] only processors whose priors become others get a new revision', () => {
    const revisions = (configuration: Configuration) => configuration.processors.map(({ revision }) => revision);
    expect(revisions(SAMPLE)).toEqual([1, 1]);
    expect(revisions(SEEDED)).toEqual([2, 1]);
    const again = changed(SEEDED, [put(prior('a'), prior('b', { prior: null }))]);
    expect([again.version, ...revisions(again)]).toEqual([2, 2, 1]);
    expect(heldBy(again, 'b')).toBeUndefined();
    const one = changed(SEEDED, [put(prior('a'), prior('b'))]);
    expect([one.version, ...revisions(one)]).toEqual([3, 2, 3]);
  });

  test.each<[string, PriorChange[]]>([
    ['the same again', [prior('a'), prior('a', { segment: CARD_MX, prior: { mean: 0.4, weight: 2 } })]],
    ['none at all', []],
    ['nothing taken back where nothing is', [prior('b', { prior: null })]],
  ])('[PRI-8] %s leaves the configuration and its version as they are', (_, priors) => {
    expect(changed(SEEDED, [put(...priors)])).toEqual(SEEDED);
  });

  test('[PRI-2] what is named is replaced in its place, the others stay, and null takes one back', () => {
    const other = changed(SEEDED, [put(prior('a', { prior: { mean: 0.7, weight: 3 } }))]);
    expect(heldBy(other, 'a')).toEqual([
      { segment: PIX_BR, mean: 0.7, weight: 3 },
      { segment: CARD_MX, mean: 0.4, weight: 2 },
    ]);
    const less = changed(other, [put(prior('a', { prior: null }))]);
    expect(heldBy(less, 'a')).toEqual([{ segment: CARD_MX, mean: 0.4, weight: 2 }]);
    const none = changed(less, [take('a', CARD_MX)]);
    expect(none.processors).toEqual(
      SAMPLE.processors.map((held) => (held.id === 'a' ? { ...held, revision: 4 + 1 } : held)),
    );
    expect(outcomeOf(none, take('a'))).toEqual({ ok: false, reason: 'not_found' });
    expect(outcomeOf(none, take('x'))).toEqual({ ok: false, reason: 'not_found' });
  });

  test('[PRI-2] the audit log keeps those named, before and after', () => {
    const change = put(prior('b'), prior('a', { prior: null }));
    expect(excerptOf(SEEDED, changed(SEEDED, [change]), change)).toEqual({
      action: 'put_priors',
      subject: 'priors',
      before:
        '[{"processorId":"b","segment":"PIX|BR","prior":null},{"processorId":"a","segment":"PIX|BR","prior":{"mean":0.9,"weight":40}}]',
      after:
        '[{"processorId":"b","segment":"PIX|BR","prior":{"mean":0.9,"weight":40}},{"processorId":"a","segment":"PIX|BR","prior":null}]',
    });
    expect(excerptOf(SEEDED, changed(SEEDED, [take('a')]), take('a'))).toEqual({
      action: 'delete_prior',
      subject: 'a PIX|BR',
      before: '{"mean":0.9,"weight":40}',
      after: null,
    });
  });
});

describe('beside other changes', () => {
  test('[PRI-3] a processor that is replaced keeps them as far as it still serves their segments', () => {
    const fewer = { op: 'put_processor', processor: processor('a', { countries: ['BR'] }), mode: 'replace' } as const;
    expect(heldBy(changed(SEEDED, [fewer]), 'a')).toEqual([{ segment: PIX_BR, mean: 0.9, weight: 40 }]);
  });

  test('[PRI-3] an export does not name them, and importing it changes nothing', () => {
    const document = documentOf(SEEDED);
    expect(JSON.stringify(document)).not.toContain('prior"');
    expect(documentOf(SAMPLE)).toEqual(document);
    const imported = changed(SEEDED, [{ op: 'import', document }]);
    expect(imported).toEqual({ ...SEEDED, version: SEEDED.version + 1 });
    const other = sampleDocument({ processors: [processor('a', { weight: 3, paymentMethods: ['CARD'] })] });
    expect(heldBy(changed(SEEDED, [{ op: 'import', document: other }]), 'a')).toEqual([
      { segment: CARD_MX, mean: 0.4, weight: 2 },
    ]);
  });

  test('[PRI-3] a deleted processor takes them with it, and its namesake begins without', () => {
    const reborn = changed({ ...SEEDED, rules: [] }, [
      { op: 'delete_processor', id: asProcessorId('a') },
      { op: 'put_processor', processor: processor('a'), mode: 'create' },
    ]);
    expect(heldBy(reborn, 'a')).toBeUndefined();
  });
});
