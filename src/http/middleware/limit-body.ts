// Refuses a body that is too large before any of it is read into memory, or as soon as it turns out to be.
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { HttpEnv } from '../context.ts';
import { BODY_BYTES_MAX } from '../input-bounds.ts';
import { refuse } from '../problem.ts';

export const limitBody: MiddlewareHandler<HttpEnv> = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: (c) => refuse(c, { reason: 'body_too_large', bytesMax: BODY_BYTES_MAX }),
});
