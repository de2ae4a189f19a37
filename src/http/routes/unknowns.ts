// Attempts whose outcome nobody knows: listed by age, so that somebody finds out.
import type { App } from '../context.ts';
import { cursorFrom, UnknownList, unknownsJson, UnknownsQuery } from '../schemas/unknowns.ts';
import { listUnknowns } from '../../flows/list-unknowns.ts';
import { serve } from '../endpoint.ts';

export function mountUnknowns(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/unknowns',
      scope: 'read',
      tag: 'Results',
      summary: 'List attempts of unknown outcome',
      description:
        'Oldest first. An attempt leaves the list with its final, from a webhook or reported, or with its void; no deadline takes it for a failure. Every processor is asked; those that could not be are named.',
      query: UnknownsQuery,
      answer: { status: 200, description: 'One page', schema: UnknownList },
    },
    async ({ world, now, query }) => {
      const cursor = query.cursor === undefined ? null : cursorFrom(query.cursor);
      if (query.cursor !== undefined && cursor === null) {
        const message = 'must be a `next_cursor` that was given out';
        return {
          refused: { reason: 'invalid_request', errors: [{ field: 'cursor', code: 'invalid_field', message }] },
        };
      }
      const processorId = query.processor_id ?? null;
      const olderThanMs = query.older_than_seconds * 1_000;
      const listed = await listUnknowns(world, { processorId, olderThanMs, cursor, limit: query.limit }, now);
      return 'reason' in listed ? { refused: listed } : { body: unknownsJson(listed, now) };
    },
  );
}
