// The OpenAPI 3.1 document, made from the same declarations that guard and validate.
import type { App } from './context.ts';
import { TAGS } from './tags.ts';

export type OpenApiDocument = ReturnType<App['getOpenAPI31Document']>;

const DESCRIPTION = `Signalbox tells a checkout which payment processor to use now, learns from every result, and opens a breaker seconds after a processor fails.

Every endpoint under /api/v1 takes \`Authorization: Bearer sbx_...\`. Every refusal is \`application/problem+json\` with a stable \`code\`, the \`field\` at fault and a \`request_id\`. Rates are 0-1, times RFC 3339. Fields that end in \`_minor\` are whole minor units. Codes such as payment methods and countries are taken in any case and kept in upper case. A query parameter that an endpoint does not know is refused, as a field of a body is.

Changes to the configuration answer with its version as the \`ETag\`; send it back in \`If-Match\` and a change that somebody else overtook is refused with 412.`;

export function documentOf(app: App, version: string): OpenApiDocument {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Signalbox', version, description: DESCRIPTION },
    tags: TAGS.map((tag) => ({ ...tag })),
    servers: [{ url: '/' }],
  });
  const apiKey = {
    type: 'http' as const,
    scheme: 'bearer',
    bearerFormat: 'sbx_...',
    description:
      'An API key with the scope named by the endpoint. `admin` opens everything, `operate` opens `read` too.',
  };
  return { ...document, components: { ...document.components, securitySchemes: { apiKey } } };
}
