// The reference as one page: every endpoint by chapter, every code a refusal can have, nothing loaded from elsewhere.
import { html, raw } from 'hono/html';
import type { OpenApiDocument } from '../openapi-document.ts';
import { problemOf } from '../problem.ts';
import { TAGS } from '../tags.ts';
import { anchorOf, breakable, type Endpoint, endpointView, type Operation } from './endpoint-view.ts';
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
        ${raw(`<style>${STYLE}</style><script>${SCRIPT}</script>`)}
      </head>
      <body>
        <nav aria-label="Reference">
          <div class="brand">
            ${MARK} ${title} <button type="button" data-action="theme" aria-label="Light or dark">◐</button>
          </div>
          <input
            type="search"
            placeholder="Search  /"
            aria-label="Search endpoints, fields and codes; Enter leads to the first"
          />
          <details class="list" open>
            <summary>Endpoints</summary>
            ${chapterList(chapters)}
          </details>
        </nav>
        <main>
          <p class="nothing" role="status" hidden>Nothing matches <b></b>.</p>
          <div data-intro>
            <h1>${title} API</h1>
            <p class="lead">Version ${version} · <a href="/openapi.json">OpenAPI 3.1</a></p>
            ${(description ?? '').split('\n\n').map((paragraph) => html`<p>${prose(paragraph)}</p>`)} ${tryIt()}
          </div>
          ${chapters.map(
            (chapter) =>
              html`<section data-group>
                <h2>${chapter.name}</h2>
                <p class="lead">${prose(chapter.description)}</p>
                ${chapter.endpoints.map((endpoint) => endpointView(endpoint, schemas))}
              </section>`,
          )}
          ${problemTable()}
        </main>
      </body>
    </html>`;
}

interface Chapter {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
}

function chapterList(chapters: readonly Chapter[]): Markup {
  return html`${chapters.map(
      (chapter) =>
        html`<div data-group>
          <h2>${chapter.name}</h2>
          <ul>
            ${chapter.endpoints.map(
              (endpoint) =>
                html`<li>
                  <a href="#${anchorOf(endpoint)}"
                    ><span class="m ${endpoint.method}">${endpoint.method}</span
                    ><span class="path">${breakable(endpoint.path.replace('/api/v1', ''))}</span></a
                  >
                </li>`,
            )}
          </ul>
        </div>`,
    )}
    <div data-group>
      <h2>Refusals</h2>
      <ul>
        <li><a href="#problems">Codes</a></li>
      </ul>
    </div>`;
}

function tryIt(): Markup {
  return html`<h2 id="try-it">Try it</h2>
    <p>
      Every endpoint comes with a command, which takes the address from <code>$SIGNALBOX</code> and the key from
      <code>$SIGNALBOX_KEY</code>: <code>npm start</code> prints a key, <code>POST /api/v1/keys</code> makes more. Say
      once in the shell:
    </p>
    <div class="snippet">
      <pre>
export SIGNALBOX=<span data-origin>the address of this page without /docs</span>
export SIGNALBOX_KEY=sbx_...</pre>
      <button type="button">Copy</button>
    </div>
    <p>Any other name in capitals, such as <code>$ID</code>, stands for what an earlier answer gave.</p>`;
}

function problemTable(): Markup {
  const rows = Object.values(SAMPLES).map((sample) => {
    const { code, status, title, detail } = problemOf(sample);
    return html`<tr id="problem-${code}" data-hit>
      <td><code>${code}</code></td>
      <td>${status}</td>
      <td><b>${title}.</b> ${prose(detail)}</td>
    </tr>`;
  });
  return html`<section id="problems" data-group>
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
