// Puts the HTTP surface together: the frame around every request that no lane has answered, every endpoint, and where refusals and faults end.
import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import type { MiddlewareHandler } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { Misconfigured } from '../domain/configuration/misconfigured.ts';
import type { World } from '../ports/world.ts';
import type { App, HttpContext, HttpEnv, Surroundings } from './context.ts';
import { openedOf } from './front.ts';
import { log } from './log.ts';
import { ratePolicy } from './middleware/authorize.ts';
import { allowOrigins, openRequest } from './middleware/frame.ts';
import { refuse } from './problem.ts';
import { safeHeaders } from './safe-headers.ts';
import type { Refusal } from './refusal.ts';
import { mountRoutes } from './routes/all-routes.ts';
import { invalidRequest } from './validation.ts';

export function createApp(worldOf: (around: Surroundings) => World): App {
  const app: App = new OpenAPIHono<HttpEnv>({
    defaultHook: (result, c) =>
      result.success ? undefined : refuse(c, invalidRequest(result.error, { value: valueOf(result), whole: 'body' })),
  });
  app.use(safeHeaders);
  app.use(openRequest((c) => openedOf(c.req.raw)?.world ?? worldOf(surroundingsOf(c))));
  app.use(tellDecided);
  app.use(allowOrigins);
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => refuse(c as HttpContext, { reason: 'method_not_allowed', allow: methods }),
    }),
  );
  mountRoutes(app);
  app.notFound((c) => refuse(c, { reason: 'unknown_route' }));
  app.onError((error, c) => refuse(c, refusalOf(error, c)));
  return app;
}

const surroundingsOf = (c: HttpContext): Surroundings => ({
  request: c.req.raw,
  get env() {
    return c.env;
  },
  get executionCtx() {
    return c.executionCtx;
  },
});

/** What an express lane has decided and leaves to be told: a refusal, or a fault. */
const tellDecided: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { world, decided } = openedOf(c.req.raw) ?? {};
  if (world === undefined || decided === undefined) return next();
  c.set('keyId', decided.keyId);
  c.header('RateLimit-Policy', ratePolicy(world));
  if ('fault' in decided.told) throw decided.told.fault;
  return refuse(c, decided.told.refused);
};

/** The library hands over what it read beside its judgement, and does not say so in its types. */
const valueOf = (result: object): unknown => (result as { readonly data?: unknown }).data;

function refusalOf(error: Error, c: HttpContext): Refusal {
  if (error instanceof HTTPException) {
    return { reason: error.status === 415 ? 'unsupported_media_type' : 'malformed_json' };
  }
  if (error instanceof Misconfigured) return { reason: 'misconfigured', issues: error.issues };
  log({
    event: 'uncaught',
    request_id: c.get('requestId'),
    method: c.req.method,
    route: c.req.routePath,
    key_id: c.get('keyId'),
    error_name: error.name,
    error_message: error.message,
  });
  return { reason: isPlatformFault(error) ? 'unavailable' : 'internal' };
}

/** How the platform marks an object that is overloaded, moved or out of reach; anything else is our own bug. */
function isPlatformFault(error: Error): boolean {
  const { retryable, overloaded } = error as { retryable?: unknown; overloaded?: unknown };
  return retryable === true || overloaded === true;
}
