// Adyen's own way of signing, in tools/vendors/adyen.ts, and what a forger may do to the eight fields of one item in a batch.
import { adapter } from '../../../src/connectors/adyen/adapter.ts';
import type { Delivery } from '../../../src/ports/webhook-adapter.ts';
import { deliveryOf, pick, type Draw, type Mutation, type SignatureCase } from '../signature-cases.ts';
import {
  authorisation,
  batch,
  KEY,
  modification,
  OLD_KEY,
  refusal,
  signed,
  type Item,
} from '../../../tools/vendors/adyen.ts';

const SIGNED = [
  'pspReference',
  'originalReference',
  'merchantAccountCode',
  'merchantReference',
  'eventCode',
  'success',
  'amount.value',
  'amount.currency',
];

interface Batch {
  readonly notificationItems: readonly { NotificationRequestItem: Record<string, unknown> }[];
}

/** Changes one item of the batch, and leaves the others with their good signatures. */
function withItem(delivery: Delivery, draw: Draw, change: (item: Record<string, unknown>) => void): Delivery {
  const body = JSON.parse(new TextDecoder().decode(delivery.rawBody)) as Batch;
  change(pick(body.notificationItems, draw).NotificationRequestItem);
  return deliveryOf(JSON.stringify(body));
}

function holderOf(item: Record<string, unknown>, path: string): readonly [Record<string, unknown>, string] {
  const [first, second] = path.split('.') as [string, string?];
  return second === undefined ? [item, first] : [item[first] as Record<string, unknown>, second];
}

function textIn(holder: Record<string, unknown>, name: string): string {
  const value = holder[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const CHARACTERS = [...'0123456789ABCXYZabcxyz:-_ '];

const MUTATIONS: readonly Mutation[] = [
  function signedCharacter(delivery, draw) {
    return withItem(delivery, draw, (item) => {
      const [holder, name] = holderOf(item, pick(SIGNED, draw));
      const text = textIn(holder, name);
      const at = Math.floor(draw() * (text.length + 1));
      holder[name] = text.slice(0, at) + pick(CHARACTERS, draw) + text.slice(at + (draw() < 0.5 ? 0 : 1));
    });
  },
  function signedFieldGone(delivery, draw) {
    return withItem(delivery, draw, (item) => {
      const [holder, name] = holderOf(item, pick(SIGNED, draw));
      if (holder[name] !== '') delete holder[name];
    });
  },
  function otherType(delivery, draw) {
    return withItem(delivery, draw, (item) => {
      const [holder, name] = holderOf(item, pick(SIGNED, draw));
      if (holder[name] === undefined) return;
      holder[name] = pick<unknown>([null, {}, [], [holder[name], 'x'], { toString: 'x' }, -1, 1e21], draw);
    });
  },
  function amount(delivery, draw) {
    return withItem(delivery, draw, (item) => {
      item['amount'] = { currency: pick(['EUR', 'USD', 'JPY'], draw), value: Math.floor(draw() * 1e6) };
    });
  },
  function turnedRound(delivery, draw) {
    return withItem(delivery, draw, (item) => {
      item['success'] = item['success'] === 'true' ? 'false' : 'true';
    });
  },
  // The signed text stays the same: only where one field ends and the next begins is told anew.
  function movedBorder(delivery, draw) {
    return withItem(delivery, draw, (item) => {
      const [left, right] = pick(
        [
          ['pspReference', 'originalReference'],
          ['originalReference', 'merchantAccountCode'],
          ['merchantAccountCode', 'merchantReference'],
        ] as const,
        draw,
      );
      const text = `${textIn(item, left)}:${textIn(item, right)}`;
      const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
      const at = pick(colons, draw);
      if (at === textIn(item, left).length) return;
      item[left] = text.slice(0, at);
      item[right] = text.slice(at + 1);
    });
  },
  function signature(delivery, draw) {
    return withItem(delivery, draw, (item) => {
      const data = item['additionalData'] as Record<string, unknown>;
      const text = String(data['hmacSignature']);
      const at = Math.floor(draw() * (text.length - 1));
      data['hmacSignature'] = pick(
        [text.slice(0, at) + pick(CHARACTERS, draw) + text.slice(at + 1), '', undefined, text.slice(0, at), `${text}=`],
        draw,
      );
    });
  },
];

/** Adyen signs and sends what it has: no double has been there first. */
class ExactNumber {
  readonly #source: string;
  constructor(source: string) {
    this.#source = source;
  }
  toString(): string {
    return this.#source;
  }
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.#source);
  }
}

function exactly(_name: string, value: unknown, { source }: { readonly source?: string } = {}): unknown {
  return typeof value === 'number' && source !== undefined && String(value) !== source
    ? new ExactNumber(source)
    : value;
}

const items: readonly (readonly Item[])[] = [
  [authorisation({ merchantReference: 'order:6735:1' })],
  [refusal(), modification('REFUND'), modification('CHARGEBACK', { merchantReference: 'a:b' })],
];

export const signatureCase: SignatureCase = {
  adapter,
  own: {},
  secrets: [KEY, OLD_KEY],
  bodies: items.map((of) => JSON.stringify(of)),
  sign: ({ body, secret }) =>
    deliveryOf(JSON.stringify(batch((JSON.parse(body, exactly) as Item[]).map((item) => signed(item, secret))))),
  mutations: MUTATIONS,
};
