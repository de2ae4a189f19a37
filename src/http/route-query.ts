// Reads a routing question from a query, as if it had come in a body.
import type { z } from '@hono/zod-openapi';
import { type Asked, fromBody } from './route-question.ts';
import { IdText } from './schemas/primitives.ts';
import type { RouteQuery } from './schemas/routing.ts';

export function fromQuery(query: z.output<typeof RouteQuery>): Asked {
  const { three_ds: threeDs, eligible_processors: eligible, ...rest } = query;
  const ids = eligible?.split(',').map((id) => id.trim());
  if (ids?.some((id) => !IdText.safeParse(id).success)) {
    const message = 'must be processor ids, comma separated';
    return {
      refused: {
        reason: 'invalid_request',
        errors: [{ field: 'eligible_processors', code: 'invalid_field', message }],
      },
    };
  }
  return fromBody({
    ...rest,
    ...(threeDs !== undefined && { three_ds: threeDs === 'true' }),
    ...(ids !== undefined && { eligible_processors: ids }),
  });
}
