// Refuses a body that is too large before any of it is read into memory, or as soon as it turns out to be, and one that breaks off while it is read.
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { HttpEnv } from '../context.ts';
import { BODY_BYTES_MAX } from '../input-bounds.ts';
import { refuse } from '../problem.ts';

const limit: MiddlewareHandler<HttpEnv> = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: (c) => refuse(c, { reason: 'body_too_large', bytesMax: BODY_BYTES_MAX }),
});

/** Whether a request of this method can be made anew with a body. */
export const mayHaveBody = (method: string): boolean => method !== 'GET' && method !== 'HEAD';

export const limitBody: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const { url, method, headers, signal, body } = c.req.raw;
  // Means nothing (RFC 9110, 9.3.1), and where no length is told it would have to be read and put back, which such a request does not allow: it stays unread.
  if (body !== null && !headers.has('content-length') && !mayHaveBody(method)) {
    c.req.raw = new Request(url, { method, headers, signal });
    return next();
  }
  let isRead = false;
  try {
    return await limit(c, async () => {
      isRead = true;
      await next();
    });
  } catch (error) {
    if (isRead) throw error;
    return refuse(c, { reason: 'malformed_json' });
  }
};
