// How an endpoint is declared: path, scope and schemas in one place, from which guards, validation and the reference all follow.
import { createRoute, type RouteConfig, z } from '@hono/zod-openapi';
import type { Scope } from '../domain/configuration/configuration.ts';
import type { World } from '../ports/world.ts';
import type { App, CardItems, HttpContext } from './context.ts';
import { absentBody } from './middleware/absent-body.ts';
import { authorize } from './middleware/authorize.ts';
import { guardCards } from './middleware/card-guard.ts';
import { boundLists } from './middleware/bound-lists.ts';
import { knownQuery } from './middleware/known-query.ts';
import { limitBody } from './middleware/limit-body.ts';
import { refuse } from './problem.ts';
import type { Refusal } from './refusal.ts';
import { ProblemDocument } from './schemas/problem.ts';
import type { Tag } from './tags.ts';

type ResponseConfig = RouteConfig['responses'][string];

/** `public`: no key, and therefore no data. `ticket`: the credential stands in the query. `signature`: a sender that its own signature vouches for. */
export type Access = Scope | 'public' | 'ticket' | 'signature';

export interface EndpointSpec<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Out extends z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  readonly path: string;
  readonly scope: Access;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** The body may be left out. */
  readonly bodyOptional?: boolean;
  /** Field of the body whose entries are refused one by one, should one hold a card number; the handler names them. */
  readonly bodyList?: string;
  readonly answer: {
    readonly status: 200 | 201 | 204 | 302 | 101;
    readonly description: string;
    readonly schema?: Out;
    readonly mediaType?: string;
  };
  /** Beside `answer`, or in more detail than it. */
  readonly responses?: Readonly<Record<string, ResponseConfig>>;
}

/** What a handler is told of one request, already authenticated and validated. */
export interface Call<Params, Query, Body> {
  readonly world: World;
  readonly now: number;
  readonly requestId: string;
  readonly keyId: string;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly hashedFields: readonly string[];
  readonly cardItems: CardItems;
  readonly header: (name: string) => string | undefined;
  readonly raw: Request;
}

export type Answer<Out> =
  /** `version` of the configuration becomes the ETag. */
  { readonly body: Out; readonly version?: number } | { readonly refused: Refusal } | { readonly response: Response };

export type Handler<Params, Query, Body, Out> = (call: Call<Params, Query, Body>) => Promise<Answer<Out>> | Answer<Out>;

const JSON_TYPE = 'application/json';
export const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ProblemDocument } },
});

export function serve<
  Params extends z.ZodType = z.ZodUnknown,
  Query extends z.ZodType = z.ZodUnknown,
  Body extends z.ZodType = z.ZodUnknown,
  Out extends z.ZodType = z.ZodUndefined,
>(
  app: App,
  spec: EndpointSpec<Params, Query, Body, Out>,
  handle: Handler<z.output<Params>, z.output<Query>, z.output<Body>, z.input<Out>>,
): void {
  const handler = async (c: HttpContext): Promise<Response> => {
    const valid = (target: string): unknown => c.req.valid(target as never);
    const answer = await handle({
      world: c.get('world'),
      now: c.get('now'),
      requestId: c.get('requestId'),
      keyId: c.get('keyId') ?? '',
      // The library has run these very schemas.
      params: valid('param') as z.output<Params>,
      query: valid('query') as z.output<Query>,
      body: valid('json') as z.output<Body>,
      hashedFields: c.get('hashedFields'),
      cardItems: c.get('cardItems'),
      header: (name) => c.req.header(name),
      raw: c.req.raw,
    });
    if ('refused' in answer) return refuse(c, answer.refused);
    if ('response' in answer) {
      const { response } = answer;
      // Rebuilt so that it carries the headers set so far, except an upgraded socket's, which belongs to the platform.
      return response.status === 101 ? response : c.newResponse(response.body, response);
    }
    if (answer.version !== undefined) c.header('ETag', `"${answer.version}"`);
    if (spec.answer.status === 204) return c.body(null, 204);
    return c.json(answer.body, spec.answer.status === 201 ? 201 : 200);
  };
  // What it may answer is held by `Answer`; the library's own types are lost on a route that is built from parts.
  app.openapi(routeOf(spec), handler as never);
}

function routeOf(spec: EndpointSpec<z.ZodType, z.ZodType, z.ZodType, z.ZodType>) {
  const { scope, answer, params, query, body } = spec;
  const keyed = isKeyed(scope);
  const guard = guardCards(spec.bodyList ?? null);
  const changes = spec.method !== 'get';
  const takesInput = keyed || changes || params !== undefined || query !== undefined || body !== undefined;
  return createRoute({
    'method': spec.method,
    'path': spec.path,
    'tags': [spec.tag],
    'summary': spec.summary,
    'operationId': operationIdOf(spec.method, spec.path),
    'x-scope': scope,
    'security': keyed ? [{ apiKey: [scope] }] : [],
    ...(spec.description !== undefined && { description: spec.description }),
    'middleware': [
      ...(keyed ? [authorize(scope)] : []),
      limitBody,
      // A sender can neither be refused for a card number nor be asked to leave something out: its own flow masks.
      ...(scope === 'signature' ? [] : [guard]),
      ...(keyed ? [knownQuery(query)] : []),
      ...(spec.bodyOptional === true ? [absentBody] : []),
      ...(body ? [boundLists(body)] : []),
    ],
    'request': {
      ...(params && { params: params as z.ZodObject }),
      ...(query && { query: query as z.ZodObject }),
      ...(body && { body: { required: spec.bodyOptional !== true, content: { [JSON_TYPE]: { schema: body } } } }),
    },
    'responses': {
      [answer.status]: {
        description: answer.description,
        ...(answer.schema && { content: { [answer.mediaType ?? JSON_TYPE]: { schema: answer.schema } } }),
      },
      ...(keyed && { 401: problem('No key, or not a good one'), 403: problem(`The key lacks the scope \`${scope}\``) }),
      ...(takesInput && { 422: problem('A field is wrong: `field` and `errors` name it') }),
      ...(keyed && { 429: problem('Too many requests; see Retry-After') }),
      ...spec.responses,
      default: problem('Any other refusal'),
    },
  });
}

export const isKeyed = (scope: Access): scope is Scope =>
  scope !== 'public' && scope !== 'ticket' && scope !== 'signature';

/** e.g. `put_processors_id`. */
function operationIdOf(method: string, path: string): string {
  const words = path.replace('/api/v1', '').match(/[A-Za-z0-9]+/g) ?? ['root'];
  // What older clients call without the prefix stands beside the same path with it.
  return [method, ...words, ...(path.startsWith('/autonomous/') ? ['bare'] : [])].join('_');
}

export interface DeclaredRoute {
  readonly method: string;
  readonly path: string;
  readonly scope: Access;
}

/** Every declared endpoint, for tests that must not miss one. */
export function listRoutes(app: App): readonly DeclaredRoute[] {
  return app.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== 'route') return [];
    const { method, path, ...route } = definition.route;
    return [{ method, path, scope: (route as { 'x-scope'?: Access })['x-scope'] as Access }];
  });
}
