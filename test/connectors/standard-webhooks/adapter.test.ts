import { describe, expect, test } from 'vitest';
import type { SegmentMapping } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/standard-webhooks/adapter.ts';
import { ATTEMPT_EVENT_KINDS } from '../../../src/domain/results/attempt-event.ts';
import { deliveryOf, NO_SEGMENTS, NOW_MS, settingsOf } from '../signature-cases.ts';
import {
  headersOf,
  message,
  MESSAGE_ID,
  OLD_SECRET,
  SECRET,
  signatureOf,
  TOKEN,
} from '../../../tools/vendors/standard-webhooks.ts';
import { signatureCase } from './signature-case.ts';
import { tellFigures } from '../../harness/soak.ts';

const BODY = '{"test": 2432232314}';
const BARE = SECRET.replace('whsec_', '');
const FOREIGN = 'Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';

const toSign = { body: BODY, secret: SECRET, atMs: NOW_MS };
const good = headersOf(toSign);

interface LibraryCase {
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly body?: string;
  readonly expected: 'ok' | 'missing_signature' | 'bad_signature' | 'stale';
}

const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
const withSignature = (text: string) => ({ ...good, 'webhook-signature': text });
const agedBy = (seconds: number) => headersOf({ ...toSign, atMs: NOW_MS - seconds * 1000 });

