import { describe, expect, test } from 'vitest';
import { checkCondition, compileCondition, factsOf } from '../../../src/domain/routing/rule-condition.ts';
import { NOW, REQUEST } from './made-table.ts';
import type { RouteRequest } from '../../../src/domain/routing/route-request.ts';

const run = (
  text: string,
  request: Partial<RouteRequest> = {},
): ReturnType<ReturnType<typeof compileCondition>['evaluate']> =>
  compileCondition(text).evaluate(factsOf({ ...REQUEST, ...request }, NOW));

const nested = (depth: number): string => '!'.repeat(depth - 1) + 'three_ds';

describe('what may be written', () => {
  test.each([
    ['empty', '  ', /empty/],
    ['no sentence of CEL', 'amount >', /Unexpected token/],
    ['an unknown name', 'colour == "red"', /Unknown variable: colour/],
    ['an unknown function', 'currency.shout() == "BRL"', /shout/],
    ['a number', 'amount', /true or false, but is double/],
    ['an unknown type', 'dyn(amount)', /true or false/],
    ['a text compared with a number', 'currency > 1', /no such overload/],
    ['all', 'metadata.all(k, k == "a")', /comprehension/],
    ['exists', 'metadata.exists(k, k == "a")', /comprehension/],
    ['exists_one', '[1, 2].exists_one(x, x == 1)', /comprehension/],
    ['filter', '[1].filter(x, x == 1) == [1]', /comprehension/],
    ['map', '[1].map(x, x) == [1]', /comprehension/],
    ['a binding', 'cel.bind(x, amount, x > 1.0)', /macro/],
    ['a pattern', 'customer_ref.matches("(a+)+$")', /for ever/],
    ['a pattern deep inside', 'amount > 1 && (three_ds || !bin.matches("4.*"))', /for ever/],
  ])('[RUL-1] %s is refused', (_, text, message) => {
    const check = checkCondition(text);
    expect(check.ok).toBe(false);
    if (!check.ok) expect(check.message).toMatch(message);
  });

  test('[RUL-1] 1,000 bytes of UTF-8 are the most', () => {
    const ofBytes = (bytes: number): string => {
      const frame = 'currency == ""'.length;
      return `currency == "${'é'.repeat(Math.floor((bytes - frame) / 2))}${(bytes - frame) % 2 === 0 ? '' : 'x'}"`;
    };
    expect(checkCondition(ofBytes(1_000))).toEqual({ ok: true });
    expect(checkCondition(ofBytes(1_001))).toMatchObject({ ok: false, message: 'is longer than 1000 bytes' });
  });

  test('[RUL-1] a depth of 16 is the most, and a chain of the same operator is one level', () => {
    expect(checkCondition(nested(16))).toEqual({ ok: true });
    expect(checkCondition(nested(17))).toMatchObject({ ok: false, message: 'is nested deeper than 16' });
    expect(checkCondition(Array.from({ length: 40 }, () => 'hour == 1').join(' || '))).toEqual({ ok: true });
  });

  test('[RUL-1] a refusal names the place', () => {
    expect(checkCondition('amount > 1 && colour == 2')).toMatchObject({ ok: false, position: 14 });
  });
});

describe('what it means', () => {
  test.each([
    ['amount > 100', true],
    ['amount > 100.5', true],
    ['amount > 150', false],
    ['amount == 150', true],
    ['amount != 150', false],
    ['amount == 150.0', true],
    ['amount in [100, 150]', true],
    ['amount in [100.0, 150.5]', false],
    ['amount * 2 == 300', true],
    ['amount + 1 > 150.5', true],
    ['amount - 1 == 149', true],
    ['amount / 2 == 75', true],
    ['amount_minor == 15000', true],
    ['amount_minor >= 14999.5', true],
    ['currency in ["BRL", "USD"] && country == "BR" && method == "CARD"', true],
    ['hour == 14 && minute == 30 && weekday == 6', true],
    ['metadata.plan == "gold"', true],
    ['metadata["plan"].startsWith("go")', true],
    ['has(metadata.tier)', false],
    ['has(metadata.plan)', true],
    ['bin.startsWith("4111") && network == "visa" && three_ds', true],
    ['customer_ref.endsWith("7") && payment_id.contains("p") && credential_kind == "pan"', true],
  ])('[RUL-2] %s is %s', (text, matched) => {
    const request = {
      metadata: { plan: 'gold' },
      bin: '411111',
      network: 'visa',
      threeDs: true,
      customerRef: 'c7',
      paymentId: 'p1',
      credentialKind: 'pan',
    };
    expect(checkCondition(text)).toEqual({ ok: true });
    expect(run(text, request)).toEqual({ matched, error: null });
  });

  test('[RUL-2] an amount is in major units of its currency', () => {
    expect(run('amount == 15000', { currency: 'JPY' }).matched).toBe(true);
    expect(run('amount == 15', { currency: 'KWD' }).matched).toBe(true);
    expect(run('amount == 150.01', { amountMinor: 15_001 }).matched).toBe(true);
  });

  test.each([
    ['network == "visa"', 'the request has no network'],
    ['network != "visa"', 'the request has no network'],
    ['!(network == "visa")', 'the request has no network'],
    ['amount > 1 && metadata.plan == "gold"', 'the request has no metadata.plan'],
    ['metadata["plan"] == "gold"', 'the request has no metadata.plan'],
    ['metadata[currency] == "gold"', 'No such key: BRL'],
    ['three_ds ? true : amount > 1', 'the request has no three_ds'],
  ])('[RUL-3] %s does not match what lacks the field, and says: %s', (text, error) => {
    expect(run(text)).toEqual({ matched: false, error });
  });

  test.each([
    ['network == "visa" || currency == "BRL"', true],
    ['currency == "USD" && network == "visa"', false],
    ['!(network == "visa" && currency == "USD")', true],
  ])('[RUL-3] what the other side of && or || settles needs no field: %s is %s', (text, matched) => {
    expect(run(text).matched).toBe(matched);
  });

  test('[RUL-3] a stored condition that no longer parses never matches and says why', () => {
    expect(run('colour == "red"')).toEqual({ matched: false, error: 'Unknown variable: colour' });
  });
});
