// Keeps card numbers out: refused wherever they stand, except in id fields, where a keyed hash takes their place before anyone reads them.
import type { MiddlewareHandler } from 'hono';
import { holdsCardNumber } from '../../domain/results/card-number.ts';
import { holdsCardNumberInId } from '../../domain/results/card-number-in-id.ts';
import { type CardFinding, hasCardNumberIn } from '../../domain/results/card-number-walk.ts';
import type { World } from '../../ports/world.ts';
import type { CardItems, HttpContext, HttpEnv } from '../context.ts';
import { log } from '../log.ts';
import { mayHaveBody } from './limit-body.ts';
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
export const HEADERS_PASSED: ReadonlySet<string> = new Set([
  'authorization',
  'traceparent',
  'cf-ray',
  'sec-websocket-key',
]);

/** What was found and dealt with; an endpoint answers for it. */
interface Findings {
  /** The list whose entries are refused one by one; `null`: a card number anywhere refuses the whole. */
  readonly listName: string | null;
  readonly hashed: string[];
  readonly items: Map<number, Refusal>;
}

/** `listName`: the field of the body whose entries stand and fall each for itself. */
export function guardCards(listName: string | null): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const found: Findings = { listName, hashed: [], items: new Map() };
    const { hashed } = found;
    const refusal = findInHeaders(c) ?? findInPath(c) ?? (await guardQuery(c, hashed)) ?? (await guardBody(c, found));
    const refused = [...found.items.values(), refusal].filter((each) => each?.reason === 'card_number').length;
    if (refused > 0) report(c, 'card_number_refused', refused);
    if (refusal !== null) return refuse(c, refusal);
    if (hashed.length > 0) report(c, 'card_number_hashed', hashed.length);
    c.set('hashedFields', hashed);
    c.set('cardItems', found.items satisfies CardItems);
    return next();
  };
}

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
    if (!holdsCardNumber(value) && !(ID_FIELDS.has(name) && holdsCardNumberInId(value))) continue;
    // A request with a body cannot be copied under another address, and none of ours takes an id in its query.
    if (!ID_FIELDS.has(name) || c.req.method !== 'GET') return { reason: 'card_number', field: name };
    url.searchParams.set(name, await c.get('world').pseudonym(value));
    hashed.push(name);
  }
  if (hashed.length > 0) c.req.raw = new Request(url, c.req.raw);
  return null;
}

async function guardBody(c: HttpContext, found: Findings): Promise<Refusal | null> {
  const raw = c.req.raw;
  if (raw.body === null || !/^application\/([a-z.-]+\+)?json/i.test(raw.headers.get('content-type') ?? '')) return null;
  const text = await readText(raw);
  const body = text === null ? undefined : parse(text);
  if (text === null || (body === undefined && text.trim() !== '')) return { reason: 'malformed_json' };
  await hashIdFields(c.get('world'), body, found);
  const refusal = body === undefined ? null : (takeOutItems(body, found) ?? refusalBeside(body, found.listName));
  if (refusal !== null) return refusal;
  c.set('sentBody', body);
  const isChanged = found.hashed.length > 0 || found.items.size > 0;
  const { url, method, headers } = raw;
  const sent = isChanged ? JSON.stringify(body) : text;
  c.req.raw = new Request(url, { method, headers, ...(mayHaveBody(method) && { body: sent }) });
  return null;
}

/** An entry with a card number leaves its place to `null`, so that what reads the list has nothing to keep of it. */
function takeOutItems(body: unknown, { listName, items }: Findings): Refusal | null {
  const list = listOf(body, listName);
  for (const [index, item] of list.entries()) {
    const path = `${listName}[${index}]`;
    const finding = hasCardNumberIn(item, '');
    if (finding === null) continue;
    const { reason } = finding;
    if (reason === 'too_deep' || reason === 'too_large') return refusalOf({ reason, path });
    items.set(index, refusalOf({ reason, path: finding.path === '' ? path : finding.path }));
    list[index] = null;
  }
  return null;
}

/** Anywhere but in the list, whose entries have been looked at. */
function refusalBeside(body: unknown, listName: string | null): Refusal | null {
  const isList = listOf(body, listName).length > 0;
  const finding = hasCardNumberIn(isList && listName !== null ? { ...(body as object), [listName]: [] } : body, '');
  return finding === null ? null : refusalOf(finding);
}

function refusalOf({ path, reason }: CardFinding): Refusal {
  const field = path === '' ? 'body' : path;
  if (reason === 'card_number') return { reason, field };
  if (reason === 'rounded') {
    const message =
      'is a number beyond 2^53, which JSON rounds: send it as text, or leave it out if it is a card number';
    return { reason: 'invalid_request', errors: [{ field, code: 'invalid_field', message }] };
  }
  const message = reason === 'too_deep' ? 'is nested too deeply' : 'holds too many values';
  return { reason: 'invalid_request', errors: [{ field, code: reason, message }] };
}

/** `null`: it broke off, or is no UTF-8. */
async function readText(request: Request): Promise<string | null> {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(await request.arrayBuffer());
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

/** Of the document and of each entry of its list; in place, for the document is ours alone until it is validated. */
async function hashIdFields(world: World, body: unknown, { listName, hashed }: Findings): Promise<void> {
  const entries = listOf(body, listName).map((item, index) => [item, `${listName}[${index}].`] as const);
  for (const [holder, prefix] of [[body, ''] as const, ...entries]) {
    if (!isFields(holder)) continue;
    for (const name of ID_FIELDS) {
      const value = Object.hasOwn(holder, name) ? holder[name] : undefined;
      // A number that was rounded names nothing: its hash would be another number's too.
      if (typeof value !== 'string' && !Number.isSafeInteger(value)) continue;
      const text = String(value);
      if (!holdsCardNumber(text) && !holdsCardNumberInId(text)) continue;
      holder[name] = await world.pseudonym(text);
      hashed.push(`${prefix}${name}`);
    }
  }
}

function listOf(body: unknown, listName: string | null): unknown[] {
  const list = isFields(body) && listName !== null ? body[listName] : undefined;
  return Array.isArray(list) ? list : [];
}

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
