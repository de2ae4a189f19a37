// Sends payloads with card numbers in them the ways a merchant, a visitor and a vendor would, to an app or a Worker.
import { ATTEMPT } from '../contract/http/next-payment-question.ts';
import { MOCK_PROCESSORS, RESULT } from './http-caller.ts';
import { payment } from '../connectors/mercado-pago/fixtures/payments.ts';
import { pick, type Draw, type SignatureCase } from '../connectors/signature-cases.ts';
import { plantedJson, spelled, spelledPlainly } from './card-flood.ts';

export interface Receiver {
  readonly draw: Draw;
  readonly processorId: string;
  readonly cases: readonly (readonly [source: string, SignatureCase])[];
  readonly now: () => number;
  /** Authorised where it is the API's. Throws on a fault of ours. */
  readonly request: (path: string, init: RequestInit) => Promise<void>;
  /** What the vendor's own API answers when it is asked. */
  readonly vendorAnswers: (body: string) => void;
}

export type Sent = 'api' | 'around' | 'webhook';

const [{ id: _, ...OTHER }] = MOCK_PROCESSORS;
const GETS = [
  '/api/v1/alerts',
  '/api/v1/audit',
  '/api/v1/health',
  '/api/v1/dead-letters',
  '/api/v1/declines',
  '/metrics',
];
const HEADERS = ['x-request-id', 'idempotency-key', 'user-agent', 'referer', 'x-customer', 'if-match', 'traceparent'];

export async function sendOne(receiver: Receiver, card: string): Promise<Sent> {
  const way = receiver.draw();
  if (way < 0.4) return await sendToApi(receiver, card);
  return way < 0.55 ? await sendAround(receiver, card) : await sendWebhook(receiver, card);
}

async function sendToApi({ draw, processorId, request }: Receiver, card: string): Promise<Sent> {
  const result = { ...RESULT, processor_id: processorId, payment_method: 'CARD' };
  const route = { payment_method: 'CARD', country: 'BR', amount: 150, currency: 'BRL' };
  const source = { name: 'Mine', adapter: 'stripe', processor_id: processorId, secrets: ['whsec_1234567890'] };
  const bodies: readonly (readonly [method: string, path: string, body: object])[] = [
    ['POST', '/api/v1/transactions', { ...result, transaction_id: 'txn_1', metadata: { order: '1' } }],
    ['POST', '/api/v1/transactions', { transactions: [result, { ...result, transaction_id: 'txn_2' }] }],
    ['POST', '/api/v1/routing/recommend', route],
    ['POST', '/api/v1/payments/next', { ...ATTEMPT, processor_id: processorId }],
    ['POST', '/api/v1/processors', { ...OTHER, id: 'other' }],
    ['PUT', '/api/v1/sources/mine', source],
  ];
  const [method, path, body] = pick(bodies, draw);
  const json = plantedJson(body, card, draw);
  await request(path, { method, headers: { 'content-type': 'application/json' }, body: json });
  return 'api';
}

async function sendAround({ draw, request }: Receiver, card: string): Promise<Sent> {
  const text = encodeURIComponent(spelled(card, draw));
  const path = pick(GETS, draw);
  const way = draw();
  if (way < 0.3) await request(`${path}?${pick(['cursor', 'limit', 'q'], draw)}=${text}`, {});
  else if (way < 0.5) await request(`/api/v1/${pick(['processors', 'health', 'no', 'sources'], draw)}/${text}`, {});
  else await request(path, { headers: { [pick(HEADERS, draw)]: spelledPlainly(card, draw) } });
  return 'around';
}

async function sendWebhook(receiver: Receiver, card: string): Promise<Sent> {
  const { draw, cases, now, request } = receiver;
  const [source, signatureCase] = pick(cases, draw);
  receiver.vendorAnswers(plantedJson(payment(), card, draw));
  const body = plantedJson(JSON.parse(pick(signatureCase.bodies, draw)) as object, card, draw);
  const secret = draw() < 0.9 ? signatureCase.secrets[0] : `${signatureCase.secrets[0]}x`;
  const delivery = signedOrNull(() => signatureCase.sign({ body, secret, atMs: now() }));
  if (delivery === null) return await sendToApi(receiver, card);
  const headers = new Headers([...delivery.headers].map(([name, value]) => [name, value]));
  if (delivery.ipAddress !== null) headers.set('cf-connecting-ip', delivery.ipAddress);
  if (draw() < 0.2) headers.set('x-note', spelledPlainly(card, draw));
  const query = new URLSearchParams([...delivery.query].map(([name, value]) => [name, value]));
  if (draw() < 0.2) query.set('note', spelled(card, draw));
  const reference = draw() < 0.2 ? `/${encodeURIComponent(spelled(card, draw))}` : '';
  const rest = delivery.pathRest === '' ? '' : `/${delivery.pathRest}${reference}`;
  await request(`/webhooks/${source}${rest}?${query.toString()}`, {
    method: 'POST',
    headers,
    body: Uint8Array.from(delivery.rawBody),
  });
  return 'webhook';
}

/** The sender's own code cannot sign every shape. */
function signedOrNull<Value>(sign: () => Value): Value | null {
  try {
    return sign();
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
