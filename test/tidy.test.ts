import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  badFileNames,
  leftovers,
  longFiles,
  longFunctions,
  machinePaths,
  manyParameters,
  missingHeaders,
  worldInCore,
} from './harness/tidy/code-shape.ts';
import { importCycles, wrongDirections } from './harness/tidy/directions.ts';
import { cronOffences, specOffences } from './harness/tidy/promises-kept.ts';
import { readProject, type SourceFile } from './harness/tidy/source-tree.ts';

type Files = Readonly<Record<string, string>>;
const filesOf = (files: Files): SourceFile[] => Object.entries(files).map(([path, text]) => ({ path, text }));
const lines = (count: number): string => 'x;\n'.repeat(count);

interface Law {
  readonly name: string;
  readonly check: (files: readonly SourceFile[]) => string[];
  /** Each of these is one offence and no more. */
  readonly broken: readonly Files[];
  /** None of these is. */
  readonly kept: readonly Files[];
}

const LAWS: readonly Law[] = [
  {
    name: 'arrows point inward',
    check: wrongDirections,
    broken: [
      { 'src/domain/a.ts': `import type { B } from '../ports/b.ts';` },
      { 'src/domain/a.ts': `import { z } from 'zod';` },
      { 'src/domain/a.ts': `export { b } from '../../tools/b.ts';` },
      { 'src/ports/a.ts': `import { b } from '../flows/b.ts';` },
      { 'src/flows/a.ts': `import { b } from '../http/b.ts';` },
      { 'src/flows/a.ts': `const b = await import('../db/b.ts');` },
      { 'src/db/a.ts': `import { b } from '../flows/b.ts';` },
      { 'src/http/a.ts': `import { b } from '../../durable-objects/b.ts';` },
      { 'src/http/a.ts': `import { env } from 'cloudflare:workers';` },
      { 'src/platform/a.ts': `import fs from 'node:fs';` },
      { 'durable-objects/a.ts': `import { b } from '../src/db/b.ts';` },
      { 'workers/a.ts': `import type { B } from '../durable-objects/b.ts';` },
    ],
    kept: [
      { 'src/domain/a.ts': `import { b } from './b.ts'; import { parse } from '@marcbachmann/cel-js';` },
      { 'src/flows/a.ts': `import { b } from '../ports/b.ts'; import { c } from '../domain/c.ts';` },
      { 'durable-objects/a.ts': `import { DurableObject } from 'cloudflare:workers';` },
      { 'workers/index.ts': `import { b } from '../src/db/b.ts'; export { C } from '../durable-objects/c.ts';` },
    ],
  },
  {
    name: 'no circle of imports',
    check: importCycles,
    broken: [
      { 'src/a.ts': `import { b } from './b.ts';`, 'src/b.ts': `export { a } from './a.ts';` },
      {
        'src/a.ts': `import './b.ts';`,
        'src/b.ts': `import { c } from './c.ts';`,
        'src/c.ts': `import { type B, b } from './b.ts';`,
      },
    ],
    kept: [{ 'src/a.ts': `import { b } from './b.ts';`, 'src/b.ts': `import type { A } from './a.ts';` }],
  },
  {
    name: 'no clock, dice, timer, network or console in core and flows',
    check: worldInCore,
    broken: [
      'Date.now();',
      'new Date();',
      'Math.random();',
      'crypto.getRandomValues(a);',
      'console.error(1);',
      'setTimeout(f, 1);',
      'const { now } = performance;',
      'globalThis.x;',
      'await fetch(url);',
    ].flatMap((text) => [{ 'src/domain/a.ts': text }, { 'src/flows/a.ts': text }]),
    kept: [
      { 'src/domain/a.ts': `new Date(now).toISOString(); Date.UTC(2026, 1); world.fetch(); const o = { process: 1 };` },
      { 'src/platform/a.ts': 'Date.now();' },
    ],
  },
  {
    name: 'a file has at most 400 lines',
    check: longFiles,
    broken: [{ 'tools/a.ts': lines(401) }],
    kept: [{ 'tools/a.ts': lines(400) }],
  },
  {
    name: 'a function has at most 70 lines',
    check: longFunctions,
    broken: [
      { 'src/a.ts': `function f() {\n${lines(69)}}` },
      { 'src/a.ts': `const f = () => {\n${lines(69)}};` },
      { 'src/a.ts': `class A {\n m() {\n${lines(69)}}\n}` },
      { 'test/a.test.ts': `function f() {\n${lines(69)}}` },
    ],
    kept: [
      { 'src/a.ts': `function f() {\n${lines(68)}}` },
      { 'test/a.test.ts': `describe('a', () => {\n${lines(90)}});` },
    ],
  },
  {
    name: 'a function has at most 4 positional parameters',
    check: manyParameters,
    broken: [
      { 'src/a.ts': 'const f = (a, b, c, d, e) => a;' },
      { 'src/a.ts': 'class A { constructor(a, b, c, d, e) {} }' },
    ],
    kept: [{ 'src/a.ts': 'const f = (a, b, c, { d, e }) => a;' }],
  },
  {
    name: 'a file opens with a sentence',
    check: missingHeaders,
    broken: [{ 'src/a.ts': `import { b } from './b.ts';` }, { 'src/a.ts': '// a\n' }],
    kept: [{ 'src/a.ts': '// Decides a.\n' }, { 'test/a.test.ts': `import { b } from './b.ts';` }],
  },
  {
    name: 'a file name is kebab-case and says what is inside',
    check: badFileNames,
    broken: [
      'src/utils.ts',
      'src/date-utils.ts',
      'src/common.ts',
      'src/KeyManager.ts',
      'src/key-manager.ts',
      'src/a_b.ts',
    ].map((path) => ({ [path]: '' })),
    kept: ['src/key-ring.ts', 'test/tidy.test.ts', 'vitest.config.ts'].map((path) => ({ [path]: '' })),
  },
  {
    name: 'nothing names a place on one machine',
    check: machinePaths,
    broken: ['home', 'work', 'root', 'tmp', 'Users'].map((place) => ({ 'README.md': `see /${place}/someone` })),
    kept: [{ 'README.md': 'see ./home/x, src/work/y and https://example.com/home/z' }],
  },
  {
    name: 'nothing unfinished, silenced or fenced off is left',
    check: leftovers,
    broken: [`// ${'TO'}DO later.`, `// @ts-${'ignore'}`, `// ${'-'.repeat(5)} part two`].map((text) => ({
      'src/a.ts': text,
    })),
    kept: [{ 'src/a.ts': '// Why, in a sentence - and a dash.' }],
  },
  {
    name: 'every rule of SPEC.md has a test, and every id in a test name is in SPEC.md',
    check: specOffences,
    broken: [
      { 'src/domain/SPEC.md': '- **BRK-1** It opens.\n' },
      { 'src/domain/SPEC.md': '', 'test/a.test.ts': `test('[BRK-1] it opens', f);` },
      { 'src/domain/SPEC.md': '- **BRK-1** A.\n- **BRK-1** B.\n', 'test/a.test.ts': `test('[BRK-1] it opens', f);` },
    ],
    kept: [
      {
        'src/domain/SPEC.md': '- **BRK-1** A.\n- **BRK-2** B.\n',
        'test/a.test.ts': 'test(`[BRK-1] [BRK-2] both`, f);',
      },
    ],
  },
  {
    name: 'every cron has its job and every job its cron',
    check: cronOffences,
    broken: [
      { 'wrangler.toml': 'crons = ["* * * * *"]', 'workers/index.ts': '' },
      {
        'wrangler.toml': 'crons = []',
        'workers/a.ts': `export const sheet = { crons: ['1 * * * *'] };`,
        'workers/index.ts': './a.ts',
      },
      {
        'wrangler.toml': 'crons = ["1 * * * *"]',
        'workers/a.ts': `export const sheet = { crons: ['1 * * * *'] };`,
        'workers/b.ts': 'export const x = 1;',
        'workers/index.ts': './a.ts ./b.ts',
      },
      {
        'wrangler.toml': 'crons = ["1 * * * *"]',
        'workers/a.ts': `export const sheet = { crons: ['1 * * * *'] };`,
        'workers/index.ts': '',
      },
      {
        'wrangler.toml': 'crons = ["1 * * * *"]',
        'workers/a.ts': `export const sheet = { crons: ['1 * * * *', '2 * * * *'] };`,
        'workers/index.ts': './a.ts',
      },
    ],
    kept: [
      {
        'wrangler.toml': 'crons = ["1 * * * *"]',
        'workers/a.ts': `export const sheet = { crons: ['1 * * * *'] };`,
        'workers/index.ts': './a.ts',
      },
      {
        'wrangler.toml': 'crons = ["1 * * * *", "2 * * * *"]',
        'workers/a.ts': `export const sheet: JobSheet = {\n  name: 'a',\n  crons: ['1 * * * *', '2 * * * *'],\n};`,
        'workers/index.ts': './a.ts',
      },
    ],
  },
];

const project = readProject(fileURLToPath(new URL('..', import.meta.url)));

describe.each(LAWS)('$name', { timeout: 60_000 }, ({ check, broken, kept }) => {
  test('holds in this house', () => {
    expect(check(project)).toEqual([]);
  });

  test.each(broken.map((files) => ({ files })))('is seen to be broken by $files', ({ files }) => {
    expect(check(filesOf(files))).toHaveLength(1);
  });

  test.each(kept.map((files) => ({ files })))('is not seen to be broken by $files', ({ files }) => {
    expect(check(filesOf(files))).toEqual([]);
  });
});

test('the whole house is looked at', () => {
  const paths = new Set(project.map(({ path }) => path));
  const landmarks = [
    'wrangler.toml',
    'README.md',
    'src/domain/SPEC.md',
    'workers/index.ts',
    'tools/test.ts',
    '.ci/run',
  ];
  expect(landmarks.filter((path) => !paths.has(path))).toEqual([]);
});
