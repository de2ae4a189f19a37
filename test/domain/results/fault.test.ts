// Who is to blame: the table, its sources, and the defaults.
import { describe, expect, test } from 'vitest';
import { isTechnicalFailure, type Fault, type ResultKind } from '../../../src/domain/results/canonical-result.ts';
import { ANY_OTHER_CODE, DECLINE_FAMILIES } from '../../../src/domain/results/declines/decline-record.ts';
import { DECLINE_RECORDS } from '../../../src/domain/results/declines/decline-tables.ts';
import { faultOf, normalCode } from '../../../src/domain/results/fault.ts';

interface Case {
  readonly result: ResultKind;
  readonly code: string | null;
  readonly network: string | null;
  readonly fault: Fault;
}

const CASES: readonly Case[] = [
  { result: 'approved', code: null, network: null, fault: 'none' },
  { result: 'approved', code: '96', network: null, fault: 'none' },
  { result: 'refunded', code: null, network: null, fault: 'none' },
  { result: 'disputed', code: 'fraudulent', network: null, fault: 'none' },
  { result: 'error', code: null, network: null, fault: 'processor' },
  { result: 'timeout', code: null, network: null, fault: 'processor' },
  { result: 'error', code: 'something_new', network: null, fault: 'processor' },
  { result: 'declined', code: null, network: null, fault: 'issuer' },
  { result: 'declined', code: 'something_new', network: null, fault: 'issuer' },
  { result: 'declined', code: 'do_not_honor', network: null, fault: 'issuer' },
  { result: 'declined', code: '05', network: 'visa', fault: 'issuer' },
  { result: 'declined', code: 'processing_error', network: null, fault: 'processor' },
  { result: 'declined', code: 'processor_unavailable', network: null, fault: 'processor' },
  { result: 'error', code: 'gateway_timeout', network: null, fault: 'processor' },
  { result: 'declined', code: '96', network: 'mastercard', fault: 'processor' },
  { result: 'declined', code: '91', network: null, fault: 'network' },
  { result: 'error', code: 'issuer_not_available', network: null, fault: 'network' },
  { result: 'declined', code: '03', network: null, fault: 'merchant_config' },
  { result: 'error', code: 'invalid_merchant', network: null, fault: 'merchant_config' },
  { result: 'error', code: 'authentication_error', network: null, fault: 'merchant_config' },
  { result: 'declined', code: 'merchant_not_enabled', network: null, fault: 'merchant_config' },
  { result: 'declined', code: 'incorrect_cvc', network: null, fault: 'user' },
  { result: 'declined', code: '54', network: null, fault: 'user' },
  { result: 'error', code: 'expired_card', network: null, fault: 'user' },
  { result: 'declined', code: '82', network: 'visa', fault: 'user' },
  { result: 'declined', code: '82', network: 'VISA', fault: 'user' },
  { result: 'declined', code: '82', network: 'mastercard', fault: 'issuer' },
  { result: 'declined', code: '82', network: null, fault: 'issuer' },
];

/** What can be said of a code without knowing the processor's family, the region or the day: one entry for each network and code. */
const FAULT_RECORDS = [
  ...new Map(
    DECLINE_RECORDS.filter(({ code, region, everywhere, family }) => {
      const { kind } = DECLINE_FAMILIES[family];
      return code !== ANY_OTHER_CODE && region === null && (everywhere || kind === 'card_network' || kind === 'rail');
    }).map(({ code, family, everywhere, fault, source }) => {
      const networks = everywhere ? null : [family];
      return [`${networks?.[0] ?? '*'}:${code}`, { codes: [code], networks, fault, source }] as const;
    }),
  ).values(),
];

describe('fault', () => {
  test.each(CASES)(
    '[LED-14] $result with code $code over $network is the fault of $fault',
    ({ result, code, network, fault }) => {
      expect(faultOf(result, code, network)).toBe(fault);
    },
  );

  test.each(['Processing_Error', ' PROCESSING ERROR ', 'processing-error', 'Processing  Error'])(
    '[LED-14] case, spaces and dashes of %o make no difference',
    (code) => {
      expect(faultOf('declined', code, null)).toBe('processor');
    },
  );

  test('[LED-14] a code of absurd length is unknown', () => {
    expect(faultOf('declined', ' '.repeat(1_000_000) + '96', null)).toBe('issuer');
  });

  test('[LED-15] every record names its source and is reached by each of its codes', () => {
    expect(FAULT_RECORDS.length).toBeGreaterThan(10);
    for (const { codes, networks, fault, source } of FAULT_RECORDS) {
      expect(source).toMatch(/\S{3,}.*\S{3,}/);
      for (const code of codes) {
        expect(code).toBe(normalCode(code));
        for (const network of networks ?? [null]) expect(faultOf('declined', code, network)).toBe(fault);
      }
    }
  });

  test('[LED-15] no code stands twice for one network', () => {
    const keys = FAULT_RECORDS.flatMap(({ codes, networks }) =>
      codes.flatMap((code) => (networks ?? ['*']).map((network) => `${network}:${code}`)),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('[LED-14] only faults of the processor or of the configuration with it are technical failures', () => {
    const technical = (code: string | null): boolean =>
      isTechnicalFailure({ result: 'declined', fault: faultOf('declined', code, null) });
    expect(['processing_error', '96', '03'].map(technical)).toEqual([true, true, true]);
    expect([null, '05', '54', '91', 'incorrect_cvc'].map(technical)).toEqual([false, false, false, false, false]);
  });
});
