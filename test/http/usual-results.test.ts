import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { API_RESULTS } from '../../src/domain/results/canonical-result.ts';
import { decimalTextOf } from '../../src/domain/results/money.ts';
import { hasCardNumberIn } from '../../src/domain/results/card-number-walk.ts';
import { holdsCardNumberInId } from '../../src/domain/results/card-number-in-id.ts';
import { TransactionInput } from '../../src/http/schemas/transactions.ts';
import { usualResultOf } from '../../src/http/usual-results.ts';

const USUAL = {
  processor_id: 'processor_a',
  result: 'approved',
  payment_method: 'pix',
  country: 'br',
  amount: 150.1,
  currency: 'brl',
  transaction_id: 'ord_1001-1',
};
const IDS = ['transaction_id', 'payment_id', 'customer_ref', 'credential_fingerprint'] as const;
const CARD = '4111 1111 1111 1111';

/** What the guard and the schema make of a document; `null`: they refuse it, or hash an id. */
function bySchema(sent: unknown, position: number): object | null {
  if (hasCardNumberIn(sent, '') !== null) return null;
  const parsed = TransactionInput.safeParse(sent);
  if (!parsed.success) return null;
  const { data } = parsed;
  const decimal = (amount: string | number | undefined) => {
    const read = typeof amount === 'number' ? decimalTextOf(amount) : { ok: true, text: amount ?? null };
    return 'text' in read ? read.text : undefined;
  };
  const [amount, fee] = [decimal(data.amount), decimal(data.fee)];
  if (amount === undefined || fee === undefined) return null;
  if (IDS.some((id) => data[id] !== undefined && holdsCardNumberInId(data[id]))) return null;
  return {
    processorId: data.processor_id,
    result: data.result,
    paymentMethod: data.payment_method,
    country: data.country,
    amount,
    amountMinor: data.amount_minor ?? null,
    currency: data.currency,
    transactionId: data.transaction_id ?? null,
    decisionId: data.decision_id ?? null,
    declineCode: data.decline_code ?? null,
    latencyMs: data.latency_ms ?? null,
    fee,
    timestamp: data.timestamp ?? null,
    attempt: data.attempt,
    network: data.network ?? null,
    networkDeclineCode: data.network_decline_code ?? null,
    adviceCode: data.advice_code ?? null,
    family: data.processor_family ?? null,
    issuerCountry: data.issuer_country ?? null,
    paymentId: data.payment_id ?? null,
    credentialFingerprint: data.credential_fingerprint ?? null,
    customerRef: data.customer_ref ?? null,
    bin: data.bin ?? null,
    initiator: data.initiator ?? null,
    threeDs: data.three_ds ?? null,
    position,
  };
}

const FIELDS = Object.keys(TransactionInput.shape);
const odd = fc.oneof(
  fc.string({ maxLength: 140 }),
  fc.constantFrom(
    '',
    ' ',
    'BR',
    'brl',
    'BRL',
    'CARD',
    '05',
    '411111',
    '2026-11-21T10:00:00Z',
    'merchant',
    'error',
    CARD,
  ),
  fc.constantFrom('ｆull', 'é', '\u0000', 'x'.repeat(33), 'x'.repeat(65), 'x'.repeat(129), '4111-1111-1111-1111-1'),
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, -1, 0.1, 1e21, 1e-7, 4111111111111111, 99_999_999_999, 100_000_000_000, 2 ** 53, 1_001),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string(), { maxLength: 2 }),
  fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 }),
);
const document = fc
  .record({
    base: fc.nat(9),
    changes: fc.dictionary(fc.oneof(fc.constantFrom(...FIELDS), fc.string()), odd, { maxKeys: 3 }),
    left: fc.subarray(Object.keys(USUAL), { maxLength: 3 }),
    result: fc.constantFrom(...API_RESULTS, 'refunded', ''),
  })
  .map(({ base, changes, left, result }) => {
    const kept = base
      ? Object.entries({ ...USUAL, result }).filter(([name]) => !left.includes(name) || left.length > 2)
      : [];
    return JSON.parse(JSON.stringify({ ...Object.fromEntries(kept), ...changes })) as unknown;
  });

describe('reading a result at first sight', () => {
  test('[REC-22] whatever is read at first sight is read by the schema to the same result, and holds no card number', () => {
    let read = 0;
    fc.assert(
      fc.property(document, fc.nat(999), (sent, position) => {
        const usual = usualResultOf(sent, position);
        if (usual === null) return;
        read += 1;
        expect(usual).toEqual(bySchema(sent, position));
      }),
      { numRuns: 4_000 },
    );
    expect(read).toBeGreaterThan(200);
  });

  test.each<[string, object]>([
    [
      'every field that a checkout sends',
      { latency_ms: 312, fee: 0.39, attempt: 2, decline_code: '05', network: 'visa' },
    ],
    ['minor units', { amount: undefined, amount_minor: 15_010 }],
    ['amounts as text', { amount: '150.10', fee: '1' }],
    ['what is for the history', { bin: '411111', three_ds: false, initiator: 'customer', customer_ref: 'c-1' }],
    ['codes', { network_decline_code: '05', advice_code: '03', processor_family: 'adyen', issuer_country: 'br' }],
    ['a payment', { payment_id: 'pay_1', credential_fingerprint: 'fp_1', decision_id: 'dec', timestamp: 'now' }],
  ])('%s is read at first sight, and as the schema reads it', (_, change) => {
    const sent = JSON.parse(JSON.stringify({ ...USUAL, ...change })) as unknown;
    expect(usualResultOf(sent, 3)).toEqual(bySchema(sent, 3));
    expect(usualResultOf(sent, 3)).not.toBeNull();
  });

  test.each<[string, unknown]>([
    ['no document', null],
    ['a list', [USUAL]],
    ['a text', 'approved'],
    ['a field that nobody knows', { ...USUAL, note: 'x' }],
    ['a name of every object', JSON.parse('{"__proto__":1}')],
    ['no processor', { ...USUAL, processor_id: undefined }],
    ['an unknown result', { ...USUAL, result: 'refunded' }],
    ['two amounts', { ...USUAL, amount_minor: 1 }],
    ['no amount', { ...USUAL, amount: undefined }],
    ['no text where one is due', { ...USUAL, country: 55 }],
    ['nothing where a text is due', { ...USUAL, decline_code: null }],
    ['a card number as text', { ...USUAL, decline_code: CARD }],
    ['a card number as number', { ...USUAL, amount: 4111111111111111 }],
    ['a card number in an id', { ...USUAL, transaction_id: CARD }],
    ['a number that might be a card number', { ...USUAL, amount: 100_000_000_000 }],
  ])('[REC-22] %s is left to the schema and the guard', (_, sent) => {
    expect(usualResultOf(JSON.parse(JSON.stringify(sent)) as unknown, 0)).toBeNull();
  });
});
