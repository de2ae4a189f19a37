// Holds every answer of a test against the reference: the declared status, schema and no field beyond it; every refusal a full problem.
import { isDeepStrictEqual } from 'node:util';
import type { z } from '@hono/zod-openapi';
import type { App } from '../../src/http/context.ts';
import { SAMPLES } from '../../src/http/reference/problem-samples.ts';
import { ProblemDocument } from '../../src/http/schemas/problem.ts';

interface Answered {
  readonly method: string;
  readonly path: string;
  readonly response: Response;
  readonly text: string;
}
interface DeclaredAnswer {
  readonly content?: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

/** What is wrong with the answer; `null`: nothing. */
export function breachOf(app: App, { method, path, response, text }: Answered): string | null {
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (!response.headers.has('x-request-id')) return 'no request id';
  if (response.status >= 400) return problemBreach(response, type, text);
  const declared = declaredAnswer(app, method, path, response.status);
  if (declared === undefined) return 'the status is not declared';
  const schema = declared.content?.[type]?.schema;
  if (declared.content === undefined) return text === '' ? null : 'a body where none is declared';
  if (schema === undefined) return `media type ${type} is not declared`;
  return type === 'application/json' ? schemaBreach(schema, JSON.parse(text)) : null;
}

function problemBreach(response: Response, type: string, text: string): string | null {
  if (type !== 'application/problem+json') return `a refusal as ${type}`;
  const document = JSON.parse(text) as Record<string, unknown>;
  if (document['status'] !== response.status) return 'the status of the problem is another';
  if (document['request_id'] !== response.headers.get('x-request-id'))
    return 'the request id of the problem is another';
  if (!Object.hasOwn(SAMPLES, String(document['code'])))
    return `code ${String(document['code'])} is not in the reference`;
  const parsed = ProblemDocument.safeParse(document);
  return parsed.success ? null : parsed.error.message;
}

function schemaBreach(schema: z.ZodType, json: unknown): string | null {
  const parsed = schema.safeParse(json);
  if (!parsed.success) return parsed.error.message;
  return isDeepStrictEqual(parsed.data, json)
    ? null
    : 'fields that are not declared, or values that are not as declared';
}

function declaredAnswer(app: App, method: string, path: string, status: number): DeclaredAnswer | undefined {
  const pathname = new URL(path, 'http://local').pathname;
  for (const definition of app.openAPIRegistry.definitions) {
    if (definition.type !== 'route' || definition.route.method !== method.toLowerCase()) continue;
    const pattern = new RegExp(`^${definition.route.path.replace(/\{\w+\}/g, '[^/]+')}$`);
    if (pattern.test(pathname)) return definition.route.responses[status] as DeclaredAnswer | undefined;
  }
  return undefined;
}
