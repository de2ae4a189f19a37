// Streams: how each is being read, and the entries that nobody could record, to be listed, tried again or thrown away.
import type { App } from '../context.ts';
import { actorOf } from '../actor.ts';
import { serve } from '../endpoint.ts';
import { auditedWords } from '../../flows/letter-outcome.ts';
import { isStream } from '../../domain/configuration/stream-source.ts';
import { openStream, type OpenStream } from '../../flows/open-stream.ts';
import { replayDeadLetters } from '../../flows/replay-dead-letters.ts';
import { watchStream, watchStreams } from '../../flows/watch-streams.ts';
import type { Refusal } from '../refusal.ts';
import { IdParams } from '../schemas/primitives.ts';
import {
  outcomeJson,
  StreamAnswer,
  streamJson,
  streamLetterJson,
  StreamLetterList,
  StreamLetterParams,
  StreamList,
  StreamPageQuery,
  StreamReplayAnswer,
  StreamReplayBody,
} from '../schemas/streams.ts';
import type { World } from '../../ports/world.ts';

const PATH = '/api/v1/streams';
const LETTERS = `${PATH}/{id}/dead-letters`;
const tag = 'Streams';

export function mountStreams(app: App): void {
  mountWatch(app);
  mountLetters(app);
  mountReplay(app);
}

function mountWatch(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List streams and how they are read',
      description: 'Each source whose adapter is `redis-stream`.',
      answer: { status: 200, description: 'All there are', schema: StreamList },
    },
    async ({ world }) => {
      const streams = (await watchStreams(world)).map(streamJson);
      return { body: { streams, count: streams.length } };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: `${PATH}/{id}`,
      scope: 'read',
      tag,
      summary: 'See how one stream is read',
      params: IdParams,
      answer: { status: 200, description: 'As it is now', schema: StreamAnswer },
    },
    async ({ world, params }) => {
      const watched = await watchStream(world, params.id);
      return watched === null ? { refused: NO_STREAM } : { body: streamJson(watched) };
    },
  );
}

function mountLetters(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: LETTERS,
      scope: 'read',
      tag,
      summary: "List a stream's dead letters",
      description: 'Newest first; the newest 10,000 are kept, in the Redis of the stream.',
      params: IdParams,
      query: StreamPageQuery,
      answer: { status: 200, description: 'One page', schema: StreamLetterList },
    },
    async ({ world, params, query }) => {
      const open = await opened(world, params.id);
      if ('reason' in open) return { refused: open };
      const page = await open.letters.list(query.cursor ?? null, query.limit);
      if (!page.ok) return { refused: UNREACHABLE };
      const letters = page.value.letters.map(streamLetterJson);
      return { body: { dead_letters: letters, count: letters.length, next_cursor: page.value.nextCursor } };
    },
  );
  serve(
    app,
    {
      method: 'delete',
      path: `${LETTERS}/{letter_id}`,
      scope: 'operate',
      tag,
      summary: "Throw a stream's dead letter away",
      params: StreamLetterParams,
      answer: { status: 204, description: 'Gone' },
    },
    async (call) => {
      const { id, letter_id: letterId } = call.params;
      const open = await opened(call.world, id);
      if ('reason' in open) return { refused: open };
      const found = await open.letters.find([letterId]);
      if (!found.ok) return { refused: UNREACHABLE };
      if (found.value.length === 0) return { refused: { reason: 'not_found', what: 'dead letter' } };
      if (!(await open.letters.remove([letterId])).ok) return { refused: UNREACHABLE };
      await call.world.registry.note('delete_dead_letter', `${id}/${letterId}`, actorOf(call));
      return { body: undefined };
    },
  );
}

function mountReplay(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${LETTERS}/replay`,
      scope: 'operate',
      tag,
      summary: "Try a stream's dead letters again",
      description:
        'Under the source as it is set up now: these, or all of a page of the list. What is recorded leaves the list; the rest stays.',
      params: IdParams,
      body: StreamReplayBody,
      bodyOptional: true,
      answer: { status: 200, description: 'What came of each', schema: StreamReplayAnswer },
    },
    async (call) => {
      const { id } = call.params;
      const open = await opened(call.world, id);
      if ('reason' in open) return { refused: open };
      const chosen = await idsOf(open, call.body);
      if (chosen === null) return { refused: UNREACHABLE };
      const replay = await replayDeadLetters(open, chosen.ids);
      if (!replay.ok) return { refused: UNREACHABLE };
      const outcomes = replay.value.map((outcome, index) => outcomeJson(chosen.ids[index]!, outcome));
      const words = auditedWords(outcomes);
      if (words !== null) await call.world.registry.note('replay_dead_letters', id, actorOf(call), words);
      return { body: { outcomes, next_cursor: chosen.nextCursor } };
    },
  );
}

/** `null`: the list could not be read. A body that was left out asks for the newest page. */
async function idsOf(
  { letters }: OpenStream,
  asked: { ids?: string[] | undefined; cursor?: string | undefined; limit: number } | undefined,
): Promise<{ readonly ids: readonly string[]; readonly nextCursor: string | null } | null> {
  if (asked?.ids !== undefined) return { ids: [...new Set(asked.ids)], nextCursor: null };
  const page = await letters.list(asked?.cursor ?? null, asked?.limit ?? PAGE_DEFAULT);
  return page.ok ? { ids: page.value.letters.map(({ id }) => id), nextCursor: page.value.nextCursor } : null;
}

const PAGE_DEFAULT = 100;
const NO_STREAM = { reason: 'not_found', what: 'stream' } as const satisfies Refusal;
const UNREACHABLE = { reason: 'unavailable' } as const satisfies Refusal;

async function opened(world: World, id: string): Promise<OpenStream | typeof NO_STREAM | typeof UNREACHABLE> {
  const source = await world.registry.source(id);
  if (source === null || !isStream(source)) return NO_STREAM;
  return openStream(world, source) ?? UNREACHABLE;
}
