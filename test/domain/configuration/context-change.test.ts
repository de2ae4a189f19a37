import { describe, expect, test } from 'vitest';
import { applyChange, epochSource } from '../../../src/domain/configuration/apply-change.ts';
import { EMPTY_CONFIGURATION, type Configuration } from '../../../src/domain/configuration/configuration.ts';
import { type ConfigurationChange, documentOf } from '../../../src/domain/configuration/configuration-change.ts';
import type { ContextEffects } from '../../../src/domain/learning/context-effects.ts';
import { excerptOf } from '../../../src/domain/configuration/audit-excerpt.ts';
import { processor } from '../routing/made-table.ts';
import type { SegmentKey } from '../../../src/domain/identity.ts';
import { segmentKey } from '../../../src/domain/segment.ts';

const [CARD_BR, PIX_BR] = [segmentKey('CARD', 'BR'), segmentKey('PIX', 'BR')];
const [a, b] = [processor('a', { paymentMethods: ['CARD', 'PIX'] }), processor('b')];
const HELD: Configuration = { ...EMPTY_CONFIGURATION, version: 7, processors: [a, b] };
const EFFECTS: ContextEffects = {
  amounts: [0, 0, 0, 0.4, 0, -0.4, 0, 0, 0, 0],
  hours: [],
  centres: [CARD_BR, PIX_BR].map((segment) => ({ segment, amount: 0.1, hour: 0 })),
};
const PRIOR = { processorId: b.id, segment: CARD_BR, prior: { mean: 0.8, weight: 20 } };

const changed = (configuration: Configuration, change: ConfigurationChange) =>
  applyChange(configuration, change, { now: 1_000, nextEpoch: epochSource(configuration, 1_000) });
const put = (context: ContextEffects | null, processorId = a.id): ConfigurationChange => ({
  op: 'put_priors',
  priors: [PRIOR],
  contexts: [{ processorId, context }],
});
function held(change: ConfigurationChange, configuration = HELD): Configuration {
  const reply = changed(configuration, change);
  if (!reply.ok) throw new Error(JSON.stringify(reply));
  return reply.configuration;
}
const contextOf = ({ processors }: Configuration, id = 'a') => processors.find((one) => one.id === id)?.context;

describe('effects of circumstances', () => {
  test('[PRI-9] are set and taken back together with priors, in one change', () => {
    const set = held(put(EFFECTS));
    expect(set.version).toBe(8);
    expect(contextOf(set)).toEqual(EFFECTS);
    expect(set.processors.map(({ revision }) => revision)).toEqual([8, 8]);
    const back = held(
      { op: 'put_priors', priors: [{ ...PRIOR, prior: null }], contexts: [{ processorId: a.id, context: null }] },
      set,
    );
    expect(back.processors.map(({ revision: _revision, ...one }) => one)).toEqual(
      HELD.processors.map(({ revision: _revision, ...one }) => one),
    );
  });

  test('[PRI-9] those that are so already change nothing; left out they stay', () => {
    const set = held(put(EFFECTS));
    expect(held(put(structuredClone(EFFECTS)), set)).toBe(set);
    expect(contextOf(held({ op: 'put_priors', priors: [{ ...PRIOR, prior: null }] }, set))).toBe(contextOf(set));
  });

  test.each<[string, Partial<ContextEffects>, string]>([
    ['nine amounts', { amounts: EFFECTS.amounts.slice(1) }, 'contexts[0].amounts'],
    ['an effect that is none', { amounts: EFFECTS.amounts.map(() => NaN) }, 'contexts[0].amounts'],
    ['one beyond 20 to 1', { hours: [4, 0, 0, 0, 0, 0, 0, 0] }, 'contexts[0].hours'],
    ['no segment', { centres: [] }, 'contexts[0].centres'],
    ['a segment twice', { centres: [EFFECTS.centres[0]!, EFFECTS.centres[0]!] }, 'contexts[0].centres'],
    [
      'one that is not served',
      { centres: [{ segment: 'OXXO|MX' as SegmentKey, amount: 0, hour: 0 }] },
      'contexts[0].centres',
    ],
    ['a centre that is none', { centres: [{ segment: CARD_BR, amount: Infinity, hour: 0 }] }, 'contexts[0].centres'],
  ])('[PRI-9] %s is refused, and the priors with it', (_, over, field) => {
    const reply = changed(HELD, put({ ...EFFECTS, ...over }));
    expect(reply).toMatchObject({ ok: false, reason: 'invalid', issues: [{ field }] });
  });

  test('[PRI-9] of nobody, or of one twice, they are refused', () => {
    expect(changed(HELD, put(EFFECTS, 'z' as never))).toMatchObject({
      issues: [{ field: 'contexts[0].processor_id' }],
    });
    const twice = { processorId: a.id, context: EFFECTS };
    expect(changed(HELD, { op: 'put_priors', priors: [], contexts: [twice, twice] })).toMatchObject({
      issues: [{ field: 'contexts[1]' }],
    });
  });

  test('[PRI-9] they may hold in at most 2,000 segments of processors', () => {
    const countries = [...Array(51).keys()].map((at) => String.fromCharCode(65 + (at % 26)) + (at < 26 ? 'A' : 'B'));
    const processors = [...Array(40).keys()].map((at) => processor(`p${at}`, { countries }));
    const context = {
      ...EFFECTS,
      centres: countries.map((country) => ({ segment: segmentKey('CARD', country), amount: 0, hour: 0 })),
    };
    const contexts = processors.map(({ id }) => ({ processorId: id, context }));
    const wide = { ...HELD, processors };
    expect(changed(wide, { op: 'put_priors', priors: [], contexts })).toMatchObject({
      issues: [{ field: 'contexts', message: expect.stringContaining('2000') }],
    });
    expect(changed(wide, { op: 'put_priors', priors: [], contexts: contexts.slice(1) })).toMatchObject({ ok: true });
  });

  test('[PRI-10] are no part of an export; a processor that is replaced keeps them where it still serves', () => {
    const set = held(put(EFFECTS));
    expect(JSON.stringify(documentOf(set))).not.toContain('context');
    expect(held({ op: 'import', document: documentOf(set) }, set).processors[0]).toBe(set.processors[0]);
    const { epoch: _epoch, revision: _revision, ...bare } = a;
    const narrowed = held(
      { op: 'put_processor', processor: { ...bare, paymentMethods: ['PIX'] }, mode: 'replace' },
      set,
    );
    expect(contextOf(narrowed)).toEqual({ ...EFFECTS, centres: [EFFECTS.centres[1]] });
    const gone = held({ op: 'put_processor', processor: { ...bare, countries: ['MX'] }, mode: 'replace' }, set);
    expect(contextOf(gone)).toBeUndefined();
  });

  test('[PRI-10] the audit log keeps them, before and after', () => {
    const change = put(EFFECTS);
    const { before, after } = excerptOf(HELD, held(change), change);
    expect(JSON.parse(before!)).toEqual({
      contexts: [{ processorId: 'a', context: null }],
      priors: [{ ...PRIOR, prior: null }],
    });
    expect(JSON.parse(after!)).toMatchObject({ contexts: [{ processorId: 'a', context: EFFECTS }], priors: [PRIOR] });
  });
});
