// Routing: which processor now, and what would be answered and why.
import type { App } from '../context.ts';
import { type Answer, type Call, serve } from '../endpoint.ts';
import { recommendRoute, simulateRoute } from '../../flows/recommend-route.ts';
import { findProcessor } from '../configuration-access.ts';
import { fromBody, type Question } from '../route-question.ts';
import { fromQuery } from '../route-query.ts';
import { routeJson } from '../route-json.ts';
import { ExplainQuery, RouteAnswerBody, RouteBody, RouteQuery, SimulateBody } from '../schemas/routing.ts';
import type { Refusal } from '../refusal.ts';

const PATH = '/api/v1/routing/recommend';
const tag = 'Routing';
const answer = {
  status: 200,
  description: 'Ranked, the best first; `[]` when nothing is eligible',
  schema: RouteAnswerBody,
} as const;

export function mountRouting(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'route',
      tag,
      summary: 'Recommend a processor',
      description: 'Answered from memory: nothing behind it can make it wait or fail.',
      query: RouteQuery,
      answer,
    },
    (call) => recommend(call, fromQuery(call.query)),
  );
  serve(
    app,
    {
      method: 'post',
      path: PATH,
      scope: 'route',
      tag,
      summary: 'Recommend a processor',
      description: 'As GET, with metadata for rules and experiments.',
      query: ExplainQuery,
      body: RouteBody,
      answer,
    },
    (call) => recommend(call, fromBody(call.body)),
  );
  serve(
    app,
    {
      method: 'post',
      path: '/api/v1/routing/simulate',
      scope: 'read',
      tag,
      summary: 'Explain without deciding',
      description: 'No token is signed, no permit asked, nothing counted. Every row and every exclusion is told.',
      body: SimulateBody,
      answer,
    },
    async ({ world, body, hashedFields }) => {
      const question = fromBody(body);
      if ('refused' in question) return question;
      const seed = body.seed === undefined ? null : BigInt.asUintN(64, BigInt(body.seed));
      const found = await simulateRoute(world, question.request, seed);
      if (found === null) return { refused: { reason: 'no_table' } };
      return { body: routeJson(found, { explain: 'all', warnings: warningsOf(question, hashedFields) }) };
    },
  );
}

const UNKNOWN_ACTUAL: Refusal = {
  reason: 'invalid_request',
  errors: [{ field: 'actual_processor', code: 'unknown_processor', message: 'is not a registered processor' }],
};

async function recommend(
  { world, query, hashedFields, now }: Call<unknown, { readonly explain: 'all' | 'top' }, unknown>,
  question: Question | { readonly refused: Refusal },
): Promise<Answer<ReturnType<typeof routeJson>>> {
  if ('refused' in question) return question;
  const { actualProcessor } = question.request;
  if (actualProcessor !== null) {
    const known = await findProcessor({ world, now }, actualProcessor);
    // A misspelt name would turn a shadow request into one that takes part: it is refused, not overlooked.
    if ('reason' in known) return { refused: known.reason === 'not_found' ? UNKNOWN_ACTUAL : known };
  }
  const found = await recommendRoute(world, question.request, query.explain === 'all');
  if (found === null) return { refused: { reason: 'no_table' } };
  return { body: routeJson(found, { explain: query.explain, warnings: warningsOf(question, hashedFields) }) };
}

const warningsOf = ({ warnings }: Question, hashedFields: readonly string[]): readonly string[] =>
  hashedFields.length > 0 ? [...warnings, 'card_number_hashed'] : warnings;
