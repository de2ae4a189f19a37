// What stands around every request and answer: its world and moment, its id, and who may call from a browser.
import { cors } from 'hono/cors';
import type { MiddlewareHandler } from 'hono';
import type { World } from '../../ports/world.ts';
import { requestIdOf } from '../request-id.ts';
import type { HttpContext, HttpEnv } from '../context.ts';

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
