// M-Pesa signs nothing: a genuine delivery has a secret in its path and comes from a listed address, and these are what a forger can get wrong.
import type { Delivery } from '../../../src/ports/webhook-adapter.ts';
import { adapter } from '../../../src/connectors/mpesa/adapter.ts';
import { deliveryOf, pick, type Draw, type Mutation, type SignatureCase } from '../signature-cases.ts';
import { RESULTS } from './fixtures/callbacks.ts';

export const ADDRESS = '196.201.214.200';

const withPath = (delivery: Delivery, pathRest: string): Delivery => ({ ...delivery, pathRest });
const placeIn = (text: string, draw: Draw): number => Math.floor(draw() * text.length);

export const FORGERIES: readonly Mutation[] = [
  function changedCharacter(delivery, draw) {
    const { pathRest } = delivery;
    const at = placeIn(pathRest, draw);
    return withPath(delivery, pathRest.slice(0, at) + pick([...'abcXYZ019-_ ', ''], draw) + pathRest.slice(at + 1));
  },
  function longerSecret(delivery, draw) {
    return withPath(delivery, delivery.pathRest + pick(['x', ' ', '%00', '?', delivery.pathRest], draw));
  },
  function shorterSecret(delivery, draw) {
    return withPath(delivery, delivery.pathRest.slice(0, placeIn(delivery.pathRest, draw)));
  },
  function secretElsewhere(delivery, draw) {
    return withPath(delivery, pick([`/${delivery.pathRest}`, `x/${delivery.pathRest}`], draw));
  },
  function secretInQuery(delivery) {
    return { ...withPath(delivery, ''), query: new Map([['secret', delivery.pathRest]]) };
  },
  function anotherAddress(delivery, draw) {
    const bytes = Array.from({ length: 4 }, () => Math.floor(draw() * 256));
    return { ...delivery, ipAddress: bytes[0] === 196 ? '10.0.0.1' : bytes.join('.') };
  },
  function unknownAddress(delivery, draw) {
    return {
      ...delivery,
      ipAddress: pick([null, '', '196.201.214', '::', `${ADDRESS}, 10.0.0.1`, `${ADDRESS}/32`], draw),
    };
  },
];

export const signatureCase: SignatureCase = {
  adapter,
  own: { addresses: [ADDRESS, '196.201.212.0/24', '2c0f:fe38::/32'] },
  secrets: ['wJ4nQ8zV1kLpR7sYxC2mB5gJ9dF3hA6u', '0aK3tB6yH9cN2vM5xZ8qW1eR4uI7oP0s'],
  bodies: RESULTS.map(({ body }) => JSON.stringify(body)),
  sign: ({ body, secret }) => deliveryOf(body, {}, { pathRest: secret, ipAddress: ADDRESS }),
  mutations: FORGERIES,
};
