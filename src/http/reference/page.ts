// The reference as one page: every endpoint by chapter, every code a refusal can have, nothing loaded from elsewhere.
import { html, raw } from 'hono/html';
import type { OpenApiDocument } from '../openapi-document.ts';
import { problemOf } from '../problem.ts';
import { TAGS } from '../tags.ts';
import { anchorOf, type Endpoint, endpointView, type Operation, wordsOf } from './endpoint-view.ts';
import { SAMPLES } from './problem-samples.ts';
import { type Markup, prose, type Schemas } from './schema-view.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export interface ReferencePage {
  readonly html: string;
  /** Content-Security-Policy: the page's own style and script by their hashes, and nothing else. */
  readonly policy: string;
}

const METHODS = ['get', 'post', 'put', 'delete'] as const;
/** Two rails and a point between them. */
const MARK = raw(
  '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M4 21V3M4 15c0-5 12-4 12-12M20 21V3"/><circle cx="4" cy="15" r="2.4" fill="var(--accent)" stroke="none"/></svg>',
);

export async function referencePage(document: OpenApiDocument): Promise<ReferencePage> {
  const page = await pageOf(document, endpointsOf(document));
  const [style, script] = await Promise.all([sha256(STYLE), sha256(SCRIPT)]);
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${style}'`,
    `script-src 'sha256-${script}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html: page.toString(), policy };
}

function endpointsOf(document: OpenApiDocument): readonly Endpoint[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method): Endpoint[] => {
      const operation = item[method] as Operation | undefined;
      return operation === undefined ? [] : [{ method, path, operation }];
    }),
  );
}

function pageOf(document: OpenApiDocument, endpoints: readonly Endpoint[]): Markup {
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  const chapters = TAGS.map((tag) => ({
    ...tag,
    endpoints: endpoints.filter(({ operation }) => operation.tags?.[0] === tag.name),
  }));
  const { title, version, description } = document.info;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title} API reference</title>
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <nav aria-label="Endpoints">
          <div class="brand">
            ${MARK} ${title} <button type="button" data-action="theme" aria-label="Light or dark">◐</button>
          </div>
          <input type="search" placeholder="Search  /" aria-label="Search the endpoints" />
          ${chapters.map(
            (chapter) =>
              html`<div data-group>
                <h2>${chapter.name}</h2>
                <ul>
                  ${chapter.endpoints.map(
                    (endpoint) =>
                      html`<li data-words="${wordsOf(endpoint)}">
                        <a href="#${anchorOf(endpoint)}"
                          ><span class="m ${endpoint.method}">${endpoint.method}</span
                          ><span class="path">${endpoint.path.replace('/api/v1', '')}</span></a
                        >
                      </li>`,
                  )}
                </ul>
              </div>`,
          )}
          <div>
            <h2>Refusals</h2>
            <ul>
              <li><a href="#problems">Codes</a></li>
            </ul>
          </div>
        </nav>
        <main>
          <h1>${title} API</h1>
          <p class="lead">Version ${version} · <a href="/openapi.json">OpenAPI 3.1</a></p>
          ${(description ?? '').split('\n\n').map((paragraph) => html`<p>${prose(paragraph)}</p>`)}
          ${chapters.map(
            (chapter) =>
              html`<section data-group>
                <h2>${chapter.name}</h2>
                <p class="lead">${chapter.description}</p>
                ${chapter.endpoints.map((endpoint) => endpointView(endpoint, schemas))}
              </section>`,
          )}
          ${problemTable()}
        </main>
        ${raw(`<script>${SCRIPT}</script>`)}
      </body>
    </html>`;
}

function problemTable(): Markup {
  const rows = Object.values(SAMPLES).map((sample) => {
    const { status, title, detail } = problemOf(sample);
    return html`<tr id="problem-${sample.reason}">
      <td><code>${sample.reason}</code></td>
      <td>${status}</td>
      <td><b>${title}.</b> ${prose(detail)}</td>
    </tr>`;
  });
  return html`<section id="problems">
    <h2>Refusals</h2>
    <p class="lead">The <code>code</code> is stable; sentences may be improved.</p>
    <div class="scroll">
      <table>
        <tr>
          <th>Code</th>
          <th>Status</th>
          <th>Meaning, by an example</th>
        </tr>
        ${rows}
      </table>
    </div>
  </section>`;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
