// Sources: who may send results, in whose name, and under which secret, or which stream they are read from; and the adapters there are.
import type { App } from '../context.ts';
import { actorOf, ifMatchOf } from '../actor.ts';
import { type Answer, serve } from '../endpoint.ts';
import { deleteSource, type Managed, putSource, rotateSource } from '../../flows/manage-sources.ts';
import { IdParams } from '../schemas/primitives.ts';
import {
  adapterJson,
  AdapterList,
  SourceAnswer,
  SourceBody,
  sourceInputOf,
  sourceJson,
  SourceList,
  SourceRotation,
} from '../schemas/sources.ts';
import type { Refusal } from '../refusal.ts';
import type { WebhookSource } from '../../domain/configuration/webhook-source.ts';

const PATH = '/api/v1/sources';
const tag = 'Webhooks';
const own = { path: `${PATH}/{id}`, tag, params: IdParams } as const;

export function mountSources(app: App): void {
  mountReads(app);
  mountWrites(app);
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/rotate`,
      scope: 'admin',
      tag,
      summary: 'Rotate the secret of a source',
      description: 'The new one verifies from now on, the one before it for the overlap. Older ones end at once.',
      params: IdParams,
      body: SourceRotation,
      answer: { status: 200, description: 'As it is now', schema: SourceAnswer },
    },
    async (call) => {
      const { secret, overlap_seconds: overlapSeconds } = call.body;
      const rotation = { id: call.params.id, secret, overlapMs: Math.round(overlapSeconds * 1_000) };
      return told(await rotateSource(call.world, rotation, actorOf(call), ifMatchOf(call.header('if-match'))));
    },
  );
}

function mountReads(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/adapters',
      scope: 'read',
      tag,
      summary: 'List the adapters',
      description: 'What each sender signs, how it names an attempt, and where it carries a decision id back.',
      answer: { status: 200, description: 'All there are', schema: AdapterList },
    },
    ({ world }) => {
      const all = [...world.webhooks.adapters, world.streams.adapter];
      const adapters = all.map(({ declaration }) => adapterJson(declaration));
      return { body: { adapters, count: adapters.length } };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List webhook sources',
      answer: { status: 200, description: 'All of them, without their secrets', schema: SourceList },
    },
    async ({ world }) => {
      const sources = (await world.registry.sources()).map(sourceJson);
      return { body: { sources, count: sources.length } };
    },
  );
  serve(
    app,
    {
      ...own,
      method: 'get',
      scope: 'read',
      summary: 'Read a webhook source',
      answer: { status: 200, description: 'As it is now; the ETag is its revision', schema: SourceAnswer },
    },
    async ({ world, params }) => {
      const source = await world.registry.source(params.id);
      return source === null ? NOT_FOUND : shown(source);
    },
  );
}

function mountWrites(app: App): void {
  serve(
    app,
    {
      ...own,
      method: 'put',
      scope: 'admin',
      summary: 'Create or replace a webhook source',
      description: 'Secrets that are left out stay as they are. Webhooks go by it within 10 seconds everywhere.',
      body: SourceBody,
      answer: { status: 200, description: 'As it is now; the ETag is its revision', schema: SourceAnswer },
    },
    async (call) => {
      const input = sourceInputOf(call.params.id, call.body);
      return told(await putSource(call.world, input, actorOf(call), ifMatchOf(call.header('if-match'))));
    },
  );
  serve(
    app,
    {
      ...own,
      method: 'delete',
      scope: 'admin',
      summary: 'Remove a webhook source',
      description: 'Its webhooks are answered with 404 within 10 seconds everywhere.',
      answer: { status: 204, description: 'Removed' },
    },
    async (call) => {
      const ifMatch = ifMatchOf(call.header('if-match'));
      const removal = await deleteSource(call.world, call.params.id, actorOf(call), ifMatch);
      return removal.ok ? { body: undefined } : { refused: refusalOf(removal) };
    },
  );
}

const NOT_FOUND = { refused: { reason: 'not_found', what: 'source' } } as const;

const shown = (source: WebhookSource) => ({ body: sourceJson(source), version: source.revision });

function told(reply: Managed): Answer<ReturnType<typeof sourceJson>> {
  return reply.ok ? shown(reply.source) : { refused: refusalOf(reply) };
}

function refusalOf(reply: Extract<Managed, { readonly ok: false }>): Refusal {
  switch (reply.reason) {
    case 'not_found':
      return { reason: 'not_found', what: 'source' };
    case 'stale_version':
      return { reason: 'stale_version', currentVersion: reply.currentVersion };
    case 'invalid':
    case 'bad_settings': {
      const faults = reply.reason === 'invalid' ? reply.issues : reply.faults;
      const errors = faults.map(({ field, message }) => ({ field, code: 'invalid_field' as const, message }));
      return { reason: 'invalid_request', errors };
    }
  }
}
