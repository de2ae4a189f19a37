// Mercado Pago's own way of signing, written anew here: hex of an HMAC-SHA256 over `id:<data.id>;request-id:<x-request-id>;ts:<ts>;`.
import { createHmac } from 'node:crypto';
import type { Delivery } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/mercado-pago/adapter.ts';
import { deliveryOf, headerMutations, pick, type Mutation, type SignatureCase } from '../signature-cases.ts';
import { notification, PAYMENT_ID } from './fixtures/payments.ts';

const REQUEST_ID = 'f7b2a1d4-0b1c-4ec2-aaaa-9e8b1d2f3c4d';

interface Manifest {
  readonly secret: string;
  readonly time: string;
  readonly id?: string | null;
  readonly requestId?: string | null;
}

/** A body, and query and headers that are signed beside it. */
export function signed(body: string, { secret, time, id = PAYMENT_ID, requestId = REQUEST_ID }: Manifest): Delivery {
  const manifest =
    (id === null ? '' : `id:${id};`) + (requestId === null ? '' : `request-id:${requestId};`) + `ts:${time};`;
  const hash = createHmac('sha256', secret).update(manifest).digest('hex');
  const headers = {
    'x-signature': `ts=${time},v1=${hash}`,
    ...(requestId === null ? {} : { 'x-request-id': requestId }),
  };
  return deliveryOf(body, headers, {
    query: new Map(
      id === null
        ? []
        : [
            ['data.id', id],
            ['type', 'payment'],
          ],
    ),
  });
}

const withId = (delivery: Delivery, id: string | null): Delivery => ({
  ...delivery,
  query: new Map(
    [...delivery.query].flatMap(([name, value]) =>
      name !== 'data.id' ? [[name, value]] : id === null ? [] : [[name, id]],
    ),
  ),
});

const QUERY_MUTATIONS: readonly Mutation[] = [
  function changedId(delivery, draw) {
    const id = delivery.query.get('data.id')!;
    const at = Math.floor(draw() * id.length);
    return withId(delivery, id.slice(0, at) + pick([...'0123456789;:', ''], draw) + id.slice(at + 1));
  },
  function longerId(delivery, draw) {
    return withId(delivery, delivery.query.get('data.id')! + pick([...'0123456789 ;'], draw));
  },
  function missingId(delivery) {
    return withId(delivery, null);
  },
  // The same manifest from other parts: what stands in it would no longer be what was signed.
  function partsCutAnew(delivery) {
    const requestId = delivery.headers.get('x-request-id')!;
    const headers = new Map([...delivery.headers].filter(([name]) => name !== 'x-request-id'));
    return { ...withId(delivery, `${delivery.query.get('data.id')!};request-id:${requestId}`), headers };
  },
];

export const signatureCase: SignatureCase = {
  adapter,
  own: { access_token: 'APP_USR-7650643018598300-112108-abcdef' },
  secrets: ['7f3c9a1e5b2d8046c1b2a3d4e5f60718293a4b5c6d7e8f90', '0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678'],
  bodies: [JSON.stringify(notification()), JSON.stringify(notification({ action: 'payment.created' }))],
  sign: ({ body, secret, atMs }) => signed(body, { secret, time: String(Math.floor(atMs / 1_000)) }),
  // The body is not signed: what may be done to it is told in the tests of read.
  mutations: [...QUERY_MUTATIONS, ...headerMutations('x-signature'), ...headerMutations('x-request-id')],
};
