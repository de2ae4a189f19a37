// Before anything of a request is read: lets it in, or turns it away with a ready-made answer. Whom, and how, decides the entrance of the domain.
import { type CallKind, callKindOf, CONTESTED, Entrance, type Turned, weightOf } from '../domain/scaling/entrance.ts';
import { DATA_HEADERS } from './safe-headers.ts';
import { log } from './log.ts';
import { pathOf } from './express-lane.ts';
import { problemOf } from './problem.ts';
import { requestIdOf } from './request-id.ts';

export interface Waits {
  waitUntil(work: Promise<unknown>): void;
}
type Around<Variables, Context extends Waits> = [request: Request, variables: Variables, context: Context];
/** `path`: of the request's address, which the entrance has read. */
export type Serve<Variables, Context extends Waits> = (
  ...around: [...Around<Variables, Context>, path: string]
) => Response | Promise<Response>;

export interface EntranceOptions {
  readonly clock: () => number;
  /** The isolate's table is too old to answer from: calls wait for the next one and do not work. */
  readonly awaitsTable: (now: number) => boolean;
  readonly entrance?: Entrance;
}

/** An isolate that turns callers away says so this seldom. */
const TELL_EVERY_MS = 10_000;
/** Whoever took less has not waited for a table. */
const LONG_MS = 10;
/** A timer that has not come by then never will: its call has ended. */
const LAG_MAX_MS = 1_000;
/** A key is known after one in so many of its answered calls, so that looking costs next to nothing. */
const LEARN_EVERY = 16;
const HEADERS: Readonly<Record<string, string>> = { ...DATA_HEADERS, 'Content-Type': 'application/problem+json' };

/** Wraps the whole Worker; the first line of every request. */
export function throughEntrance<Variables, Context extends Waits>(
  serve: Serve<Variables, Context>,
  { clock, awaitsTable, entrance = new Entrance() }: EntranceOptions,
): (...around: Around<Variables, Context>) => Response | Promise<Response> {
  const lastWord = createLastWord(entrance);
  let answered = 0;
  const leave = ({ kind, pass, since }: Place): void => {
    const now = clock();
    const tookMs = now - since;
    entrance.leave(kind, pass, tookMs >= LONG_MS && awaitsTable(now) ? null : tookMs, now);
  };
  let lagSince = -Infinity;
  /** How late is a timer that is due at once? One at a time tells for all. */
  const measureLag = async (now: number): Promise<void> => {
    lagSince = now;
    await new Promise((resolve) => setTimeout(resolve, 0));
    entrance.noteLag(clock() - now);
    lagSince = -Infinity;
  };
  const inside = async (
    place: Place,
    request: Request,
    answering: () => ReturnType<typeof serve>,
  ): Promise<Response> => {
    try {
      const response = await answering();
      answered += 1;
      if (answered % LEARN_EVERY === 0 && response.status < 400) entrance.know(callerOf(request));
      return response;
    } finally {
      leave(place);
    }
  };
  return (request, variables, context) => {
    const path = pathOf(request.url);
    const kind = callKindOf(path);
    const weight = kind === 'record' ? weightOf(bytesOf(request)) : 1;
    const now = clock();
    let pass = entrance.enter(kind, weight, now);
    if (pass === CONTESTED) {
      const contest = { kind, weight, caller: callerOf(request), awaitsTable: awaitsTable(now) };
      const admitted = entrance.contest(contest, now);
      if (typeof admitted !== 'number') return lastWord(request, admitted, now);
      pass = admitted;
    }
    const answer = inside({ kind, pass, since: now }, request, () => serve(request, variables, context, path));
    // A client that goes away would take the call's end with it, and the place it held would stay taken.
    if (kind !== 'recommend') context.waitUntil(answer.catch(() => undefined));
    if (kind === 'record' && entrance.wantsLag && Math.abs(now - lagSince) > LAG_MAX_MS)
      context.waitUntil(measureLag(now));
    return answer;
  };
}

interface Place {
  readonly kind: CallKind;
  readonly pass: number;
  readonly since: number;
}

function createLastWord(entrance: Entrance): (request: Request, turned: Turned, now: number) => Promise<Response> {
  let [toldAt, toldOf] = [-Infinity, 0];
  return async (request, { retryAfterSeconds, heldMs }, now) => {
    const requestId = requestIdOf(request.headers.get('x-request-id') ?? undefined);
    if (Math.abs(now - toldAt) >= TELL_EVERY_MS) {
      log({ event: 'overloaded', request_id: requestId, count: entrance.turned - toldOf });
      [toldAt, toldOf] = [now, entrance.turned];
    }
    if (heldMs > 0) await new Promise((resolve) => setTimeout(resolve, heldMs));
    return new Response(`${DOCUMENT}${requestId}"}`, {
      status: 503,
      headers: { ...HEADERS, 'Retry-After': String(retryAfterSeconds), 'X-Request-Id': requestId },
    });
  };
}

const { title, status, detail, code } = problemOf({ reason: 'overloaded' });
/** Up to the request's id, which ends it. */
const DOCUMENT = `${JSON.stringify({ type: `/docs#problem-${code}`, title, status, detail, code }).slice(0, -1)},"request_id":"`;

function bytesOf(request: Request): number | null {
  const told = request.headers.get('content-length');
  return told === null || !/^\d{1,12}$/.test(told) ? null : Number(told);
}

const callerOf = (request: Request): string => request.headers.get('authorization') ?? '';
