// What an isolate loads before its first answer: one script, nothing compiled beside it, and no library that is of a server.
import { expect, test } from 'vitest';
import { buildWorker, traceWorker } from '../../tools/bundle.ts';
import { evaluatedAtStart } from '../../tools/start-up.ts';
import { leaveOnSignal } from '../harness/leave-on-signal.ts';

/** Each runs on Workers as it is; a new one has to be looked at before it stands here. */
const LIBRARIES = [
  '@asteasolutions/zod-to-openapi',
  '@hono/zod-openapi',
  '@hono/zod-validator',
  '@marcbachmann/cel-js',
  '@neondatabase/serverless',
  '@noble/hashes',
  '@stablelib/base64',
  '@upstash/redis',
  'drizzle-orm',
  'fast-sha256',
  'hono',
  'standardwebhooks',
  'stripe',
  'uncrypto',
  'zod',
];
const BYTES_MAX = 8 * 1_048_576;
/** Of them, those without which no usual call is answered and no object is there. */
const LIBRARIES_AT_START = [
  '@marcbachmann/cel-js',
  '@noble/hashes',
  '@stablelib/base64',
  'fast-sha256',
  'hono',
  'standardwebhooks',
];
/** A tenth above what it is; it was well over twice that, and a start three times as long, before most was loaded by the first call that needs it. */
const BYTES_AT_START_MAX = 1_500_000;

leaveOnSignal();

test('the bundle is one script without wasm, without a module of Node and without a library for servers', async () => {
  const modules = await buildWorker();
  expect(modules.map(({ type, path }) => ({ type, path }))).toEqual([{ type: 'ESModule', path: 'index.js' }]);
  const [{ contents }] = modules as [(typeof modules)[number]];
  expect(contents.length).toBeLessThan(BYTES_MAX);
  const text = new TextDecoder().decode(contents);
  const imported = text.matchAll(/^\s*(?:import|export)\b[^;\n]*?["']([^"'\n]+)["'];?$/gm);
  expect(new Set(Array.from(imported, ([, name]) => name))).toEqual(new Set(['cloudflare:workers']));
  const asked = text.matchAll(/\b(?:require|import)\(\s*["']([^"'\n]+)["']\s*\)/g);
  expect(Array.from(asked, ([, name]) => name).filter((name) => !name!.startsWith('cloudflare:'))).toEqual([]);
  expect(text).not.toMatch(/WebAssembly\.(?:instantiate|compile)|new WebAssembly\./);
  // The bundler names each file above what it took of it.
  const taken = text.matchAll(/^\s*\/\/ (?:\.\.\/)*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)/gm);
  expect([...new Set(Array.from(taken, ([, name]) => name!))].toSorted()).toEqual(LIBRARIES);
});

test('what few calls need is not evaluated before the first request: schemas, routes, connectors, the way to PostgreSQL and to Upstash', async () => {
  const atStart = evaluatedAtStart(await traceWorker());
  const libraries = [...atStart.keys()].flatMap(
    (path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.slice(1) ?? [],
  );
  expect([...new Set(libraries)].toSorted()).toEqual(LIBRARIES_AT_START);
  const seldom =
    /^(?:src\/(?:connectors|db|http\/(?:routes|schemas|reference))\/|src\/http\/app\.ts|workers\/(?!index\.ts|composition\/))/;
  expect([...atStart.keys()].filter((path) => seldom.test(path))).toEqual([]);
  expect([...atStart.keys()]).toEqual(
    expect.arrayContaining(['workers/index.ts', 'src/http/usual-calls.ts', 'durable-objects/processor.ts']),
  );
  const bytes = [...atStart.values()].reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(500_000);
  expect(bytes).toBeLessThan(BYTES_AT_START_MAX);
});
