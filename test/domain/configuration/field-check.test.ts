import { describe, expect, test } from 'vitest';
import type { ProcessorConfig } from '../../../src/domain/processor-config.ts';
import { BREAKER_DEFAULTS, type BreakerOptions } from '../../../src/domain/processor-config.ts';
import type { Experiment, Override, Rule } from '../../../src/domain/configuration/configuration.ts';
import type { ConfigurationChange } from '../../../src/domain/configuration/configuration-change.ts';
import { asProcessorId, type SegmentKey } from '../../../src/domain/identity.ts';
import { experiment, NOW, outcomeOf, override, processor, rule, sampleConfiguration } from './sample-configuration.ts';

const SAMPLE = sampleConfiguration();
const A = asProcessorId('a');
const GONE = asProcessorId('gone');

/** The fields that are refused; none when the change is accepted. */
function refusedFields(change: ConfigurationChange): string[] {
  const outcome = outcomeOf(SAMPLE, change);
  if (outcome.ok) return [];
  if (outcome.reason !== 'invalid') throw new Error(outcome.reason);
  for (const { message } of outcome.issues) expect(message).toMatch(/\w/);
  return outcome.issues.map(({ field }) => field);
}

const codes = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, at) => `${prefix}${at}`);
const countries = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => String.fromCharCode(65 + Math.floor(at / 26), 65 + (at % 26)));

const PIX_FEES = { paymentMethod: 'PIX', country: null, feeFixedMinor: 10, feeBps: 99 };

describe('processors', () => {
  const put = (fields: Partial<ProcessorConfig>): string[] =>
    refusedFields({ op: 'put_processor', processor: processor('new', fields), mode: 'create' });

  test.each<[Partial<ProcessorConfig>, string[]]>([
    [{}, []],
    [{ id: asProcessorId('a'.repeat(64)) }, []],
    [{ id: asProcessorId('a'.repeat(65)) }, ['id']],
    [{ id: asProcessorId('') }, ['id']],
    [{ id: asProcessorId('Processor A') }, ['id']],
    [{ id: asProcessorId('a\n') }, ['id']],
    [{ name: '' }, ['name']],
    [{ name: '  ' }, ['name']],
    [{ name: 'n'.repeat(201) }, ['name']],
    [{ paymentMethods: ['BANK_TRANSFER_2'] }, []],
    [{ paymentMethods: ['pix'] }, ['payment_methods[0]']],
    [{ paymentMethods: ['PIX', 'P'.repeat(33)] }, ['payment_methods[1]']],
    [{ paymentMethods: ['PIX', 'CARD', 'PIX'] }, ['payment_methods[2]']],
    [{ countries: ['BR', 'BRA'] }, ['countries[1]']],
    [{ countries: ['b1'] }, ['countries[0]']],
    [{ currencies: null }, []],
    [{ currencies: ['BRL', 'R$'] }, ['currencies[1]']],
    [{ currencies: [] }, ['currencies']],
    [{ currencies: ['JPY', 'BRR'] }, ['currencies[1]']],
    [{ credentialKinds: ['pan', 'network_token'] }, []],
    [{ credentialKinds: ['Network Token'] }, ['credential_kinds[0]']],
    [{ credentialKinds: [] }, ['credential_kinds']],
  ])('[CFG-1] a processor with %o is refused for %o', (fields, refused) => {
    expect(put(fields)).toEqual(refused);
  });

  test.each<[Partial<ProcessorConfig>, string[]]>([
    [{ amountLimits: [] }, []],
    [{ amountLimits: [{ currency: 'BRL', minMinor: 0, maxMinor: null }] }, []],
    [{ amountLimits: [{ currency: 'BRL', minMinor: 5, maxMinor: 4 }] }, ['amount_limits[0].max_minor']],
    [{ amountLimits: [{ currency: 'BRL', minMinor: -1, maxMinor: null }] }, ['amount_limits[0].min_minor']],
    [{ amountLimits: [{ currency: 'BRL', minMinor: 0.5, maxMinor: null }] }, ['amount_limits[0].min_minor']],
    [{ amountLimits: [{ currency: 'brl', minMinor: 0, maxMinor: null }] }, ['amount_limits[0].currency']],
    [
      {
        amountLimits: [
          { currency: 'BRL', minMinor: 0, maxMinor: 1 },
          { currency: 'BRL', minMinor: 2, maxMinor: 3 },
        ],
      },
      ['amount_limits[1].currency'],
    ],
    [{ feeFixedMinor: -1 }, ['fee_fixed_minor']],
    [{ feeFixedMinor: 1.5 }, ['fee_fixed_minor']],
    [{ feeBps: 10_001 }, ['fee_bps']],
    [{ feeBps: NaN }, ['fee_bps']],
    [{ feeOn: 'approval', declineFeeMinor: 5 }, []],
    [{ declineFeeMinor: -1 }, ['fee.decline_minor']],
    [{ segmentFees: [PIX_FEES, { ...PIX_FEES, country: 'BR', declineFeeMinor: 5 }] }, []],
    [{ segmentFees: [PIX_FEES, PIX_FEES] }, ['fee.by_segment[1]']],
    [
      { segmentFees: [{ paymentMethod: 'pix', country: 'br', feeFixedMinor: 0.5, feeBps: -1, declineFeeMinor: -1 }] },
      ['payment_method', 'country', 'fixed_minor', 'bps', 'decline_minor'].map((field) => `fee.by_segment[0].${field}`),
    ],
    [{ maxTps: 0 }, ['max_tps']],
    [{ maxTps: 0.5 }, []],
    [{ maxTps: Infinity }, ['max_tps']],
    [{ maxShare: 0 }, ['max_share']],
    [{ maxShare: 1 }, []],
    [{ minShare: 1.1 }, ['min_share']],
    [{ minShare: 0.6, maxShare: 0.5 }, ['min_share']],
    [{ minShare: 0.5, maxShare: 0.5 }, []],
    [{ priority: 1.5 }, ['priority']],
    [{ priority: -3 }, []],
    [{ weight: -1 }, ['weight']],
    [{ weight: 0 }, []],
  ])('[CFG-1] a processor with the numbers %o is refused for %o', (fields, refused) => {
    expect(put(fields)).toEqual(refused);
  });

  test.each<[Partial<BreakerOptions>, string[]]>([
    [{ failureThreshold: 0 }, ['breaker.failureThreshold']],
    [{ failureThreshold: 2.5 }, ['breaker.failureThreshold']],
    [{ failureRateThreshold: 0 }, ['breaker.failureRateThreshold']],
    [{ failureRateThreshold: 1 }, []],
    [{ failureRateThreshold: 1.01 }, ['breaker.failureRateThreshold']],
    [{ minimumVolume: 0 }, ['breaker.minimumVolume']],
    [{ successThreshold: 0 }, ['breaker.successThreshold']],
    [{ openTimeout: 99 }, ['breaker.openTimeout']],
    [{ openTimeout: 100 }, []],
    [{ openTimeout: 400_000 }, ['breaker.openTimeoutMax']],
    [{ halfOpenTimeout: 0 }, ['breaker.halfOpenTimeout']],
    [{ halfOpenMaxAttempts: 0 }, ['breaker.halfOpenMaxAttempts']],
    [{ halfOpenMaxAttempts: 1 }, []],
    [{ minHealthScore: -0.1 }, ['breaker.minHealthScore']],
  ])('[CFG-1] a breaker with %o is refused for %o', (options, refused) => {
    expect(put({ breaker: { ...BREAKER_DEFAULTS, ...options } })).toEqual(refused);
  });

  test('[CFG-2] 256 segments are served, 257 and none are refused', () => {
    expect(put({ paymentMethods: codes(16, 'M'), countries: countries(16) })).toEqual([]);
    expect(put({ paymentMethods: codes(257, 'M'), countries: ['BR'] })).toEqual(['payment_methods', 'payment_methods']);
    expect(put({ paymentMethods: codes(16, 'M'), countries: countries(17) })).toEqual(['payment_methods']);
    expect(put({ paymentMethods: [] })).toEqual(['payment_methods']);
    expect(put({ countries: [] })).toEqual(['countries']);
  });

  test('[CFG-1] a refusal names 100 fields at most', () => {
    expect(put({ paymentMethods: Array.from({ length: 256 }, () => 'no'), countries: ['BR'] })).toHaveLength(100);
  });
});

