// One signed delivery per adapter and what a forger does to it: seeded mutations of everything that is signed, none of which may be accepted.
import type { Delivery, SegmentMapping, SourceSettings, WebhookAdapter } from '../../src/ports/webhook-adapter.ts';
import { seeded } from '../harness/seeded.ts';
import type { ToSign } from '../../tools/vendors/to-sign.ts';

export type Draw = () => number;
export type Mutation = (delivery: Delivery, draw: Draw) => Delivery;

export interface SignatureCase {
  readonly adapter: WebhookAdapter;
  readonly own: SourceSettings['own'];
  /** Two in the vendor's form: the newer and the one being rotated out. */
  readonly secrets: readonly [string, string];
  /** Real-shaped bodies, each of which verifies when signed. */
  readonly bodies: readonly string[];
  sign(toSign: ToSign): Delivery;
  /** Where the settings say it and not the declaration; 0: no time is signed. */
  readonly windowMs?: number;
  /** Each changes something that is signed, or the signature. */
  readonly mutations: readonly Mutation[];
}

export const NOW_MS = Date.UTC(2026, 10, 21, 12);

export const NO_SEGMENTS: SegmentMapping = { paymentMethods: {}, paymentMethodDefault: null, countryDefault: null };

export function settingsOf(
  signatureCase: Pick<SignatureCase, 'own' | 'secrets'>,
  over: Partial<SourceSettings> = {},
): SourceSettings {
  return { secrets: signatureCase.secrets, segments: NO_SEGMENTS, own: signatureCase.own, ...over };
}

export function deliveryOf(
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
  over: Partial<Delivery> = {},
): Delivery {
  return {
    rawBody: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    headers: new Map(Object.entries(headers)),
    pathRest: '',
    query: new Map(),
    ipAddress: null,
    receivedAtMs: NOW_MS,
    ...over,
  };
}

export interface Forgery {
  readonly index: number;
  readonly mutation: string;
  readonly delivery: Delivery;
}

export interface Forgeries {
  readonly shown: number;
  /** Those that were taken for true. */
  readonly accepted: readonly Forgery[];
}

