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
  LettersReplayAnswer,
  LettersReplayBody,
  outcomeJson,
  ReplayAnswer,
} from '../schemas/dead-letters.ts';
import { auditedWords } from '../../flows/letter-outcome.ts';
import { type LetterReplay, replayLetter, replayLetters } from '../../flows/replay-letter.ts';
import type { World } from '../../ports/world.ts';
import type { z } from '@hono/zod-openapi';

const PATH = '/api/v1/dead-letters';
const tag = 'Webhooks';

export function mountDeadLetters(app: App): void {
  mountLetterList(app);
  mountLetterReplay(app);
  mountLettersReplay(app);
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
      const words = auditedWords([replay]);
      if (words !== null) await call.world.registry.note('replay_dead_letter', id, actorOf(call), words);
      return told(replay);
    },
  );
}

function mountLettersReplay(app: App): void {
  serve(
    app,
    {
      method: 'post',
      path: `${PATH}/replay`,
      scope: 'operate',
      tag,
      summary: 'Try dead letters again',
      description:
        'Under their sources as they are set up now: these, or all of a page of the list, be it of one source. Each as in the replay of one.',
      body: LettersReplayBody,
      bodyOptional: true,
      answer: { status: 200, description: 'What came of each', schema: LettersReplayAnswer },
    },
    async (call) => {
      const chosen = await idsOf(call.world, call.body);
      const outcomes = (await replayLetters(call.world, chosen.ids, call.now)).map(outcomeJson);
      const words = auditedWords(outcomes);
      const subject = call.body?.source_id ?? 'webhooks';
      if (words !== null) await call.world.registry.note('replay_dead_letters', subject, actorOf(call), words);
      return { body: { outcomes, next_cursor: chosen.nextCursor } };
    },
  );
}

/** A body that was left out asks for the newest page. */
async function idsOf(
  { webhooks: { intake } }: World,
  asked: z.output<typeof LettersReplayBody> | undefined,
): Promise<{ readonly ids: readonly string[]; readonly nextCursor: string | null }> {
  if (asked?.ids !== undefined) return { ids: [...new Set(asked.ids)], nextCursor: null };
  const page = await intake.letters(asked?.cursor ?? null, asked?.limit ?? PAGE_DEFAULT, asked?.source_id);
  return { ids: page.items.map(({ id }) => id), nextCursor: page.nextCursor };
}

const PAGE_DEFAULT = 100;

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
