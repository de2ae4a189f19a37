// What a failed attempt means: truth tables per network and vendor, dates, regions, advice, defaults; and totality.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResultKind } from '../../../../src/domain/results/canonical-result.ts';
import {
  DECLINE_CLASSES,
  DECLINE_FAMILIES,
  DECLINE_FAULTS,
} from '../../../../src/domain/results/declines/decline-record.ts';
import { DECLINE_RECORDS } from '../../../../src/domain/results/declines/decline-tables.ts';
import {
  faultIn,
  readAdvice,
  readDecline,
  type DeclineQuestion,
  type DeclineMeaning,
} from '../../../../src/domain/results/declines/read-decline.ts';
import { faultOf } from '../../../../src/domain/results/fault.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = 3_600_000;

const question = (given: Partial<DeclineQuestion>): DeclineQuestion => ({
  result: 'declined',
  code: null,
  networkCode: null,
  adviceCode: null,
  network: null,
  family: null,
  region: null,
  at: NOW,
  ...given,
});
const read = (given: Partial<DeclineQuestion>): DeclineMeaning => readDecline(question(given))!;

/** Visa Core Rules, edition 2026-04-18, ID# 0030640, table 7-2. */
const VISA_CATEGORIES = [
  [1, '04 07 12 14 15 41 43 46 57 R0 R1 R3'],
  [2, '03 19 39 51 52 53 59 61 62 65 75 78 83 86 91 93 96 5C 9G N3 N4 Z5'],
  [3, '54 55 82 6P N7'],
  [4, '01 05 13 58 63 70 1A 02 21 99 ZZ'],
] as const;

describe('Visa', () => {
  test.each(VISA_CATEGORIES.flatMap(([category, codes]) => codes.split(' ').map((code) => ({ category, code }))))(
    '[DCL-7] $code is of category $category',
    ({ category, code }) => {
      const reading = read({ code, network: 'visa' });
      expect(reading.visaCategory).toBe(category);
      expect(reading.class === 'never').toBe(category === 1);
      expect(reading.listed).toBe(true);
    },
  );

  test('[DCL-7] a category is told beside the processor’s own word, on an error too, and of no other network', () => {
    expect(read({ code: 'generic_decline', networkCode: '51', network: 'visa', family: 'stripe' }).visaCategory).toBe(
      2,
    );
    expect(read({ code: 'Refused', networkCode: '05', network: 'visa', family: 'adyen' }).visaCategory).toBe(4);
    expect(read({ result: 'error', code: '96', network: 'visa' }).visaCategory).toBe(2);
    expect(read({ code: 'generic_decline', network: 'visa' }).visaCategory).toBeNull();
    expect(read({ code: '14', network: 'visa', family: 'adyen' }).visaCategory).toBeNull();
    expect(read({ code: '51', network: 'mastercard' }).visaCategory).toBeNull();
    expect(read({ code: '51' }).visaCategory).toBeNull();
  });

  test.each([
    ['83', '2026-07-24T23:59:59.999Z', 4, 'later'],
    ['83', '2026-07-25T00:00:00Z', 2, 'later'],
    ['62', '2021-04-16T23:59:59.999Z', 1, 'never'],
    ['62', '2021-04-17T00:00:00Z', 2, 'later'],
    ['03', '2021-04-16T23:59:59.999Z', 1, 'never'],
    ['03', '2021-04-17T00:00:00Z', 2, 'technical'],
    ['54', '2019-01-01T00:00:00Z', 3, 'fix_data'],
  ] as const)('[DCL-5] %s at %s is of category %i: %s', (code, moment, visaCategory, declineClass) => {
    expect(read({ code, network: 'visa', at: Date.parse(moment) })).toMatchObject({
      visaCategory,
      class: declineClass,
    });
  });

  test.each([
    ['70', 'CEMEA', 3],
    ['70', 'Europe', 3],
    ['1A', 'europe', 3],
    ['1A', 'LAC', 4],
    ['1A', null, 4],
  ] as const)('[DCL-6] %s in region %s is of category %i', (code, region, visaCategory) => {
    expect(read({ code, region, network: 'visa' })).toMatchObject({ visaCategory, class: 'customer_action' });
  });
});

interface Case extends Partial<DeclineQuestion> {
  readonly means: string;
}

