// Where payment processors send what happened: no key, the raw body as it came, and an answer in the sender's own words.
import { z } from '@hono/zod-openapi';
import type { App } from '../context.ts';
import type { Delivery } from '../../ports/webhook-adapter.ts';
import { type Answer, type Call, problem, serve } from '../endpoint.ts';
import { receiveWebhook } from '../../flows/receive-webhook.ts';

const PathText = z.string().min(1);
const part = (name: string) => PathText.openapi({ param: { name, in: 'path' } });
const Source = { source: part('source') };
const Key = { key: part('key') };

/** Senders that sign nothing carry a secret in the path, and what they give back of ours behind it. */
const PATHS = [
  { path: '/webhooks/{source}', params: z.object(Source) },
  { path: '/webhooks/{source}/{key}', params: z.object({ ...Source, ...Key }) },
  {
    path: '/webhooks/{source}/{key}/{reference}',
    params: z.object({ ...Source, ...Key, reference: part('reference') }),
  },
] as const;

const description = 'In the words of the sender, so that it does not send again';
const content = { 'application/json': { schema: z.looseObject({}) }, 'text/plain': { schema: z.string() } };

export function mountWebhooks(app: App): void {
  for (const { path, params } of PATHS)
    serve(
      app,
      {
        method: 'post',
        path,
        scope: 'signature',
        tag: 'Webhooks',
        summary: 'Take in a webhook',
        description:
          'For processors, not for you: register a source with `PUT /api/v1/sources/{id}` and give its address to them. The signature is checked over the raw body before anything is read. 503 asks the sender to come again; nothing is counted twice.',
        params: params as z.ZodType<{ readonly source: string }>,
        answer: { status: 200, description },
        responses: {
          200: { description, content },
          204: { description },
          401: problem('The signature does not hold, or is too old: nothing is recorded'),
          404: problem('No such source, or it is switched off, or it is a stream, which is read and not sent to'),
          503: problem('Something could not be written down: come again'),
        },
      },
      take,
    );
}

async function take({
  world,
  now,
  params,
  raw,
}: Call<{ readonly source: string }, unknown, unknown>): Promise<Answer<undefined>> {
  const answer = await receiveWebhook(world, params.source, await deliveryOf(raw, now));
  switch (answer.outcome) {
    case 'acknowledged': {
      const { status, body, contentType } = answer.acknowledgement;
      const isEmpty = status === 204;
      const headers = isEmpty ? {} : { 'Content-Type': contentType };
      return { response: new Response(isEmpty ? null : body, { status, headers }) };
    }
    case 'unknown_source':
      return { refused: { reason: 'not_found', what: 'webhook source' } };
    case 'unverified':
      return { refused: { reason: 'webhook_unverified' } };
    case 'not_recorded':
      return { refused: { reason: 'not_recorded', cause: 'unreachable' } };
  }
}

async function deliveryOf(raw: Request, now: number): Promise<Delivery> {
  const { pathname, searchParams } = new URL(raw.url);
  return {
    rawBody: new Uint8Array(await raw.arrayBuffer()),
    headers: new Map(raw.headers),
    pathRest: pathname.split('/').slice(3).join('/'),
    query: new Map(searchParams),
    // Set by the platform; a sender cannot.
    ipAddress: raw.headers.get('cf-connecting-ip'),
    receivedAtMs: now,
  };
}
