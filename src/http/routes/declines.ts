// What every decline and advice code is taken to mean, and where that is written.
import type { App } from '../context.ts';
import { DeclineList, DeclinesQuery, declinesJson } from '../schemas/declines.ts';
import { listDeclines } from '../../domain/results/declines/list-declines.ts';
import { serve } from '../endpoint.ts';

export function mountDeclines(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/declines',
      scope: 'read',
      tag: 'Retries',
      summary: 'List what decline codes mean',
      description: 'Class, fault, waits and source of every code that is known, per network and processor family.',
      query: DeclinesQuery,
      answer: { status: 200, description: 'Sorted by id', schema: DeclineList },
    },
    ({ query }) => {
      const at = query.at === undefined ? null : Date.parse(query.at);
      return { body: declinesJson(listDeclines({ family: query.family ?? null, at })) };
    },
  );
}