/** `means`: class, fault, rule. */
const MEANINGS: readonly Case[] = [
  { code: '82', network: 'visa', means: 'fix_data user visa:82' },
  { code: '82', network: 'mastercard', means: 'later issuer mastercard:82' },
  { code: '82', means: 'never issuer default:card' },
  { code: '65', network: 'mastercard', region: 'Europe', means: 'customer_action user mastercard:65@europe' },
  { code: '65', network: 'mastercard', means: 'later issuer iso8583:65' },
  { code: '51', network: 'mastercard', means: 'later user iso8583:51' },
  { code: '68', network: 'visa', means: 'unknown network iso8583:68' },
  { code: '94', means: 'unknown issuer iso8583:94' },
  { code: '96', means: 'technical processor iso8583:96' },
  { code: '03', network: 'mastercard', means: 'technical merchant_config iso8583:03' },
  { code: '14', family: 'adyen', means: 'never issuer adyen:14' },
  { code: '14', means: 'never user iso8583:14' },
  { code: '4', family: 'Adyen', means: 'technical processor adyen:4' },
  { code: '43', family: 'adyen', network: 'visa', means: 'customer_action user adyen:43' },
  { code: '43', network: 'visa', means: 'never issuer visa:43' },
  { code: 'Acquirer Error', means: 'technical processor adyen:acquirer_error' },
  { code: '96', family: 'adyen', means: 'never issuer default:card' },
  { code: '96', family: 'stripe', means: 'technical processor iso8583:96' },
  { code: 'lost_card', family: 'stripe', means: 'never issuer stripe:lost_card' },
  { code: 'processing_error', means: 'technical processor stripe:processing_error' },
  { code: 'duplicate_transaction', means: 'unknown issuer stripe:duplicate_transaction' },
  { code: 'testmode_charges_only', means: 'technical merchant_config stripe:testmode_charges_only' },
  {
    code: 'cc_rejected_call_for_authorize',
    means: 'customer_action issuer mercado_pago:cc_rejected_call_for_authorize',
  },
  { code: 'PAYMENT_NETWORK_NO_RESPONSE', means: 'unknown network payu:payment_network_no_response' },
  { code: 'UE_2000', means: 'technical merchant_config hyperswitch:UE_2000' },
  { code: 'AM04', means: 'later user iso20022:AM04' },
  { code: 'AM04', network: 'PIX', means: 'later issuer pix:AM04' },
  { code: 'AB03', network: 'pix', means: 'technical network pix:AB03' },
  { code: 'AB09', network: 'pix', means: 'technical processor pix:AB09' },
  { code: 'AB09', means: 'technical network iso20022:AB09' },
  { code: 'AC06', network: 'pix', means: 'technical merchant_config pix:AC06' },
  { code: 'CUST', network: 'pix', means: 'customer_action user iso20022:CUST' },
  { code: '96', network: 'pix', means: 'customer_action issuer default:rail' },
  { code: 'expired', network: 'pix', means: 'customer_action user pix:expired' },
  { code: 'EXPIRED', network: 'oxxo', means: 'customer_action user oxxo:expired' },
  { code: 'expired', means: 'never issuer default:card' },
  { code: 'NOT_AUTHORIZED', network: 'pse', means: 'customer_action issuer pse:NOT_AUTHORIZED' },
  { code: 'FAILED', network: 'pse', means: 'technical network pse:FAILED' },
  { code: 'PENDING', network: 'pse', means: 'unknown network pse:PENDING' },
  { code: 'FAILED', means: 'never issuer default:card' },
  { code: '1', family: 'mpesa', means: 'customer_action user mpesa:1' },
  { code: '1032', family: 'mpesa', means: 'customer_action user mpesa:1032' },
  { code: '1037', network: 'mpesa', means: 'customer_action user mpesa:1037' },
  { code: '2001', family: 'mpesa', means: 'customer_action user mpesa:2001' },
  { code: '26', family: 'mpesa', means: 'technical processor mpesa:26' },
  { code: '51', family: 'mpesa', means: 'customer_action issuer default:rail' },
  { code: '1', means: 'never issuer default:card' },
  {
    code: 'INTERNAL_PROCESSING_ERROR',
    family: 'mtn_momo',
    means: 'customer_action issuer mtn_momo:INTERNAL_PROCESSING_ERROR',
  },
  { code: 'PAYEE_NOT_FOUND', family: 'mtn_momo', means: 'technical merchant_config mtn_momo:PAYEE_NOT_FOUND' },
  { code: 'gateway_timeout', result: 'error', means: 'unknown processor signalbox:gateway_timeout' },
  { code: 'do_not_honour', family: 'a vendor of its own', means: 'never issuer default:card' },
  { code: ' do not-honor ', family: 'a vendor of its own', means: 'later issuer stripe:do_not_honor' },
];

