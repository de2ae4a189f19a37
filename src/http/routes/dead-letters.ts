// What webhooks could not be understood: listed with its reason, tried again after a mapping was mended, or thrown away.
import type { App } from '../context.ts';
import { actorOf } from '../actor.ts';
import { type Answer, serve } from '../endpoint.ts';
import {
  byReasonJson,
  letterJson,
  LetterList,
  LetterParams,
  LetterQuery,
  ReplayAnswer,
} from '../schemas/dead-letters.ts';
import { type LetterReplay, replayLetter } from '../../flows/replay-letter.ts';
import type { z } from '@hono/zod-openapi';

const PATH = '/api/v1/dead-letters';
const tag = 'Webhooks';

export function mountDeadLetters(app: App): void {
  mountLetterList(app);
  mountLetterReplay(app);
  mountLetterRemoval(app);
}

function mountLetterList(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'List dead letters',
      description:
        'Newest first, of the last 7 days. At most 10,000 are kept: of more, the oldest of the source that has most give way.',
      query: LetterQuery,
      answer: { status: 200, description: 'One page', schema: LetterList },
    },
    async ({ world, query }) => {
      const { intake } = world.webhooks;
      const [page, summary] = await Promise.all([
        intake.letters(query.cursor ?? null, query.limit, query.source_id),
        intake.summary(),
      ]);
      const letters = page.items.map(letterJson);
      return {
        body: {
          dead_letters: letters,
          by_reason: byReasonJson(summary),
          count: letters.length,
          next_cursor: page.nextCursor,
        },
      };
    },
  );
}

function mountLetterReplay(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/{id}/replay`,
      scope: 'operate',
      tag,
      summary: 'Try a dead letter again',
      description:
        'Under the source as it is set up now. What is recorded leaves the list, and what is `late` by now, which settles an unknown and is not counted; the rest stays.',
      params: LetterParams,
      answer: { status: 200, description: 'What came of it', schema: ReplayAnswer },
    },
    async (call) => {
      const { id } = call.params;
      const replay = await replayLetter(call.world, id, call.now);
      if (replay.outcome === 'recorded' || replay.outcome === 'late')
        await call.world.registry.note('replay_dead_letter', id, actorOf(call));
      return told(replay);
    },
  );
}

function mountLetterRemoval(app: App): void {
  serve(
    app,
    {
      method: 'delete',
      path: `${PATH}/{id}`,
      scope: 'operate',
      tag,
      summary: 'Throw a dead letter away',
      params: LetterParams,
      answer: { status: 204, description: 'Gone' },
    },
    async (call) => {
      const { id } = call.params;
      if (!(await call.world.webhooks.intake.remove(id)))
        return { refused: { reason: 'not_found', what: 'dead letter' } };
      await call.world.registry.note('delete_dead_letter', id, actorOf(call));
      return { body: undefined };
    },
  );
}

function told(replay: LetterReplay): Answer<z.input<typeof ReplayAnswer>> {
  switch (replay.outcome) {
    case 'recorded':
    case 'duplicate':
    case 'late':
    case 'ignored':
      return { body: { outcome: replay.outcome, reason: null, field: null } };
    case 'refused':
      return { body: { outcome: 'refused', reason: replay.reason, field: replay.field } };
    case 'not_recorded':
      return { refused: { reason: 'not_recorded', cause: 'unreachable' } };
    case 'unknown_source':
      return { refused: { reason: 'not_found', what: 'source' } };
    case 'gone':
      return { refused: { reason: 'not_found', what: 'dead letter' } };
  }
}
