import { describe, expect, test } from 'vitest';
import { asProcessorId } from '../../../src/domain/identity.ts';
import {
  livingSecrets,
  type SealedSecret,
  type SourceDraft,
  sourcePut,
  SOURCES_MAX,
  type WebhookSource,
  withRotated,
} from '../../../src/domain/configuration/webhook-source.ts';
import { EMPTY_CONFIGURATION } from '../../../src/domain/configuration/configuration.ts';
import { processor } from './sample-configuration.ts';

const NOW = 1_795_000_000_000;
const configuration = { ...EMPTY_CONFIGURATION, processors: [{ ...processor('processor_a'), epoch: 1, revision: 1 }] };
const secret = (id: string, expiresAtMs: number | null = null): SealedSecret => ({
  id,
  sealed: `sealed ${id}`,
  createdAtMs: NOW,
  expiresAtMs,
});
const draft = (change: Partial<SourceDraft> = {}): SourceDraft => ({
  id: 'stripe',
  name: 'Stripe',
  adapter: 'stripe',
  enabled: true,
  processorId: asProcessorId('processor_a'),
  connectors: {},
  segments: { paymentMethods: {}, paymentMethodDefault: null, countryDefault: null },
  own: {},
  sealedOwn: {},
  secrets: [secret('one')],
  ...change,
});
const put = (change: Partial<SourceDraft>, sources: readonly WebhookSource[] = [], ifMatch: number | null = null) =>
  sourcePut(sources, draft(change), { now: NOW, ifMatch, configuration });
function made(change: Partial<SourceDraft> = {}): WebhookSource {
  const reply = put(change);
  if (!reply.ok) throw new Error(JSON.stringify(reply));
  return reply.source;
}

describe('secrets', () => {
  test('[WHK-12] a rotation leaves the new one and, for the overlap, the one before it', () => {
    const once = withRotated(made(), secret('two'), 60_000, NOW);
    expect(once.secrets.map(({ id, expiresAtMs }) => [id, expiresAtMs])).toEqual([
      ['two', null],
      ['one', NOW + 60_000],
    ]);
    const twice = withRotated(once, secret('three'), 10_000, NOW + 1);
    expect(twice.secrets.map(({ id, expiresAtMs }) => [id, expiresAtMs])).toEqual([
      ['three', null],
      ['two', NOW + 10_001],
    ]);
    expect(livingSecrets(twice.secrets, NOW + 10_001).map(({ id }) => id)).toEqual(['three']);
    expect(twice.revision).toBe(3);
  });

  test('[WHK-12] an overlap of nothing ends the one before at once, and no overlap lengthens an end that is set', () => {
    expect(withRotated(made(), secret('two'), 0, NOW).secrets.map(({ id }) => id)).toEqual(['two']);
    const ending = made({ secrets: [secret('one', NOW + 5)] });
    expect(withRotated(ending, secret('two'), 60_000, NOW).secrets[1]?.expiresAtMs).toBe(NOW + 5);
  });
});

describe('a draft', () => {
  test.each([
    [{ id: 'Not An Id' }, 'id'],
    [{ name: ' ' }, 'name'],
    [{ processorId: asProcessorId('nobody') }, 'processor_id'],
    [{ processorId: null }, 'processor_id'],
    [{ connectors: { adyen: asProcessorId('nobody') } }, 'connectors.adyen'],
    [
      { segments: { paymentMethods: { x: 'lower case' }, paymentMethodDefault: null, countryDefault: null } },
      'segments.payment_methods.x',
    ],
    [
      { segments: { paymentMethods: {}, paymentMethodDefault: null, countryDefault: 'Brazil' } },
      'segments.country_default',
    ],
    [{ own: { long: 'x'.repeat(20_000) } }, 'own'],
  ])('[WHK-18] %o is refused at its field', (change, field) => {
    expect(put(change)).toMatchObject({ ok: false, reason: 'invalid', issues: [{ field }] });
  });

  test('[WHK-18] is taken by connectors alone, keeps when it was made and counts its changes', () => {
    const first = made({ processorId: null, connectors: { adyen: asProcessorId('processor_a') } });
    expect(first).toMatchObject({ revision: 1, createdAtMs: NOW });
    const second = sourcePut([first], draft(), { now: NOW + 9, ifMatch: 1, configuration });
    expect(second).toMatchObject({ ok: true, source: { revision: 2, createdAtMs: NOW, updatedAtMs: NOW + 9 } });
    expect(put({}, [first], 2)).toEqual({ ok: false, reason: 'stale_version', currentVersion: 1 });
  });

  test('[WHK-18] is one of at most 200', () => {
    const many = Array.from({ length: SOURCES_MAX }, (_, index) => made({ id: `source_${index}` }));
    expect(put({}, many)).toMatchObject({ ok: false, issues: [{ field: 'id' }] });
    expect(put({ id: 'source_7' }, many)).toMatchObject({ ok: true });
  });
});
