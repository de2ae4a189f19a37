// Channels: whom alerts reach, by which severities, and under which secrets; each can be tried out.
import type { App } from '../context.ts';
import { actorOf, ifMatchOf } from '../actor.ts';
import { type Answer, serve } from '../endpoint.ts';
import {
  ChannelAnswer,
  ChannelBody,
  channelInputOf,
  channelJson,
  ChannelList,
  ChannelRotationBody,
  TestAnswer,
} from '../schemas/channels.ts';
import { IdParams } from '../schemas/primitives.ts';
import { type ManagedChannel, putChannel, rotateChannel } from '../../flows/manage-channels.ts';
import type { Refusal } from '../refusal.ts';
import { routeOf, type StoredChannel } from '../../domain/configuration/notification-channel.ts';

const PATH = '/api/v1/channels';
const tag = 'Notifications';
const own = { path: `${PATH}/{id}`, tag, params: IdParams } as const;
const answer = { status: 200, description: 'As it is now; the ETag is its revision', schema: ChannelAnswer } as const;

export function mountChannels(app: App): void {
  mountReads(app);
  mountWrites(app);
  mountSecrets(app);
  mountTest(app);
}

function mountReads(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List channels',
      answer: { status: 200, description: 'All of them, without addresses and secrets', schema: ChannelList },
    },
    async ({ world }) => {
      const channels = (await world.registry.channels()).map(channelJson);
      return { body: { channels, count: channels.length } };
    },
  );
  serve(app, { ...own, method: 'get', scope: 'read', summary: 'Read a channel', answer }, async ({ world, params }) => {
    const channel = await world.registry.channel(params.id);
    return channel === null ? NOT_FOUND : shown(channel);
  });
}

function mountWrites(app: App): void {
  serve(
    app,
    {
      ...own,
      method: 'put',
      scope: 'admin',
      summary: 'Create or replace a channel',
      description:
        'At most 50. What was held against its former settings (410, Retry-After) is lifted. A routing key does not follow to another url.',
      body: ChannelBody,
      answer,
    },
    async (call) => {
      const input = channelInputOf(call.params.id, call.body);
      return told(await putChannel(call.world, input, actorOf(call), ifMatchOf(call.header('if-match'))));
    },
  );
  serve(
    app,
    {
      ...own,
      method: 'delete',
      scope: 'admin',
      summary: 'Remove a channel',
      description: 'What still waits for it is listed as failed.',
      answer: { status: 204, description: 'Removed' },
    },
    async (call) => {
      const ifMatch = ifMatchOf(call.header('if-match'));
      const removal = await call.world.registry.deleteChannel(call.params.id, actorOf(call), ifMatch);
      return removal.ok ? { body: undefined } : { refused: refusalOf(removal) };
    },
  );
}

function mountSecrets(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/rotate`,
      scope: 'admin',
      tag,
      summary: 'Rotate the secret of a webhook channel',
      description: 'Both sign during the overlap; older ones end at once.',
      params: IdParams,
      body: ChannelRotationBody,
      answer,
    },
    async (call) => {
      const { secret, overlap_seconds: overlapSeconds } = call.body;
      const rotation = { id: call.params.id, secret, overlapMs: Math.round(overlapSeconds * 1_000) };
      return told(await rotateChannel(call.world, rotation, actorOf(call), ifMatchOf(call.header('if-match'))));
    },
  );
}

function mountTest(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/test`,
      scope: 'operate',
      tag,
      summary: 'Send a test message',
      description:
        'By the way of every alert, marked as a test: its beginning and at once its end, so that nothing stays open. What is held against the channel is lifted.',
      params: IdParams,
      answer: { status: 200, description: 'On its way; GET /notifications tells what came of it', schema: TestAnswer },
    },
    async (call) => {
      const { registry, notifications } = call.world;
      const channel = await registry.channel(call.params.id);
      if (channel === null) return NOT_FOUND;
      const ids = await notifications.courier.sendTest(routeOf(channel));
      await registry.note('test_channel', channel.id, actorOf(call));
      return { body: { notifications: [...ids] } };
    },
  );
}

const NOT_FOUND = { refused: { reason: 'not_found', what: 'channel' } } as const;

const shown = (channel: StoredChannel) => ({ body: channelJson(channel), version: channel.revision });

function told(reply: ManagedChannel): Answer<ReturnType<typeof channelJson>> {
  return reply.ok ? shown(reply.channel) : { refused: refusalOf(reply) };
}

function refusalOf(reply: Extract<ManagedChannel, { readonly ok: false }>): Refusal {
  switch (reply.reason) {
    case 'not_found':
      return NOT_FOUND.refused;
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
