// Refuses query parameters that an endpoint does not know: a misspelt `dry_run` must not change anything, and a misspelt filter not show everything.
import type { MiddlewareHandler } from 'hono';
import type { z } from '@hono/zod-openapi';
import type { HttpEnv } from '../context.ts';
import { refuse } from '../problem.ts';
import type { FieldFault } from '../refusal.ts';
import { FAULTS_MAX } from '../schemas/lists.ts';

const NAME_LENGTH_MAX = 64;

/** `query`: the endpoint's own parameters; `undefined`: it takes none. */
export function knownQuery(query: z.ZodType | undefined): MiddlewareHandler<HttpEnv> {
  const known = new Set(query === undefined ? [] : Object.keys((query as z.ZodObject).shape));
  return async (c, next) => {
    const names = new Set(new URL(c.req.raw.url).searchParams.keys());
    const unknown = [...names].filter((name) => !known.has(name));
    if (unknown.length === 0) return next();
    const errors = unknown.slice(0, FAULTS_MAX).map(faultOf);
    return refuse(c, { reason: 'invalid_request', errors, more: unknown.length - errors.length });
  };
}

const faultOf = (name: string): FieldFault => ({
  field: name.slice(0, NAME_LENGTH_MAX),
  code: 'unknown_field',
  message: 'is not a query parameter here',
});
