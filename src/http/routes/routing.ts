// Routing: which processor now, and what would be answered and why.
import type { App } from '../context.ts';
import { type Answer, serve } from '../endpoint.ts';
import type { World } from '../../ports/world.ts';
import { recommendRoute, simulateRoute } from '../../flows/recommend-route.ts';
import { fromBody, fromQuery, type Question } from '../route-question.ts';
import { ExplainQuery, RouteAnswerBody, RouteBody, RouteQuery, routeJson, SimulateBody } from '../schemas/routing.ts';
import type { Refusal } from '../refusal.ts';

const PATH = '/api/v1/routing/recommend';
const tag = 'Routing';
const answer = { status: 200, description: 'Ranked, the best first; `[]` when nothing is eligible', schema: RouteAnswerBody } as const;

export function mountRouting(app: App): void {
  serve(
    app,
    { method: 'get', path: PATH, scope: 'route', tag, summary: 'Recommend a processor', description: 'Answered from memory: nothing behind it can make it wait or fail.', query: RouteQuery, answer },
    ({ world, query }) => recommend(world, fromQuery(query), query.explain),
  );
  serve(
    app,
    { method: 'post', path: PATH, scope: 'route', tag, summary: 'Recommend a processor', description: 'As GET, with metadata for rules and experiments.', query: ExplainQuery, body: RouteBody, answer },
    ({ world, query, body }) => recommend(world, fromBody(body), query.explain),
  );
  serve(
    app,
    { method: 'post', path: '/api/v1/routing/simulate', scope: 'read', tag, summary: 'Explain without deciding', description: 'No token is signed, no permit asked, nothing counted. Every row and every exclusion is told.', body: SimulateBody, answer },
    async ({ world, body }) => {
      const question = fromBody(body);
      if ('refused' in question) return question;
      const seed = body.seed === undefined ? null : BigInt.asUintN(64, BigInt(body.seed));
      const found = await simulateRoute(world, question.request, seed);
      if (found === null) return { refused: { reason: 'no_table' } };
      return { body: routeJson(found, { explain: 'all', warnings: question.warnings }) };
    },
  );
}

async function recommend(
  world: World,
  question: Question | { readonly refused: Refusal },
  explain: 'all' | 'top',
): Promise<Answer<ReturnType<typeof routeJson>>> {
  if ('refused' in question) return question;
  const found = await recommendRoute(world, question.request);
  if (found === null) return { refused: { reason: 'no_table' } };
  return { body: routeJson(found, { explain, warnings: question.warnings }) };
}
