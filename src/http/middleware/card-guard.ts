// Keeps card numbers out: refused wherever they stand, except in id fields, where a keyed hash takes their place before anyone reads them.
import type { MiddlewareHandler } from 'hono';
import { holdsCardNumber } from '../../domain/results/card-number.ts';
import { type CardFinding, hasCardNumberIn } from '../../domain/results/card-number-walk.ts';
import type { World } from '../../ports/world.ts';
import type { HttpContext, HttpEnv } from '../context.ts';
import { log } from '../log.ts';
import { refuse } from '../problem.ts';
import type { Refusal } from '../refusal.ts';

/** Fields in which merchants are known to put a card number although any stable text would do. */
const ID_FIELDS: ReadonlySet<string> = new Set([
  'transaction_id',
  'payment_id',
  'customer_ref',
  'credential_fingerprint',
]);
/** Credentials and machine-made ids: long random runs of digits that nobody keeps. */
const HEADERS_PASSED: ReadonlySet<string> = new Set(['authorization', 'traceparent', 'cf-ray', 'sec-websocket-key']);

export const guardCards: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const hashed: string[] = [];
  const refusal = findInHeaders(c) ?? findInPath(c) ?? (await guardQuery(c, hashed)) ?? (await guardBody(c, hashed));
  if (refusal !== null) {
    if (refusal.reason === 'card_number') report(c, 'card_number_refused', 1);
    return refuse(c, refusal);
  }
  if (hashed.length > 0) report(c, 'card_number_hashed', hashed.length);
  c.set('hashedFields', hashed);
  return next();
};

function report(c: HttpContext, event: 'card_number_refused' | 'card_number_hashed', count: number): void {
  log({ event, request_id: c.get('requestId'), method: c.req.method, key_id: c.get('keyId'), count });
}

function findInHeaders(c: HttpContext): Refusal | null {
  for (const [name, value] of c.req.raw.headers) {
    if (!HEADERS_PASSED.has(name) && holdsCardNumber(value)) return { reason: 'card_number', field: name };
  }
  return null;
}

function findInPath(c: HttpContext): Refusal | null {
  const names = Object.entries(c.req.param() as Record<string, string>);
  const found = names.find(([, value]) => holdsCardNumber(value));
  return found ? { reason: 'card_number', field: found[0] } : null;
}

async function guardQuery(c: HttpContext, hashed: string[]): Promise<Refusal | null> {
  const url = new URL(c.req.raw.url);
  for (const [name, value] of [...url.searchParams]) {
    if (holdsCardNumber(name)) return { reason: 'card_number', field: 'query' };
    if (!holdsCardNumber(value)) continue;
    // A request with a body cannot be copied under another address, and none of ours takes an id in its query.
    if (!ID_FIELDS.has(name) || c.req.method !== 'GET') return { reason: 'card_number', field: name };
    url.searchParams.set(name, await c.get('world').pseudonym(value));
    hashed.push(name);
  }
  if (hashed.length > 0) c.req.raw = new Request(url, c.req.raw);
  return null;
}

async function guardBody(c: HttpContext, hashed: string[]): Promise<Refusal | null> {
  const raw = c.req.raw;
  if (raw.body === null || !/^application\/([a-z.-]+\+)?json/i.test(raw.headers.get('content-type') ?? '')) return null;
  const text = await readText(raw);
  const body = text === null ? undefined : parse(text);
  if (text === null || (body === undefined && text.trim() !== '')) return { reason: 'malformed_json' };
  await hashIdFields(c.get('world'), body, hashed);
  const found = body === undefined ? null : hasCardNumberIn(body, '');
  if (found !== null) return refusalOf(found);
  c.req.raw = new Request(raw.url, {
    method: raw.method,
    headers: raw.headers,
    body: hashed.length > 0 ? JSON.stringify(body) : text,
  });
  return null;
}

function refusalOf({ path, reason }: CardFinding): Refusal {
  if (reason === 'card_number') return { reason, field: path === '' ? 'body' : path };
  const message = reason === 'too_deep' ? 'is nested too deeply' : 'holds too many values';
  return { reason: 'invalid_request', errors: [{ field: path, code: reason, message }] };
}

async function readText(request: Request): Promise<string | null> {
  const bytes = await request.arrayBuffer();
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Of the document and of each entry of its list of transactions; in place, for the document is ours alone until it is validated. */
async function hashIdFields(world: World, body: unknown, hashed: string[]): Promise<void> {
  const items: unknown = isFields(body) ? body['transactions'] : undefined;
  const entries = Array.isArray(items)
    ? items.map((item: unknown, index) => [item, `transactions[${index}].`] as const)
    : [];
  for (const [holder, prefix] of [[body, ''] as const, ...entries]) {
    if (!isFields(holder)) continue;
    for (const name of ID_FIELDS) {
      const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
      if (hasCardNumberIn(value, '') === null || (typeof value !== 'string' && typeof value !== 'number')) continue;
      holder[name] = await world.pseudonym(String(value));
      hashed.push(`${prefix}${name}`);
    }
  }
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
