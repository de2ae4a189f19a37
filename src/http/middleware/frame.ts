// What stands around every request and answer: its world and moment, its id, safe headers, and who may call from a browser.
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { holdsCardNumber } from '../../domain/results/card-number.ts';
import type { World } from '../../ports/world.ts';
import type { HttpContext, HttpEnv } from '../context.ts';

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/;

export function openRequest(worldOf: (c: HttpContext) => World): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const sent = c.req.header('x-request-id');
    // Someone else's id is kept only if it may be written to a log.
    const requestId = sent !== undefined && REQUEST_ID.test(sent) && !holdsCardNumber(sent) ? sent : newRequestId();
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

const newRequestId = (): string => `req_${crypto.randomUUID().replaceAll('-', '')}`;

const secure = secureHeaders({
  crossOriginResourcePolicy: 'same-origin',
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
});
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

export const safeHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  // An upgraded socket's answer belongs to the platform and may not be touched.
  if (c.res.status === 101) return;
  await secure(c, () => Promise.resolve());
  if (!c.res.headers.has('Content-Security-Policy')) c.res.headers.set('Content-Security-Policy', API_POLICY);
  // Answers speak of this moment, and one of them shows a new key.
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-store');
};

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
