// What stands around every request and answer: its world and moment, its id, and who may call from a browser.
import { cors } from 'hono/cors';
import { holdsCardNumber } from '../../domain/results/card-number.ts';
import type { MiddlewareHandler } from 'hono';
import type { World } from '../../ports/world.ts';
import type { HttpContext, HttpEnv } from '../context.ts';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;

export function openRequest(worldOf: (c: HttpContext) => World): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const requestId = requestIdOf(c.req.header('x-request-id'));
    c.set('requestId', requestId);
    c.set('keyId', null);
    c.set('hashedFields', []);
    c.set('cardItems', new Map());
    c.header('X-Request-Id', requestId);
    const world = worldOf(c);
    c.set('world', world);
    c.set('now', world.now());
    return next();
  };
}

/** Someone else's id is kept only if it may be written to a log. */
export const requestIdOf = (sent: string | undefined): string =>
  sent !== undefined && REQUEST_ID.test(sent) && !holdsCardNumber(sent) ? sent : newRequestId();

function newRequestId(): string {
  const uuid = crypto.randomUUID();
  return `req_${uuid.slice(0, 8)}${uuid.slice(9, 13)}${uuid.slice(14, 18)}${uuid.slice(19, 23)}${uuid.slice(24)}`;
}

/** Off unless origins are configured: keys belong to servers, not to pages. */
export const allowOrigins: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { corsOrigins } = c.get('world').settings;
  if (corsOrigins.length === 0) return next();
  return cors({
    origin: [...corsOrigins],
    allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'X-Request-Id'],
    exposeHeaders: ['ETag', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id'],
    maxAge: 600,
  })(c, next);
};
