// The reference: the OpenAPI document of these very routes, a page that a person can read, search and copy from, and the way to it.
import type { App } from '../context.ts';
import { serve } from '../endpoint.ts';
import { z } from '@hono/zod-openapi';
import { documentOf } from '../openapi-document.ts';
import { type ReferencePage, referencePage } from '../reference/page.ts';

const tag = 'Service';
const CACHE = 'public, max-age=300';

export function mountDocs(app: App): void {
  /** The routes do not change while an isolate lives; two requests may both make it, and make the same. */
  let page: ReferencePage | null = null;
  serve(
    app,
    {
      method: 'get',
      path: '/',
      scope: 'public',
      tag,
      summary: 'Leads a browser to the reference',
      answer: { status: 302, description: 'To `/docs`' },
    },
    () => ({ response: new Response(null, { status: 302, headers: { 'Location': '/docs', 'Cache-Control': CACHE } }) }),
  );
  serve(
    app,
    {
      method: 'get',
      path: '/openapi.json',
      scope: 'public',
      tag,
      summary: 'The OpenAPI 3.1 document',
      answer: { status: 200, description: 'Of every endpoint', schema: z.looseObject({ openapi: z.string() }) },
    },
    ({ world }) => ({
      response: new Response(JSON.stringify(documentOf(app, world.settings.version)), {
        headers: { 'Content-Type': 'application/json', 'Cache-Control': CACHE },
      }),
    }),
  );
  serve(
    app,
    {
      method: 'get',
      path: '/docs',
      scope: 'public',
      tag,
      summary: 'The reference as a page',
      answer: {
        status: 200,
        description: 'One page, nothing loaded from elsewhere',
        schema: z.string(),
        mediaType: 'text/html',
      },
    },
    async ({ world }) => {
      page ??= await referencePage(documentOf(app, world.settings.version));
      return {
        response: new Response(page.html, {
          headers: {
            'Content-Type': 'text/html; charset=utf-8',
            'Content-Security-Policy': page.policy,
            'Cache-Control': CACHE,
          },
        }),
      };
    },
  );
}
