import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../../harness/results.ts';
import { NO_DETAILS } from '../../../src/flows/keep-details.ts';
import { ProcessorState } from '../../../src/domain/health/processor-state.ts';
import { withDetails } from '../../../src/domain/history/attempt-details.ts';

const AT = 1_795_000_000_000;
const NO_HASHES = { credentialHash: null, customerHash: null };

describe('details of an attempt', () => {
  test('[HIS-15] a result of which nothing is told beside it costs its journal nothing', () => {
    const result = resultOf('p', { eventTimeMs: AT });
    expect(withDetails(result, NO_DETAILS, NO_HASHES)).toBe(result);
  });

  test('[HIS-15] only what is told is kept, a no to 3-D Secure included', () => {
    const told = { ...NO_DETAILS, bin: '411111', threeDs: false, network: 'VISA', initiator: 'merchant' as const };
    expect(
      withDetails(resultOf('p', { eventTimeMs: AT }), told, { ...NO_HASHES, credentialHash: 'h1' }).details,
    ).toEqual({ bin: '411111', threeDs: false, network: 'visa', initiator: 'merchant', credentialHash: 'h1' });
  });

  test.each([
    ['approved', null, undefined],
    ['declined', '51', 'later'],
    ['declined', '14', 'never'],
    ['error', null, 'technical'],
    ['timeout', null, 'unknown'],
    ['refunded', null, undefined],
  ] as const)('[HIS-16] %s with the code %s is of the class %s', (result, declineCode, expected) => {
    const told = { ...NO_DETAILS, network: 'visa' };
    const detailed = withDetails(resultOf('p', { eventTimeMs: AT, result, declineCode }), told, NO_HASHES);
    expect(detailed.details?.declineClass).toBe(expected);
  });

  test('[HIS-15] a repeat that tells other details is a duplicate all the same', () => {
    const state = ProcessorState.create(addressOf('p'), '0123456789abcdef');
    const result = resultOf('p', { eventTimeMs: AT });
    const results = [
      withDetails(result, { ...NO_DETAILS, bin: '411111' }, NO_HASHES),
      withDetails(result, { ...NO_DETAILS, bin: '555555' }, NO_HASHES),
    ];
    const { outcomes } = state.apply({ kind: 'results', at: AT, results });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['recorded', 'duplicate']);
  });
});