describe('rules', () => {
  const put = (fields: Partial<Rule>): string[] =>
    refusedFields({ op: 'put_rule', rule: rule('new', fields), mode: 'create' });

  test.each<[Partial<Rule>, string[]]>([
    [{}, []],
    [{ condition: null }, []],
    [{ condition: 'amount >' }, ['condition']],
    [{ condition: 'nobody_knows_this == 1' }, ['condition']],
    [{ condition: `amount > 1.0 ${'|| amount > 1.0'.repeat(80)}` }, ['condition']],
    [{ action: { kind: 'pin', processors: [GONE] } }, ['action.processors[0]']],
    [{ action: { kind: 'prefer', processors: [A, GONE] } }, ['action.processors[1]']],
    [{ action: { kind: 'exclude', processors: [] } }, ['action.processors']],
    [{ action: { kind: 'pin', processors: [A, A] } }, ['action.processors[1]']],
    [{ action: { kind: 'split', weights: [], stickyBy: null } }, ['action.weights', 'action.weights']],
    [
      { action: { kind: 'split', weights: [{ processor: GONE, weight: 1 }], stickyBy: null } },
      ['action.weights[0].processor'],
    ],
    [
      { action: { kind: 'split', weights: [{ processor: A, weight: -1 }], stickyBy: null } },
      ['action.weights[0].weight', 'action.weights'],
    ],
    [{ action: { kind: 'split', weights: [{ processor: A, weight: 0 }], stickyBy: null } }, ['action.weights']],
    [{ action: { kind: 'split', weights: [{ processor: A, weight: 2 }], stickyBy: 'metadata.shop' } }, []],
    [{ action: { kind: 'split', weights: [{ processor: A, weight: 2 }], stickyBy: 'amount' } }, ['action.sticky_by']],
    [{ action: { kind: 'strategy', strategy: 'apos' } }, []],
    [{ when: {} }, []],
    [{ when: { processorId: A, statusIn: ['DOWN'], approvalBelow: 0.5, latencyP95MsAbove: 900 } }, []],
    [{ when: { processorId: GONE } }, ['when.processor_id']],
    [{ when: { statusIn: [] } }, ['when.status_in']],
    [{ when: { breakerIn: [] } }, ['when.breaker_in']],
    [{ when: { approvalBelow: 1.2 } }, ['when.approval_below']],
    [{ when: { approvalAtLeast: -0.1 } }, ['when.approval_at_least']],
    [{ when: { latencyP95MsAbove: -1 } }, ['when.latency_p95_ms_above']],
    [{ when: { costMinorAbove: NaN } }, ['when.cost_minor_above']],
    [{ id: 'no spaces' }, ['id']],
    [{ priority: 0.5 }, ['priority']],
    [{ paymentMethods: [], countries: ['BR'], currencies: ['BRL'] }, []],
    [
      { paymentMethods: ['card'], countries: ['Brazil'], currencies: ['real'] },
      ['payment_methods[0]', 'countries[0]', 'currencies[0]'],
    ],
  ])('[CFG-3] a rule with %o is refused for %o', (fields, refused) => {
    expect(put(fields)).toEqual(refused);
  });
});

