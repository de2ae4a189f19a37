import { describe, expect, test } from 'vitest';
import { DECLINE_RECORDS } from '../../../../src/domain/results/declines/decline-tables.ts';
import { ledgerAttemptOf, type ToldAttempt } from '../../../../src/domain/retries/told-attempt.ts';
import { networkRegion, REGION_COUNTRIES } from '../../../../src/domain/results/declines/network-regions.ts';
import { asProcessorId } from '../../../../src/domain/identity.ts';
import { citationOffences } from './table-offences.ts';

const TOLD: ToldAttempt = {
  processorId: asProcessorId('p'),
  transactionId: 't',
  paymentId: null,
  result: 'declined',
  declineCode: null,
  networkDeclineCode: null,
  adviceCode: null,
  network: null,
  family: null,
  amountMinor: 1_000,
  currency: 'EUR',
  atMs: Date.UTC(2026, 10, 21),
};

describe('[DCL-17] the region of a card', () => {
  test.each([
    ['visa', 'DE', 'europe'],
    ['VISA', 'gb', 'europe'],
    ['mastercard', 'FR', 'europe'],
    ['visa', 'UA', 'cemea'],
    ['visa', 'AE', 'cemea'],
    ['mastercard', 'AE', null],
    ['visa', 'BR', null],
    ['amex', 'DE', null],
    ['pix', 'DE', null],
    ['visa', null, null],
    [null, 'DE', null],
    ['visa', '__proto__', null],
  ])('of %s from %s is %s', (network, country, region) => {
    expect(networkRegion(network, country)).toBe(region);
  });

  test('every list names its source and edition, and no country stands in two regions of one network', () => {
    expect(citationOffences(REGION_COUNTRIES.map((list) => ({ ...list, id: list.region })))).toEqual([]);
    const places = REGION_COUNTRIES.flatMap(({ networks, countries }) =>
      networks.flatMap((network) => countries.map((country) => `${network} ${country}`)),
    );
    expect(new Set(places).size).toBe(places.length);
    expect(places.every((place) => /^(visa|mastercard) [A-Z]{2}$/.test(place))).toBe(true);
  });

  test('no record is of a region that no country has', () => {
    const reached = new Set(
      REGION_COUNTRIES.flatMap(({ region, networks }) => networks.map((network) => `${network} ${region}`)),
    );
    const regional = DECLINE_RECORDS.filter(({ region }) => region !== null);
    expect(regional.length).toBeGreaterThan(0);
    expect(regional.filter(({ family, region }) => !reached.has(`${family} ${region}`))).toEqual([]);
  });

  test.each([
    ['visa', '70', 'DE', { class: 'customer_action', visaCategory: 3 }],
    ['visa', '1A', 'SA', { class: 'customer_action', visaCategory: 3 }],
    ['visa', '1A', 'BR', { class: 'customer_action', visaCategory: 4 }],
    ['visa', '70', null, { class: 'customer_action', visaCategory: 4 }],
    ['mastercard', '65', 'NL', { class: 'customer_action', fault: 'user' }],
    ['mastercard', '65', 'BR', { class: 'later', fault: 'issuer' }],
  ])('says what %s means by %s of a card from %s', (network, declineCode, issuerCountry, reading) => {
    expect(ledgerAttemptOf({ ...TOLD, network, declineCode, issuerCountry }).reading).toMatchObject(reading);
  });
});
