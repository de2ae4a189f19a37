// Puts the HTTP surface together: the frame around every request, every endpoint, and where refusals and faults end.
import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { Misconfigured } from '../domain/configuration/misconfigured.ts';
import type { World } from '../ports/world.ts';
import type { App, HttpContext, HttpEnv } from './context.ts';
import { log } from './log.ts';
import { allowOrigins, openRequest, safeHeaders } from './middleware/frame.ts';
import { refuse } from './problem.ts';
import type { Refusal } from './refusal.ts';
import { mountRoutes } from './routes/all-routes.ts';
import { invalidRequest } from './validation.ts';

export function createApp(worldOf: (c: HttpContext) => World): App {
  const app: App = new OpenAPIHono<HttpEnv>({
    defaultHook: (result, c) =>
      result.success ? undefined : refuse(c, invalidRequest(result.error, { value: valueOf(result), whole: 'body' })),
  });
  app.use(safeHeaders);
  app.use(openRequest(worldOf));
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
