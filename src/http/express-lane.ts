// Answers usual calls of the busiest endpoints past the middleware, as the middleware would; whatever is not usual it leaves to them, refusals included.
import { authenticate, ratePolicy } from './middleware/authorize.ts';
import { HEADERS_PASSED } from './middleware/card-guard.ts';
import { DATA_HEADERS } from './safe-headers.ts';
import { holdsCardNumber } from '../domain/results/card-number.ts';
import { requestIdOf } from './request-id.ts';
import type { Refusal } from './refusal.ts';
import type { Scope } from '../domain/configuration/configuration.ts';
import type { World } from '../ports/world.ts';

const TYPES: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8']);

/** What a usual call is answered. `null`: nothing was done, and the middleware is to do it. */
export type LaneAnswer = { readonly body: unknown } | { readonly refused: Refusal } | null;

/** One endpoint's usual calls. */
export interface Lane {
  readonly path: string;
  readonly scope: Scope;
  readonly bytesMax: number;
  /** `text` costs less, and tells a broken letter from U+FFFD by the length alone: an emoji without its last byte is read as one. For questions, whose answer it hardly changes. */
  readonly reads: 'text' | 'bytes';
  /** What is to be done about a document that the guard of card numbers and the schema would let pass; `null`: it may not be one. */
  take(document: unknown): ((world: World, now: number) => LaneAnswer | Promise<LaneAnswer>) | null;
}

/** Without parsing: an address that workerd hands over begins with its scheme. With the query, if there is one. */
export function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? '/' : url.slice(start);
}

/** Left to the middleware: the request to go on with, whose body was not read or is there again, and what is known of it. */
export interface LeftOver {
  readonly request: Request;
  readonly opened: Opened | null;
}

export interface Opened {
  readonly world: World;
  /** Only to be told: the work is done, or cannot be. */
  readonly decided?: {
    readonly keyId: string;
    readonly told: { readonly refused: Refusal } | { readonly fault: Error };
  };
}

/** Who goes on with what is left over. */
export type GoOn = (left: LeftOver) => Response | Promise<Response>;

export async function answerUsual(request: Request, lane: Lane, open: () => World, goOn: GoOn): Promise<Response> {
  const headers = usualHeaders(request.headers, lane.bytesMax);
  if (headers === null) return await goOn({ request, opened: null });
  const world = open();
  const now = world.now();
  if (world.settings.corsOrigins.length > 0) return await goOn({ request, opened: { world } });
  const asking = authenticate(world, headers.authorization, lane.scope, now);
  // A promise is waited for where there is one: each costs a turn of all who wait.
  const found = asking instanceof Promise ? await asking : asking;
  if ('reason' in found || !found.allowed) return await goOn({ request, opened: { world } });
  let sent: ArrayBuffer | string;
  try {
    sent = lane.reads === 'text' ? await request.text() : await request.arrayBuffer();
  } catch {
    // It broke off.
    sent = NOT_UTF8.buffer;
  }
  const work = lane.take(documentIn(sent));
  if (work === null) return await goOn({ request: withBody(request, sent), opened: { world } });
  const isWithinRate = await world.withinRate(found.keyId);
  const done = isWithinRate ? answerOrFault(work, world, now) : null;
  const answer = done instanceof Promise ? await done : done;
  if (answer === null)
    return await goOn({ request: withBody(request, sent), opened: { world: onceAsked(world, isWithinRate) } });
  if (!('body' in answer))
    return await goOn({
      request: withBody(request, sent),
      opened: { world, decided: { keyId: found.keyId, told: answer } },
    });
  const headersTold = headersOf(world);
  headersTold.set('x-request-id', requestIdOf(headers.requestId));
  return new Response(JSON.stringify(answer.body), { headers: headersTold });
}

/** What all answers of a deployment have, to which each adds its id: an answer copies them, for less than making them anew costs. */
const shared = new WeakMap<World['settings'], Headers>();

function headersOf(world: World): Headers {
  const known = shared.get(world.settings);
  if (known !== undefined) return known;
  const headers = new Headers({
    ...DATA_HEADERS,
    'Content-Type': 'application/json',
    'ratelimit-policy': ratePolicy(world),
  });
  shared.set(world.settings, headers);
  return headers;
}

/** Once a request: what the limiter has said of it holds. */
const onceAsked = (world: World, isWithinRate: boolean): World =>
  Object.create(world, { withinRate: { value: () => Promise.resolve(isWithinRate) } }) as World;

type Work = NonNullable<ReturnType<Lane['take']>>;
type Done = LaneAnswer | { readonly fault: Error };
function answerOrFault(work: Work, world: World, now: number): Done | Promise<Done> {
  try {
    const answer = work(world, now);
    return answer instanceof Promise ? answer.catch((fault: Error) => ({ fault })) : answer;
  } catch (fault) {
    return { fault: fault as Error };
  }
}

interface UsualHeaders {
  readonly authorization: string | undefined;
  readonly requestId: string | undefined;
}

/** The type is one of two, or the call is not usual. */
const isKnownToHoldNone = (name: string): boolean => name === 'content-type' || HEADERS_PASSED.has(name);

/** `null`: the length is not told or long, or a header needs a closer look. */
function usualHeaders(headers: Headers, bytesMax: number): UsualHeaders | null {
  let authorization: string | undefined;
  let requestId: string | undefined;
  let isJson = false;
  let isShort = false;
  let isUsual = true;
  // Not by its iterator, which makes a list and a record for each.
  headers.forEach((value, name) => {
    switch (name) {
      case 'authorization':
        authorization = value;
        break;
      case 'x-request-id':
        requestId = value;
        break;
      case 'content-type':
        isJson = TYPES.has(value);
        break;
      case 'content-length':
        isShort = Number(value) <= bytesMax;
        break;
      case 'idempotency-key':
      case 'transfer-encoding':
        isUsual = false;
        break;
    }
    if (!isKnownToHoldNone(name) && holdsCardNumber(value)) isUsual = false;
  });
  return isUsual && isJson && isShort ? { authorization, requestId } : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

function documentIn(sent: ArrayBuffer | string): unknown {
  // What may stand for a broken letter is looked at more closely.
  if (typeof sent === 'string' && sent.includes(BROKEN)) return undefined;
  try {
    return JSON.parse(typeof sent === 'string' ? sent : utf8.decode(sent));
  } catch {
    return undefined;
  }
}

const BROKEN = '\ufffd';
const BYTE_ORDER_MARK = '\ufeff';
const NOT_UTF8 = Uint8Array.of(0xff);

function withBody({ url, method, headers }: Request, sent: ArrayBuffer | string): Request {
  if (typeof sent !== 'string') return new Request(url, { method, headers, body: sent });
  const isBroken = sent.includes(BROKEN) && !isAsLongAsTold(sent, headers);
  // The first of two was taken away as the text was read.
  const text = sent.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK + sent : sent;
  return new Request(url, { method, headers, body: isBroken ? NOT_UTF8 : text });
}

/** Nothing but U+FFFD itself, and whole three bytes of a letter, are as long as what is read in their place. */
const isAsLongAsTold = (text: string, headers: Headers): boolean =>
  new TextEncoder().encode(text).length === Number(headers.get('content-length'));
