// What an isolate loads before its first answer: one script, nothing compiled beside it, and no library that is of a server.
import { expect, test } from 'vitest';
import { buildWorker } from '../../tools/bundle.ts';
import { leaveOnSignal } from '../harness/leave-on-signal.ts';

/** Each runs on Workers as it is; a new one has to be looked at before it stands here. */
const LIBRARIES = [
  '@asteasolutions/zod-to-openapi',
  '@hono/zod-openapi',
  '@hono/zod-validator',
  '@marcbachmann/cel-js',
  '@neondatabase/serverless',
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