describe('meaning', () => {
  test.each(MEANINGS)('[DCL-4] $code of $family over $network in $region means $means', ({ means, ...given }) => {
    const reading = read(given);
    expect(`${reading.class} ${reading.fault} ${reading.ruleId}`).toBe(means);
  });

  test.each([
    { code: 'generic_decline', networkCode: '14', network: 'visa', means: 'never user visa:14' },
    {
      code: 'processing_error',
      networkCode: '91',
      network: 'visa',
      means: 'technical network stripe:processing_error',
    },
    { code: 'fraudulent', networkCode: '05', network: 'visa', means: 'never issuer stripe:fraudulent' },
    { code: 'Refused', networkCode: '54', network: 'mastercard', family: 'adyen', means: 'fix_data user iso8583:54' },
    { code: 'never heard of', networkCode: '51', network: null, means: 'later user iso8583:51' },
    {
      code: 'processing_error',
      networkCode: 'ZZ',
      network: 'visa',
      means: 'technical processor stripe:processing_error',
    },
    { code: 'never heard of', networkCode: 'ZZ', network: 'visa', means: 'later issuer visa:*' },
    { code: '4', networkCode: '4', network: null, family: 'adyen', means: 'technical processor adyen:4' },
  ])('[DCL-8] $code beside the network’s $networkCode means $means', ({ means, ...given }) => {
    const reading = read(given);
    expect(`${reading.class} ${reading.fault} ${reading.ruleId}`).toBe(means);
  });
});

describe('advice', () => {
  test.each([
    ['24', 1],
    ['25', 24],
    ['26', 48],
    ['27', 96],
    ['28', 144],
    ['29', 192],
    ['30', 240],
    ['02', 72],
  ])('[DCL-8] Mastercard’s advice %s waits %i hours', (adviceCode, hours) => {
    expect(read({ code: '51', network: 'mastercard', adviceCode })).toMatchObject({
      class: 'later',
      waitMs: hours * HOUR_MS,
      fault: 'user',
      adviceRuleId: `mastercard:advice:${adviceCode}`,
    });
  });

  test.each([
    { code: '05', adviceCode: '03', means: 'never', waitMs: null },
    { code: '05', adviceCode: '21', means: 'never', waitMs: null },
    { code: '51', adviceCode: '01', means: 'fix_data', waitMs: null },
    { code: '91', adviceCode: '24', means: 'later', waitMs: HOUR_MS },
    { code: '14', adviceCode: '24', means: 'never', waitMs: null },
    { code: '68', adviceCode: '03', means: 'unknown', waitMs: null },
    { code: '79', adviceCode: '03', means: 'never', waitMs: null },
    { code: '83', adviceCode: '02', means: 'later', waitMs: 72 * HOUR_MS },
    { code: '05', adviceCode: '40', means: 'later', waitMs: null },
    { code: null, adviceCode: '02', means: 'later', waitMs: 72 * HOUR_MS },
    { code: null, adviceCode: '40', means: 'never', waitMs: null },
  ])('[DCL-8] of code $code and advice $adviceCode the stricter holds: $means', ({ means, waitMs, ...given }) => {
    expect(read({ ...given, network: 'mastercard' })).toMatchObject({ class: means, waitMs });
  });

  test.each([
    ['03', 'mastercard', null, 'never'],
    ['1', 'visa', null, 'never'],
    ['2', 'visa', null, 'later'],
    ['01', 'visa', null, null],
    ['03', null, null, 'never'],
    ['03', 'visa', null, null],
    ['do_not_try_again', 'visa', 'stripe', 'never'],
    ['RETRY_AFTER_2_D', null, 'yuno', 'later'],
    ['something new', 'mastercard', 'stripe', null],
  ] as const)('[DCL-8] advice %s over %s by %s says %s', (adviceCode, network, family, adviceClass) => {
    expect(readAdvice(adviceCode, { network, family, region: null, at: NOW })?.class ?? null).toBe(adviceClass);
  });

  test.each([
    ['24', 24],
    ['26', 48],
  ])('[DCL-8] a code that waits 24 hours and advice %s wait the longer of both, %i', (adviceCode, hours) => {
    const reading = read({ code: 'card_decline_rate_limit_exceeded', network: 'mastercard', adviceCode });
    expect(reading).toMatchObject({ class: 'later', waitMs: hours * HOUR_MS });
  });

  test('[DCL-8] advice on an approval tells of the card, and the approval stays one', () => {
    const speaker = { network: 'mastercard', family: null, region: null, at: NOW };
    expect(readAdvice('40', speaker)).toMatchObject({ class: null, cardKind: 'prepaid_not_reloadable' });
    expect(readAdvice('41', speaker)).toMatchObject({ class: null, cardKind: 'virtual_single_use' });
    expect(readAdvice('43', speaker)).toMatchObject({ class: null, cardKind: 'virtual_multi_use' });
    expect(readDecline(question({ result: 'approved', adviceCode: '03', network: 'mastercard' }))).toBeNull();
    expect(faultIn(question({ result: 'approved', code: '96' }))).toBe('none');
  });
});

