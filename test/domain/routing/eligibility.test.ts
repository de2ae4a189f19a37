import { describe, expect, test } from 'vitest';
import { decideOn, id, processor, table } from './made-table.ts';
import type { ExclusionReason, RouteRequest } from '../../../src/domain/routing/route-request.ts';
import type { RegisteredProcessor } from '../../../src/domain/processor-config.ts';

interface Case {
  readonly name: string;
  readonly processor?: Partial<RegisteredProcessor>;
  readonly request?: Partial<RouteRequest>;
  readonly excluded: ExclusionReason | null;
}

const LIMITS = { amountLimits: [{ currency: 'BRL', minMinor: 100, maxMinor: 5_000 }] };
const CASES: readonly Case[] = [
  { name: 'a processor that serves it all', excluded: null },
  { name: 'a disabled one', processor: { enabled: false }, excluded: 'disabled' },
  { name: 'another method', request: { paymentMethod: 'PIX' }, excluded: 'payment_method' },
  { name: 'another country', request: { country: 'MX' }, excluded: 'country' },
  { name: 'another currency', processor: { currencies: ['USD'] }, excluded: 'currency' },
  { name: 'its currency', processor: { currencies: ['USD', 'BRL'] }, excluded: null },
  { name: 'too small an amount', processor: LIMITS, request: { amountMinor: 99 }, excluded: 'amount' },
  { name: 'the smallest amount', processor: LIMITS, request: { amountMinor: 100 }, excluded: null },
  { name: 'the largest amount', processor: LIMITS, request: { amountMinor: 5_000 }, excluded: null },
  { name: 'too large an amount', processor: LIMITS, request: { amountMinor: 5_001 }, excluded: 'amount' },
  {
    name: 'a credential it cannot use',
    processor: { credentialKinds: ['pan'] },
    request: { credentialKind: 'network_token' },
    excluded: 'credential_kind',
  },
  {
    name: 'a credential it can use',
    processor: { credentialKinds: ['pan'] },
    request: { credentialKind: 'pan' },
    excluded: null,
  },
  { name: 'one not offered', request: { eligibleProcessors: [id('other')] }, excluded: 'not_offered' },
  { name: 'one offered', request: { eligibleProcessors: [id('a')] }, excluded: null },
];

describe('eligibility', () => {
  test.each(CASES)('[ELI-1] $name: $excluded', ({ processor: changes, request, excluded }) => {
    const decision = decideOn(table([processor('a', changes)]), request, { explainAll: true });
    expect(decision.chosen).toBe(excluded === null ? 'a' : null);
    expect(decision.exclusions.map(({ reason }) => reason)).toEqual(excluded === null ? [] : [excluded]);
    expect(decision.exclusions.every(({ detail }) => detail.length > 10)).toBe(true);
  });

  test.each<{ readonly request: Partial<RouteRequest> }>([
    { request: { currency: null, amountMinor: null } },
    { request: { amountMinor: null } },
    { request: { currency: 'USD', amountMinor: 9_999 } },
    { request: { credentialKind: null, amountMinor: 100 } },
  ])('[ELI-2] a field that is left out or has no limit excludes nobody: $request', ({ request }) => {
    const on = table([processor('a', { ...LIMITS, currencies: ['BRL', 'USD'], credentialKinds: ['pan'] })]);
    expect(decideOn(on, request).chosen).toBe('a');
  });

  test('[ELI-3] every exclusion of every registered processor is told when all is asked for, else those of the segment', () => {
    const on = table([processor('a'), processor('b', { countries: ['MX'] }), processor('c', { currencies: ['USD'] })]);
    expect(decideOn(on).exclusions.map(({ processorId }) => processorId)).toEqual(['c']);
    const all = decideOn(on, {}, { explainAll: true }).exclusions;
    expect(all.map(({ processorId, reason }) => `${processorId} ${reason}`)).toEqual(['c currency', 'b country']);
  });
});
