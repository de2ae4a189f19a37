// The headers that keep an answer safe in whatever a browser may take it for: pages get all there are, data those that mean something without a page.
import { secureHeaders } from 'hono/secure-headers';
import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from './context.ts';

/**
 * Of all answers but pages: what means something where no page is rendered. Who may frame it, the policy says; a referrer is sent by pages, and nothing here is told without a
 * key. Each header costs a busy Worker about 1% of what it can answer.
 */
export const DATA_HEADERS: Readonly<Record<string, string>> = {
  // Answers speak of this moment, and one of them shows a new key.
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Strict-Transport-Security': 'max-age=15552000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
};

const securePage = secureHeaders({
  crossOriginResourcePolicy: 'same-origin',
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
});

export const safeHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  // An upgraded socket's answer belongs to the platform and may not be touched.
  if (c.res.status === 101) return;
  if (c.res.headers.get('Content-Type')?.startsWith('text/html') === true) await securePage(c, () => Promise.resolve());
  for (const [name, value] of Object.entries(DATA_HEADERS))
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
};