describe('defaults', () => {
  test.each([
    [{}, 'never issuer default:card'],
    [{ network: 'visa' }, 'never issuer default:card'],
    [{ network: 'pix' }, 'customer_action issuer default:rail'],
    [{ family: 'mpesa' }, 'customer_action issuer default:rail'],
    [{ result: 'error' }, 'technical processor default:error'],
    [{ result: 'error', code: 'something new' }, 'technical processor default:error'],
    [{ result: 'error', code: 'zz', network: 'visa' }, 'technical processor default:error'],
    [{ result: 'timeout' }, 'unknown processor default:timeout'],
  ] as const)('[DCL-9] %o, of which nobody has listed a code, means %s', (given, means) => {
    const reading = read(given);
    expect(`${reading.class} ${reading.fault} ${reading.ruleId}`).toBe(means);
    expect(reading.listed).toBe(false);
  });

  test('[DCL-10] a timeout is unknown whatever code or advice comes with it', () => {
    for (const { code, family } of DECLINE_RECORDS)
      expect(read({ result: 'timeout', code, family, network: 'mastercard', adviceCode: '03' }).class).toBe('unknown');
  });
});

const RESULTS: readonly ResultKind[] = ['approved', 'declined', 'error', 'timeout', 'refunded', 'disputed'];
const codes = fc.constantFrom(
  ...DECLINE_RECORDS.map(({ code }) => code),
  '__proto__',
  'constructor',
  '*',
  'visa:*',
  '',
);
const text = fc.option(
  fc.oneof(
    codes,
    fc.constantFrom(...Object.keys(DECLINE_FAMILIES)),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.integer({ min: 0, max: 99 }).map((number) => String(number).padStart(2, '0')),
  ),
);
const questions: fc.Arbitrary<DeclineQuestion> = fc.record({
  result: fc.constantFrom(...RESULTS),
  code: text,
  networkCode: text,
  adviceCode: text,
  network: text,
  family: text,
  region: text,
  at: fc.oneof(fc.double(), fc.integer({ min: 0, max: 2 * NOW })),
});

const ASKED_OF_VISA: DeclineQuestion = {
  ...{ result: 'declined', code: null, networkCode: null, adviceCode: null },
  ...{ network: 'visa', family: null, region: null, at: 0 },
};

describe('totality', () => {
  test('[DCL-11] any text, network, family, region and moment has a meaning, and nothing throws', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const reading = readDecline(asked);
        const failed = ['declined', 'error', 'timeout'].includes(asked.result);
        expect(reading !== null).toBe(failed);
        if (reading === null) return;
        expect(DECLINE_CLASSES).toContain(reading.class);
        expect(DECLINE_FAULTS).toContain(reading.fault);
        expect(reading.waitMs === null || reading.waitMs > 0).toBe(true);
        if (!reading.listed) expect(reading.ruleId).toMatch(/^default:/);
        expect(readDecline(asked)).toEqual(reading);
      }),
      { numRuns: 2000 },
    );
  });

  test('[DCL-11] a listed class is never milder than any record that speaks of the attempt', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const strictness = (given: Partial<DeclineQuestion>): number => {
          const reading = readDecline({ ...asked, result: 'declined', ...given })!;
          // What a network says of all its other codes speaks where nobody says more.
          const isNamed = reading.listed && !reading.ruleId.endsWith(':*');
          return isNamed ? DECLINE_CLASSES.indexOf(reading.class) : -1;
        };
        const all = strictness({});
        expect(all).toBeGreaterThanOrEqual(strictness({ code: null, networkCode: null }));
        expect(all).toBeGreaterThanOrEqual(strictness({ adviceCode: null, networkCode: null }));
        expect(all).toBeGreaterThanOrEqual(strictness({ adviceCode: null, code: null }));
      }),
      { numRuns: 1000, examples: [[{ ...ASKED_OF_VISA, code: '96', networkCode: '23' }]] },
    );
  });

  test('[DCL-12] the fault that breakers and learners go by is the one of the reading', () => {
    fc.assert(
      fc.property(questions, (asked) => {
        const now = { ...asked, region: null, at: NOW };
        const { result, code, network, family, networkCode } = now;
        expect(faultOf(result, code, network, { family, networkCode })).toBe(readDecline(now)?.fault ?? 'none');
        expect(faultIn(now)).toBe(readDecline(now)?.fault ?? 'none');
      }),
      { numRuns: 1000 },
    );
  });

  test('[DCL-11] texts of absurd length cost nothing and mean nothing', () => {
    const long = ' '.repeat(1_000_000) + '96';
    expect(read({ code: long, networkCode: long, adviceCode: long, network: long, family: long })).toMatchObject({
      class: 'never',
      listed: false,
    });
  });
});
