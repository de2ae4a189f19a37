// API keys: created, listed, rotated and revoked by an admin; a key's text is shown once.
import type { App } from '../context.ts';
import { actorOf } from '../actor.ts';
import { serve } from '../endpoint.ts';
import { z } from '@hono/zod-openapi';
import { KeyInput, KeyList, keyJson, NewKey, RotateInput } from '../schemas/keys.ts';
import type { KeyReply } from '../../ports/registry-port.ts';
import type { Refusal } from '../refusal.ts';

const PATH = '/api/v1/keys';
const tag = 'Keys';
const KeyParams = z.object({
  id: z
    .string()
    .min(1)
    .max(64)
    .openapi({ param: { name: 'id', in: 'path' } }),
});

export function mountKeys(app: App): void {
  mountGranting(app);
  mountEnding(app);
}

function mountGranting(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'admin',
      tag,
      summary: 'List keys',
      answer: { status: 200, description: 'All that work', schema: KeyList },
    },
    async ({ world }) => {
      const keys = (await world.registry.listKeys()).map(keyJson);
      return { body: { keys, count: keys.length } };
    },
  );
  serve(
    app,
    {
      method: 'post',
      path: PATH,
      scope: 'admin',
      tag,
      summary: 'Create a key',
      description: 'The first admin key makes the bootstrap key void.',
      body: KeyInput,
      answer: { status: 201, description: 'The key, shown this once', schema: NewKey },
    },
    async (call) => {
      const reply = await call.world.registry.createKey(call.body.name, call.body.scopes, actorOf(call));
      await call.world.tables.refresh(call.now);
      return told(reply);
    },
  );
}

function mountEnding(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/rotate`,
      scope: 'admin',
      tag,
      summary: 'Rotate a key',
      description:
        'A new secret under the same scopes; the old one works for the overlap. A key that was rotated before is refused with 409.',
      params: KeyParams,
      body: RotateInput,
      bodyOptional: true,
      answer: { status: 201, description: 'The successor, shown this once', schema: NewKey },
    },
    async (call) => {
      const { overlap_seconds: overlapSeconds } = RotateInput.parse(call.body);
      const reply = await call.world.registry.rotateKey(
        call.params.id,
        Math.round(overlapSeconds * 1_000),
        actorOf(call),
      );
      await call.world.tables.refresh(call.now);
      return told(reply);
    },
  );
  serve(
    app,
    {
      method: 'delete',
      path: `${PATH}/{id}`,
      scope: 'admin',
      tag,
      summary: 'Revoke a key',
      description: 'It stops working within 5 seconds everywhere, and its sockets close.',
      params: KeyParams,
      answer: { status: 204, description: 'Revoked' },
    },
    async (call) => {
      const reply = await call.world.registry.revokeKey(call.params.id, actorOf(call));
      if (!reply.ok) return { refused: refusalOf(reply.reason) };
      await call.world.tables.refresh(call.now);
      return { body: undefined };
    },
  );
}

const told = (reply: KeyReply) =>
  reply.ok ? { body: { key: keyJson(reply.key), secret: reply.secret } } : { refused: refusalOf(reply.reason) };

const refusalOf = (reason: 'not_found' | 'last_admin' | 'already_rotated'): Refusal =>
  reason === 'not_found' ? { reason, what: 'key' } : { reason };
