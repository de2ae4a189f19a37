// Refuses a body that is too large before any of it is read into memory, or as soon as it turns out to be.
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { HttpEnv } from '../context.ts';
import { refuse } from '../problem.ts';

/** A batch of 1,000 results with every field filled stays below half of it. */
export const BODY_BYTES_MAX = 1_048_576;

export const limitBody: MiddlewareHandler<HttpEnv> = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: (c) => refuse(c, { reason: 'body_too_large', bytesMax: BODY_BYTES_MAX }),
});
