// Calls Signalbox's HTTP API as any client would: one key, JSON in, JSON out, a refusal as an error that carries its code.

export class ApiRefusal extends Error {
  readonly status: number;
  /** The stable code of the problem document, or `unknown`. */
  readonly code: string;

  constructor(call: string, status: number, body: string) {
    const problem = problemOf(body);
    super(`${call}: ${status} ${problem.code} ${problem.detail}`);
    this.status = status;
    this.code = problem.code;
  }
}

export interface ApiClient {
  /** Anything `fetch` may answer, refusals included. */
  request(method: string, path: string, body?: unknown): Promise<Response>;
  /** The shapes are the caller's claim: the API's own schemas stand in /openapi.json. Throws ApiRefusal. */
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  /** The text of a new key, shown this once. */
  createKey(name: string, scopes: readonly string[]): Promise<string>;
}

export function createApiClient(url: string, key: string): ApiClient {
  const request = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new ApiRefusal(`${method} ${path}`, response.status, text);
    return JSON.parse(text) as Answer;
  };
  return {
    request,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    async createKey(name, scopes) {
      const { secret } = await call<{ secret: string }>('POST', '/api/v1/keys', { name, scopes });
      return secret;
    },
  };
}

function problemOf(body: string): { code: string; detail: string } {
  try {
    const problem = JSON.parse(body) as { code?: string; detail?: string; title?: string };
    return { code: problem.code ?? 'unknown', detail: problem.detail ?? problem.title ?? '' };
  } catch {
    return { code: 'unknown', detail: body.slice(0, 300) };
  }
}
