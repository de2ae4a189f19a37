import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Caller, createCaller, type Reply } from '../../harness/http-caller.ts';
import { plain, THE_LONG_WAY } from '../../harness/two-ways.ts';
import { RouteBody } from '../../../src/http/schemas/routing.ts';

const PATH = '/api/v1/routing/recommend';
const QUESTION = { payment_method: 'PIX', country: 'BR', amount: 150, currency: 'BRL' };

let [express, long]: [Caller, Caller] = [null!, null!];
beforeEach(async () => {
  [express, long] = await Promise.all([createCaller(), createCaller()]);
});

const bothWays = async (body: unknown, key?: string) => {
  const shortly = await express.call('POST', PATH, { body, key: key ?? express.keys.route });
  const throughout = await long.call('POST', PATH, { body, key: key ?? long.keys.route, headers: THE_LONG_WAY });
  return [shortly, throughout] as const;
};

/** The first bytes, and then its connection is gone. */
const breaksOff = (bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> => {
  let isBegun = false;
  return new ReadableStream({
    pull: (controller) => {
      if (isBegun) controller.error(new Error('Network connection lost.'));
      else controller.enqueue(bytes.subarray(0, 5));
      isBegun = true;
    },
  });
};

describe('a recommendation is the same on the express lane and through the middleware', () => {
  test.each<[string, unknown]>([
    ['a payment', QUESTION],
    ['one without a currency', { payment_method: 'CARD', country: 'BR', amount: 150 }],
    [
      'one with metadata and a customer',
      { ...QUESTION, metadata: { tier: 'gold' }, customer_ref: 'c1', three_ds: true },
    ],
    ['one that nobody serves', { ...QUESTION, payment_method: 'OXXO' }],
    ['a card number in an id', { ...QUESTION, customer_ref: '4111111111111111' }],
    ['a card number elsewhere', { ...QUESTION, metadata: { note: '4111111111111111' } }],
    ['an unknown currency', { ...QUESTION, currency: 'XXQ' }],
    ['an amount of nothing', { ...QUESTION, amount: 0 }],
    ['no method', { country: 'BR' }],
    ['a misspelt field', { ...QUESTION, amuont: 1 }],
    ['shadow', { ...QUESTION, actual_processor: 'processor_a' }],
    ['what is no JSON', '{"payment_method":'],
  ])('%s', async (_, body) => {
    for (let turn = 0; turn < 3; turn += 1) {
      const [shortly, throughout] = await bothWays(body);
      expect(plain(shortly)).toEqual(plain(throughout));
    }
  });

  /** A question of a customer by these letters, then bytes, both ways; without what differs from one request to the next. */
  const askOf = async (customer: string, bytes: readonly number[]) => {
    const [head, tail] = [JSON.stringify({ ...QUESTION, customer_ref: '' }).slice(0, -2), '"}'];
    return await send(new Uint8Array([...encode(head), ...encode(customer), ...bytes, ...encode(tail)]));
  };
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
  const send = async (bytes: Uint8Array<ArrayBuffer>, isWhole = true) => {
    const bodyOf = () => (isWhole ? bytes : breaksOff(bytes));
    const ask = async ({ app, keys }: Caller, added: Record<string, string>) => {
      const headers = {
        'Authorization': `Bearer ${keys.route}`,
        'Content-Type': 'application/json',
        'Content-Length': String(bytes.length),
        ...added,
      };
      const asked = { method: 'POST', headers, body: bodyOf(), duplex: 'half' };
      const response = await app.request(PATH, asked as RequestInit);
      return plain({ status: response.status, headers: response.headers, text: await response.text() } as Reply);
    };
    return [await ask(express, {}), await ask(long, THE_LONG_WAY)] as const;
  };

  test.each<[string, string, number[], number]>([
    ['a customer of all kinds of letters', 'café 😀 \u00df', [], 200],
    ['one whose letter is U+FFFD', 'caf\ufffd', [], 200],
    ['one that ends in a byte of no letter', 'caf', [0xff], 400],
    ['one in Latin-1', 'caf', [0xe9], 400],
    ['one with two of three bytes of a letter', 'caf', [0xe2, 0x82], 400],
  ])('%s', async (_, customer, bytes, status) => {
    const [shortly, throughout] = await askOf(customer, bytes);
    expect(shortly).toEqual(throughout);
    expect(shortly.status).toBe(status);
  });

  test.each([1, 3])('%i marks of byte order before it: one is taken away', async (marks) => {
    const [shortly, throughout] = await send(encode('\ufeff'.repeat(marks) + JSON.stringify(QUESTION)));
    expect(shortly).toEqual(throughout);
    expect(shortly.status).toBe(marks === 1 ? 200 : 400);
  });

  test('a body that breaks off is the caller’s fault', async () => {
    const [shortly, throughout] = await send(encode(JSON.stringify(QUESTION)), false);
    expect(shortly).toEqual(throughout);
    expect(shortly.status).toBe(400);
  });

  test('but for an emoji without its last byte, which the lane cannot tell from U+FFFD', async () => {
    const [shortly, throughout] = await askOf('caf', [0xf0, 0x9f, 0x98]);
    expect([shortly.status, throughout.status]).toEqual([200, 400]);
  });

  test('the schema is asked only behind the middleware', async () => {
    const asked = vi.spyOn(RouteBody, 'safeParseAsync');
    await express.call('POST', PATH, { body: QUESTION, key: express.keys.route });
    expect(asked).not.toHaveBeenCalled();
    await long.call('POST', PATH, { body: QUESTION, key: long.keys.route, headers: THE_LONG_WAY });
    expect(asked).toHaveBeenCalled();
    asked.mockRestore();
  });

  test('a key too often used, one without the scope, and a stranger’s', async () => {
    for (const key of ['ingest', 'read'] as const) {
      const [shortly] = await bothWays(QUESTION, express.keys[key]);
      expect(shortly.status).toBe(403);
    }
    const [stranger] = await bothWays(QUESTION, `sbx_aaaaaaaa_${'0'.repeat(43)}`);
    expect(stranger.status).toBe(401);
    for (const caller of [express, long]) caller.set.withinRate = false;
    const [shortly, throughout] = await bothWays(QUESTION);
    expect(plain(shortly)).toEqual(plain(throughout));
    expect(shortly.status).toBe(429);
  });

  test('an isolate without a table, and one with an old one', async () => {
    for (const caller of [express, long]) caller.set.tableAgeMs = 90_000;
    const [stale, throughout] = await bothWays(QUESTION);
    expect(plain(stale)).toEqual(plain(throughout));
    for (const caller of [express, long]) caller.set.cold = true;
    const [cold, behind] = await bothWays(QUESTION);
    expect(plain(cold)).toEqual(plain(behind));
    expect(cold.status).toBe(503);
  });

  test('explanations of all are the middleware’s', async () => {
    const { json } = await express.call('POST', `${PATH}?explain=all`, { body: QUESTION, key: express.keys.route });
    expect(json).toHaveProperty('exclusions');
  });
});