describe('experiments, overrides, routing', () => {
  const arm = { name: 'one', strategy: 'learned' } as const;
  const arms = (...list: { name: string; strategy: 'learned' }[]) => ({ arms: list as unknown as Experiment['arms'] });

  test.each<[Partial<Experiment>, string[]]>([
    [{}, []],
    [{ shareA: 0 }, ['share_a']],
    [{ shareA: 1 }, ['share_a']],
    [{ shareA: NaN }, ['share_a']],
    [{ shareA: 0.999 }, []],
    [arms(arm), ['arms']],
    [arms(), ['arms']],
    [arms(arm, { ...arm, name: 'two' }, { ...arm, name: 'three' }), ['arms']],
    [arms(arm, arm), ['arms']],
    [arms(arm, { ...arm, name: '' }), ['arms[1].name']],
    [{ stickyBy: 'payment_id' }, []],
    [{ stickyBy: 'metadata.' }, ['sticky_by']],
    [{ countries: ['xx'] }, ['countries[0]']],
  ])('[CFG-4] an experiment with %o is refused for %o', (fields, refused) => {
    expect(refusedFields({ op: 'put_experiment', experiment: experiment('new', fields), mode: 'create' })).toEqual(
      refused,
    );
  });

  const WEEK = 7 * 86_400_000;
  test.each<[Partial<Override>, string[]]>([
    [{}, []],
    [{ expiresAtMs: NOW + 1_000 }, []],
    [{ expiresAtMs: NOW + 999 }, ['ttl']],
    [{ expiresAtMs: NOW - 1 }, ['ttl']],
    [{ expiresAtMs: NOW + WEEK }, []],
    [{ expiresAtMs: NOW + WEEK + 1 }, ['ttl']],
    [{ expiresAtMs: NaN }, ['ttl']],
    [{ who: ' ' }, ['who']],
    [{ why: '' }, ['why']],
    [{ why: 'w'.repeat(501) }, ['why']],
    [{ processorId: GONE }, ['processor_id']],
    [{ processorId: GONE, segment: 'PIX|BR' as SegmentKey }, ['processor_id']],
    [{ segment: 'PIX|BR' as SegmentKey }, []],
    [{ segment: 'PIX|AR' as SegmentKey }, ['segment']],
    [{ segment: '*' as SegmentKey }, ['segment']],
  ])('[CFG-5] an override with %o is refused for %o', (fields, refused) => {
    expect(refusedFields({ op: 'put_override', override: override('new', fields) })).toEqual(refused);
  });

  test.each([
    [0, 0, []],
    [0.05, 1, []],
    [0.051, 0.5, ['probe_floor']],
    [-0.001, 0.5, ['probe_floor']],
    [0.01, 1.1, ['probe_share_max']],
    [NaN, NaN, ['probe_floor', 'probe_share_max']],
  ])(
    '[CFG-21] a probe floor of %d and a largest exploration of %d are refused for %o',
    (probeFloor, probeShareMax, refused) => {
      const routing = { strategy: 'learned', probeFloor, probeShareMax } as const;
      expect(refusedFields({ op: 'put_routing', routing })).toEqual(refused);
    },
  );

  test.each([
    [1, []],
    [100_000, []],
    [0, ['margin_bps']],
    [100_001, ['margin_bps']],
    [NaN, ['margin_bps']],
  ])('[CFG-29] a margin of %d basis points is refused for %o', (marginBps, refused) => {
    const routing = { strategy: 'learned', probeFloor: 0.002, probeShareMax: 0.05, marginBps } as const;
    expect(refusedFields({ op: 'put_routing', routing })).toEqual(refused);
  });
});