/** The cases of the specification's own JavaScript library (read 2026-11), told in our words. */
const LIBRARY_CASES: readonly LibraryCase[] = [
  { name: 'an empty key', secrets: ['', 'whsec_'], expected: 'bad_signature' },
  { name: 'no id', headers: without('webhook-id'), expected: 'missing_signature' },
  { name: 'no timestamp', headers: without('webhook-timestamp'), expected: 'missing_signature' },
  { name: 'a timestamp that is none', headers: { ...good, 'webhook-timestamp': 'hello' }, expected: 'bad_signature' },
  { name: 'no signature', headers: without('webhook-signature'), expected: 'missing_signature' },
  { name: 'a wrong signature', headers: withSignature('v1,dawfeoifkpqwoekfpqoekf'), expected: 'bad_signature' },
  { name: 'a part of it', headers: withSignature(signatureOf(toSign).slice(0, 8)), expected: 'bad_signature' },
  { name: 'nothing after the version', headers: withSignature('v1,'), expected: 'bad_signature' },
  { name: 'a good signature', expected: 'ok' },
  { name: 'header names in lower case alone', headers: good, expected: 'ok' },
  { name: 'an old timestamp', headers: agedBy(301), expected: 'stale' },
  { name: 'a timestamp ahead', headers: agedBy(-301), expected: 'stale' },
  {
    name: 'several signatures, one of them good',
    headers: withSignature(`v1,${FOREIGN} v2,${FOREIGN} ${signatureOf(toSign)} v1,${FOREIGN}`),
    expected: 'ok',
  },
  { name: 'a secret without its prefix', secrets: [BARE], expected: 'ok' },
  {
    name: 'the published vector',
    headers: {
      'webhook-id': MESSAGE_ID,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    // A good signature, of 2021.
    expected: 'stale',
  },
];

const verify = ({ headers = good, secrets = [SECRET], body = BODY }: Omit<LibraryCase, 'name' | 'expected'>) =>
  adapter.verify(deliveryOf(body, headers), settingsOf(signatureCase, { secrets }));

describe('signature', () => {
  test('[CON-13] there are fifteen cases of the library', () => {
    expect(LIBRARY_CASES).toHaveLength(15);
  });

  test.for(LIBRARY_CASES)('[CON-13] as the library has it: $name', async ({ expected, ...given }, { task }) => {
    tellFigures(task, { 'library cases': 1 });
    expect(await verify(given)).toEqual(expected === 'ok' ? { ok: true } : { ok: false, reason: expected });
  });

  test.each([
    ['the raw body counts, white space too', { body: '{"test":2432232314}' }, 'bad_signature'],
    ['an older secret is still good', { headers: headersOf({ ...toSign, secret: OLD_SECRET }) }, 'bad_signature'],
    ['exactly 300 s', { headers: agedBy(300) }, 'ok'],
    ['exactly 300 s ahead', { headers: agedBy(-300) }, 'ok'],
    ['a secret of white space', { secrets: [' ', '\n'] }, 'bad_signature'],
    ['a list of signatures with a gap', { headers: withSignature(`${signatureOf(toSign)} `) }, 'bad_signature'],
    [
      'seventeen signatures',
      { headers: withSignature(`${signatureOf(toSign)}${` v1,${FOREIGN}`.repeat(16)}`) },
      'bad_signature',
    ],
    ['another scheme over the same bytes', { headers: withSignature(`v2,${FOREIGN}`) }, 'bad_signature'],
    [
      'a time that only reads as the signed one',
      { headers: { ...good, 'webhook-timestamp': `${NOW_MS / 1000}x` } },
      'bad_signature',
    ],
  ] as const)('[CON-13] beyond the library: %s', async (_, given, expected) => {
    expect(await verify(given)).toEqual(expected === 'ok' ? { ok: true } : { ok: false, reason: expected });
  });

  test('[CON-13] two secrets verify while one is rotated out', async () => {
    const headers = headersOf({ ...toSign, secret: OLD_SECRET });
    expect(await verify({ headers, secrets: [SECRET, OLD_SECRET] })).toEqual({ ok: true });
  });

  test('[CON-13] a dot in the id is signed as it stands, and an id moved over the dot is another delivery', async () => {
    const id = 'msg.2026.1';
    const headers = headersOf(toSign, id);
    expect(await verify({ headers })).toEqual({ ok: true });
    expect(await verify({ headers: { ...headers, 'webhook-id': 'msg.2026' } })).toEqual({
      ok: false,
      reason: 'bad_signature',
    });
    // The same signed text, `<id>.<time>.<body>`, cut elsewhere: its time is then no time of now.
    const moved = { ...headers, 'webhook-id': 'msg', 'webhook-timestamp': '2026' };
    expect((await verify({ headers: moved, body: `1.${NOW_MS / 1000}.${BODY}` })).ok).toBe(false);
  });

  test('[CON-13] a secret of the settings is whsec_ and base64 of 24 to 64 bytes', () => {
    const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
    for (const secret of [SECRET, of(24), of(64)]) expect(adapter.settingsFaults({}, [secret])).toEqual([]);
    for (const secret of [BARE, of(23), of(65), 'whsec_', 'whsec_not*base64*not*base64*not*base64'])
      expect(adapter.settingsFaults({}, [secret])).toMatchObject([{ field: 'secrets.0' }]);
  });
});

describe('events', () => {
  const read = (body: unknown, segments: SegmentMapping = NO_SEGMENTS) =>
    adapter.read(deliveryOf(JSON.stringify(body), good), settingsOf(signatureCase, { segments }));

  test.each(ATTEMPT_EVENT_KINDS)('[CON-14] attempt.%s is read field by field', async (kind) => {
    expect(await read(message(`attempt.${kind}`, { decline_code: 'do_not_honor', advice_code: '03' }))).toEqual({
      events: [
        {
          eventId: MESSAGE_ID,
          eventType: `attempt.${kind}`,
          kind,
          attemptKey: 'att_6735_1',
          transactionId: 'txn_6735_1',
          decisionToken: TOKEN,
          connectorName: 'processor_a',
          moneyStateSigned: true,
          paymentMethod: 'CARD',
          country: 'BR',
          amountMinor: 15_000,
          currency: 'BRL',
          declineCode: 'do_not_honor',
          networkDeclineCode: null,
          adviceCode: '03',
          network: 'visa',
          eventTimeMs: Date.UTC(2026, 10, 21, 11, 59, 58, 250),
          latencyMs: 412.5,
          feeMinor: null,
          credentialFingerprint: null,
        },
      ],
      ignored: [],
      unreadable: [],
    });
  });

  test('[CON-14] an attempt id and a time are all that an event needs', async () => {
    const least = { type: 'attempt.pending', timestamp: '2026-11-21T12:00:00Z', data: { attempt_id: 'a' } };
    const segments = { paymentMethods: {}, paymentMethodDefault: 'PIX', countryDefault: 'BR' };
    expect((await read(least, segments)).events).toMatchObject([
      { attemptKey: 'a', transactionId: null, paymentMethod: 'PIX', country: 'BR', amountMinor: null },
    ]);
  });

  test.each([
    [{ attempt_id: null }, 'data.attempt_id'],
    [{ amount_minor: 150.5 }, 'data.amount_minor'],
    [{ amount_minor: -1 }, 'data.amount_minor'],
    [{ decision_id: 'dec_short' }, 'data.decision_id'],
    [{ payment_method: 'credit card' }, 'data.payment_method'],
    [{ transaction_id: 'x'.repeat(129) }, 'data.transaction_id'],
  ])('[CON-14] what is ours to define is held to: %o', async (data, field) => {
    expect(await read(message('attempt.declined', data))).toMatchObject({
      events: [],
      unreadable: [{ reason: 'unexpected_shape', field }],
    });
  });

  test('[CON-14] a time without a zone is none, and other types are counted by name', async () => {
    const zoneless = { ...message('attempt.declined'), timestamp: '2026-11-21T12:00:00' };
    expect(await read(zoneless)).toMatchObject({ events: [], unreadable: [{ field: 'timestamp' }] });
    expect(await read(message('invoice.paid'))).toEqual({ events: [], ignored: ['invoice.paid'], unreadable: [] });
  });

  test('[CON-17] a sender of Standard Webhooks is answered with 204', () => {
    expect(adapter.acknowledge({ events: [], ignored: [], unreadable: [] })).toMatchObject({ status: 204, body: '' });
  });
});
