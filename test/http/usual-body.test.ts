import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasCardNumberIn } from '../../src/domain/results/card-number-walk.ts';
import { holdsCardNumberInId } from '../../src/domain/results/card-number-in-id.ts';
import { RouteBody } from '../../src/http/schemas/routing.ts';
import { usualBodyOf } from '../../src/http/usual-body.ts';

const USUAL = { payment_method: 'pix', country: 'br', amount: 150.1, currency: 'brl' };
const CARD = '4111 1111 1111 1111';

/** What the guard and the schema make of a document; `null`: they refuse it, or hash an id. */
function bySchema(sent: unknown): object | null {
  if (hasCardNumberIn(sent, '') !== null) return null;
  const parsed = RouteBody.safeParse(sent);
  if (!parsed.success) return null;
  const { customer_ref: customer = '', payment_id: payment = '' } = parsed.data;
  return holdsCardNumberInId(customer) || holdsCardNumberInId(payment) ? null : parsed.data;
}

const word = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('', 'PIX', 'brl', CARD, 'x'.repeat(129), 'İ'));
const value = fc.oneof(
  word,
  fc.double({ noDefaultInfinity: true }),
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    4111111111111111,
    2 ** 60,
    '12345678',
    'learned',
    [],
    {},
    ['a', 'b'],
    [CARD],
  ),
  fc.dictionary(word, word, { maxKeys: 3 }),
  fc.array(word, { maxLength: 3 }),
);
const FIELDS = Object.keys(RouteBody.shape);

describe('a body that is right at first sight', () => {
  test('is read as its schema reads it, whatever is sent', () => {
    const documents = fc.dictionary(fc.constantFrom(...FIELDS, 'else', '__proto__', CARD), value, { maxKeys: 4 });
    fc.assert(
      fc.property(documents, fc.boolean(), (fields, isWhole) => {
        const sent = { ...(isWhole ? USUAL : {}), ...fields };
        const read = usualBodyOf(sent);
        if (read !== null) expect(read).toEqual(bySchema(sent));
      }),
      { numRuns: 3_000 },
    );
  });

  test.each<[string, object]>([
    ['the seed’s example', USUAL],
    ['minor units', { payment_method: 'CARD', country: 'MX', amount_minor: 15_000, currency: 'MXN' }],
    ['an amount as text', { ...USUAL, amount: '150.10' }],
    ['no amount', { payment_method: 'CARD', country: 'MX' }],
    ['a card’s first digits', { ...USUAL, bin: '411111', network: 'visa', three_ds: true, credential_kind: 'PAN' }],
    ['a customer', { ...USUAL, customer_ref: 'customer_1', payment_id: 'order 1001' }],
    ['metadata', { ...USUAL, metadata: { tier: 'gold', channel: 'web' } }],
    [
      'what the merchant offers',
      { ...USUAL, eligible_processors: ['a', 'b_2'], strategy: 'balanced', margin_bps: 120 },
    ],
  ])('%s is taken', (_, sent) => {
    expect(usualBodyOf(sent)).toEqual(RouteBody.parse(sent));
  });

  test.each<[string, unknown]>([
    ['a list', [USUAL]],
    ['nothing', null],
    ['an unknown field', { ...USUAL, amuont: 1 }],
    ['shadow', { ...USUAL, actual_processor: 'a' }],
    ['a card number in an id', { ...USUAL, customer_ref: '4111111111111111' }],
    ['one that is hidden in an id', { ...USUAL, payment_id: '4111.1111.1111.1111.12/29' }],
    ['one in metadata', { ...USUAL, metadata: { note: CARD } }],
    ['one as an amount', { ...USUAL, amount: 4111111111111111 }],
    ['no country', { payment_method: 'CARD' }],
    ['a number as an id', { ...USUAL, customer_ref: 12 }],
  ])('%s is left to the middleware', (_, sent) => {
    expect(usualBodyOf(sent)).toBeNull();
  });
});
