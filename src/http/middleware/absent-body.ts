// Takes a body of nothing as one that was left out, whatever type is told of it: clients with a default type send such requests.
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../context.ts';

export const absentBody: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (c.req.header('content-type') !== undefined && (await c.req.text()) === '') {
    const { url, method, headers: told, signal } = c.req.raw;
    const headers = new Headers(told);
    headers.delete('content-type');
    c.req.raw = new Request(url, { method, headers, signal });
  }
  return next();
};
