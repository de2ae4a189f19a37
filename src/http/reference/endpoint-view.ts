// One endpoint of the reference: what it takes, what it answers, and a command to try it with.
import { html } from 'hono/html';
import { type Access, isKeyed } from '../endpoint.ts';
import { exampleOf, type Markup, prose, type Schema, type Schemas, schemaTable, typeOf } from './schema-view.ts';

export interface Operation {
  readonly 'operationId'?: string;
  readonly 'summary'?: string;
  readonly 'description'?: string;
  readonly 'tags'?: readonly string[];
  readonly 'parameters'?: readonly Parameter[];
  readonly 'requestBody'?: {
    readonly required?: boolean;
    readonly content: Readonly<Record<string, { readonly schema?: Schema }>>;
  };
  readonly 'responses'?: Readonly<Record<string, Reply>>;
  readonly 'x-scope'?: string;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly description?: string;
}
interface Reply {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

export const anchorOf = ({ operation, method, path }: Endpoint): string => operation.operationId ?? `${method}${path}`;
/** A path that may break after its slashes, and nowhere inside a word. */
export const breakable = (path: string): Markup =>
  html`${path.split(/(?<=\/)(?=.)/).map((part, index) => (index === 0 ? part : html`<wbr />${part}`))}`;

export function endpointView(endpoint: Endpoint, schemas: Schemas): Markup {
  const { method, path, operation } = endpoint;
  const body = operation.requestBody?.content['application/json']?.schema;
  const scope = operation['x-scope'];
  return html`<article id="${anchorOf(endpoint)}" data-hit>
    <h3>
      <span class="m ${method}">${method}</span>
      <a class="path" href="#${anchorOf(endpoint)}">${breakable(path)}</a>
      <span class="scope"
        >${isKeyed(scope as Access) ? html`scope <b>${scope}</b>` : scope === 'public' ? 'no key' : scope}</span
      >
    </h3>
    <p class="summary">${prose(operation.summary ?? '')}</p>
    ${operation.description ? html`<p>${prose(operation.description)}</p>` : ''}
    ${parameterTable(operation.parameters ?? [], schemas)}
    ${body
      ? html`<h4>Body${operation.requestBody?.required ? '' : ' (may be left out)'}</h4>
          ${schemaTable(body, schemas)}`
      : ''}
    <h4>Try it</h4>
    <div class="snippet">
      <pre>${curlOf(endpoint, body, schemas)}</pre>
      <button type="button">Copy</button>
    </div>
    ${Object.entries(operation.responses ?? {})
      .filter(([status]) => /^[123]/.test(status))
      .map(([status, reply]) => replyView(status, reply, schemas))}
  </article>`;
}

function parameterTable(parameters: readonly Parameter[], schemas: Schemas): Markup | string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: place, required, schema = {}, description }) =>
      html`<tr>
        <td><code>${name}</code>${required ? html`<span class="req">required</span>` : ''}</td>
        <td>
          <span class="type">${place}, ${typeOf(schema, schemas)}</span>${schema.default === undefined
            ? ''
            : html` <span class="type">= <code>${JSON.stringify(schema.default)}</code></span>`}
          ${(description ?? schema.description)
            ? html`<div>${prose(description ?? schema.description ?? '')}</div>`
            : ''}
        </td>
      </tr>`,
  );
  return html`<h4>Parameters</h4>
    <div class="scroll">
      <table>
        ${rows}
      </table>
    </div>`;
}

function replyView(status: string, { description, content }: Reply, schemas: Schemas): Markup {
  const [mediaType, media] = Object.entries(content ?? {})[0] ?? [];
  const schema = media?.schema;
  return html`<h4>Answer ${status}${mediaType === undefined ? '' : ` · ${mediaType}`}</h4>
    <p>${prose(description ?? '')}</p>
    ${schema
      ? html`<details>
          <summary>${typeOf(schema, schemas)}</summary>
          ${schemaTable(schema, schemas)}
        </details>`
      : ''}`;
}

function curlOf({ method, path, operation }: Endpoint, body: Schema | undefined, schemas: Schemas): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    name === 'processorId' ? 'processor_a' : `$${name.toUpperCase()}`,
  );
  const query = (operation.parameters ?? [])
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(({ name, schema = {} }) => `${name}=${encodeURIComponent(String(exampleOf(schema, schemas)))}`)
    .join('&');
  const keyed = isKeyed(operation['x-scope'] as Access);
  const lines = [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}"$SIGNALBOX${filled}${query === '' ? '' : `?${query}`}"`,
    ...(keyed ? ['-H "Authorization: Bearer $SIGNALBOX_KEY"'] : []),
    ...(body
      ? [
          `-H 'Content-Type: application/json'`,
          `-d '${JSON.stringify(exampleOf(body, schemas)).replaceAll("'", "'\\''")}'`,
        ]
      : []),
  ];
  return lines.join(' \\\n  ');
}