/** `count` mutated deliveries are shown to the adapter. */
export async function showForgeries(
  signatureCase: SignatureCase,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<Forgeries> {
  const draw = seeded(seed);
  const settings = settingsOf(signatureCase);
  const accepted: Forgery[] = [];
  let shown = 0;
  for (let index = 0; index < count; index++) {
    const secret = pick(signatureCase.secrets, draw);
    const genuine = signatureCase.sign({ body: pick(signatureCase.bodies, draw), secret, atMs: NOW_MS });
    const { name, delivery } = forged(genuine, signatureCase.mutations, draw);
    const verdict = await signatureCase.adapter.verify(delivery, settings);
    shown += 1;
    if (verdict.ok) accepted.push({ index, mutation: name, delivery });
  }
  return { shown, accepted };
}

/** Drawn again when nothing came of it, such as two equal bytes changing places. */
function forged(
  genuine: Delivery,
  mutations: readonly Mutation[],
  draw: Draw,
): { readonly name: string; readonly delivery: Delivery } {
  for (;;) {
    const mutation = pick(mutations, draw);
    const delivery = mutation(genuine, draw);
    if (!isSame(genuine, delivery)) return { name: mutation.name, delivery };
  }
}

function isSame(left: Delivery, right: Delivery): boolean {
  return (
    Buffer.compare(left.rawBody, right.rawBody) === 0 &&
    JSON.stringify([...left.headers]) === JSON.stringify([...right.headers]) &&
    left.pathRest === right.pathRest &&
    left.ipAddress === right.ipAddress &&
    JSON.stringify([...left.query]) === JSON.stringify([...right.query])
  );
}

export function pick<T>(from: readonly T[], draw: Draw): T {
  return from[Math.floor(draw() * from.length)]!;
}

function placeIn(length: number, draw: Draw): number {
  return Math.floor(draw() * length);
}

const changed = (delivery: Delivery, rawBody: Uint8Array): Delivery => ({ ...delivery, rawBody });

/** What may happen to a raw body: every byte counts, white space and invalid UTF-8 too. */
export const BODY_MUTATIONS: readonly Mutation[] = [
  function flippedBit(delivery, draw) {
    const bytes = Uint8Array.from(delivery.rawBody);
    const at = placeIn(bytes.length, draw);
    bytes[at] = bytes[at]! ^ (1 << placeIn(8, draw));
    return changed(delivery, bytes);
  },
  function insertedByte(delivery, draw) {
    const at = placeIn(delivery.rawBody.length + 1, draw);
    const { rawBody } = delivery;
    return changed(delivery, Uint8Array.of(...rawBody.slice(0, at), placeIn(256, draw), ...rawBody.slice(at)));
  },
  function insertedSpace(delivery, draw) {
    const at = placeIn(delivery.rawBody.length + 1, draw);
    const { rawBody } = delivery;
    const space = pick([0x20, 0x0a, 0x0d, 0x09, 0x00], draw);
    return changed(delivery, Uint8Array.of(...rawBody.slice(0, at), space, ...rawBody.slice(at)));
  },
  function removedByte(delivery, draw) {
    const at = placeIn(delivery.rawBody.length, draw);
    return changed(
      delivery,
      delivery.rawBody.filter((_, index) => index !== at),
    );
  },
  function swappedBytes(delivery, draw) {
    const bytes = Uint8Array.from(delivery.rawBody);
    const at = placeIn(bytes.length - 1, draw);
    [bytes[at], bytes[at + 1]] = [bytes[at + 1]!, bytes[at]!];
    return changed(delivery, bytes);
  },
  function cutShort(delivery, draw) {
    return changed(delivery, delivery.rawBody.slice(0, placeIn(delivery.rawBody.length, draw)));
  },
  function saidTwice(delivery) {
    return changed(delivery, Uint8Array.of(...delivery.rawBody, ...delivery.rawBody));
  },
  function byteOrderMark(delivery) {
    return changed(delivery, Uint8Array.of(0xef, 0xbb, 0xbf, ...delivery.rawBody));
  },
  function changedDigit(delivery, draw) {
    const text = new TextDecoder().decode(delivery.rawBody);
    const digits = [...text.matchAll(/\d/g)].map(({ index }) => index);
    const at = pick(digits, draw);
    return changed(delivery, new TextEncoder().encode(text.slice(0, at) + placeIn(10, draw) + text.slice(at + 1)));
  },
];

/** What may happen to a signed header, or to the signature itself. `missing` too: no header, no delivery. */
export function headerMutations(name: string): readonly Mutation[] {
  const put = (delivery: Delivery, text: string): Delivery => ({
    ...delivery,
    headers: new Map([...delivery.headers, [name, text]]),
  });
  const told = (delivery: Delivery): string => delivery.headers.get(name) ?? '';
  return [
    function headerCharacter(delivery, draw) {
      const text = told(delivery);
      const at = placeIn(text.length, draw);
      return put(delivery, text.slice(0, at) + pick([...'0123456789abcdefXYZ+/=,. '], draw) + text.slice(at + 1));
    },
    function headerInsertion(delivery, draw) {
      const text = told(delivery);
      const at = placeIn(text.length + 1, draw);
      return put(delivery, text.slice(0, at) + pick([...'0123456789abcdefXYZ+/=. '], draw) + text.slice(at));
    },
    function headerCut(delivery, draw) {
      return put(delivery, told(delivery).slice(0, placeIn(told(delivery).length, draw)));
    },
    function headerMissing(delivery) {
      return { ...delivery, headers: new Map([...delivery.headers].filter(([key]) => key !== name)) };
    },
  ];
}
