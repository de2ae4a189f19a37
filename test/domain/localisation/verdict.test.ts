import { describe, expect, test } from 'vitest';
import type { CodeCount, Combination, Leaf } from '../../../src/domain/localisation/leaf-table.ts';
import type { Verdict } from '../../../src/domain/localisation/verdict.ts';
import { localise } from '../../../src/domain/localisation/localise.ts';
import { leaf, windowOf, windowsWith } from './sample-windows.ts';

interface Case {
  readonly what: string;
  readonly isHit: (place: Pick<Leaf, 'processor' | 'method' | 'country' | 'bin'>) => boolean;
  readonly codes?: readonly CodeCount[];
  readonly combination: Combination;
  readonly verdict: Verdict;
}

const CASES: readonly Case[] = [
  { what: 'one processor', isHit: (at) => at.processor === 'a', combination: { processor: 'a' }, verdict: 'processor' },
  {
    what: 'one processor in one country',
    isHit: (at) => at.processor === 'b' && at.country === 'MX',
    combination: { processor: 'b', country: 'MX' },
    verdict: 'processor',
  },
  {
    what: 'a country at all processors',
    isHit: (at) => at.country === 'BR',
    combination: { country: 'BR' },
    verdict: 'issuer',
  },
  {
    what: 'a BIN at all processors',
    isHit: (at) => at.bin === '411111',
    combination: { bin: '411111' },
    verdict: 'issuer',
  },
  {
    what: 'a BIN in one country at all processors',
    isHit: (at) => at.bin === '411111' && at.country === 'CO',
    combination: { country: 'CO', bin: '411111' },
    verdict: 'issuer',
  },
  {
    what: 'cards of a country at all processors',
    isHit: (at) => at.method === 'card' && at.country === 'AR',
    combination: { method: 'card', country: 'AR' },
    verdict: 'issuer',
  },
  {
    what: 'a method everywhere',
    isHit: (at) => at.method === 'pix',
    combination: { method: 'pix' },
    verdict: 'method',
  },
  {
    what: 'a rail in one country',
    isHit: (at) => at.method === 'pix' && at.country === 'BR',
    combination: { method: 'pix', country: 'BR' },
    verdict: 'method',
  },
  { what: 'everything', isHit: () => true, combination: {}, verdict: 'merchant' },
  {
    what: 'wrong credentials at one processor',
    isHit: (at) => at.processor === 'c',
    codes: [{ code: 'invalid_api_key', fault: 'merchant_config', count: 48 }],
    combination: { processor: 'c' },
    verdict: 'merchant',
  },
  {
    what: 'wrong card data in one country',
    isHit: (at) => at.country === 'BR',
    codes: [{ code: 'incorrect_cvc', fault: 'user', count: 48 }],
    combination: { country: 'BR' },
    verdict: 'merchant',
  },
];

describe('a verdict', () => {
  test.each(CASES)('[LOC-11] $what: $verdict', ({ isHit, codes, combination, verdict }) => {
    const { baseline, anomalous } = windowsWith(isHit, 50, codes);
    const { explanations } = localise(baseline, anomalous, 'failure');
    expect(explanations.map((each) => each.combination)).toEqual([combination]);
    expect(explanations[0]!.verdict).toBe(verdict);
  });

  test('[LOC-12] on a processor names who was fine in the same slices', () => {
    const { baseline, anomalous } = windowsWith(({ processor }) => processor === 'a');
    const [found] = localise(baseline, anomalous, 'failure').explanations;
    expect([found!.processorsRisen, found!.processorsFine]).toEqual([['a'], ['b', 'c', 'd']]);
  });

  test('[LOC-12] is unclear where nobody else had traffic in the same slices', () => {
    const usual = [leaf('a', 'BR'), leaf('a', 'MX'), leaf('b', 'AR'), leaf('b', 'CO'), leaf('c', 'CO')];
    const now = [leaf('a', 'BR', 60), ...usual.slice(1)];
    const [found] = localise(windowOf(usual, 100), windowOf(now, 10), 'failure').explanations;
    expect(found!.verdict).toBe('unclear');
    expect(found!.processorsFine).toEqual([]);
  });
});
