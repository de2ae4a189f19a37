// What counts as evaluated at start: what the entry reaches, but not through a dynamic import.
import { expect, test } from 'vitest';
import { type BundleTrace, evaluatedAtStart } from '../../tools/start-up.ts';

const to = (path: string, kind = 'import-statement') => ({ path, kind });

const TRACE: BundleTrace = {
  inputs: {
    'entry.ts': {
      imports: [to('near.ts'), to('late.ts', 'dynamic-import'), { ...to('cloudflare:workers'), external: true }],
    },
    'near.ts': { imports: [to('shared.ts'), to('types.ts'), to('old.cjs', 'require-call')] },
    'late.ts': { imports: [to('shared.ts'), to('heavy.ts')] },
    'shared.ts': { imports: [to('near.ts')] },
    'types.ts': { imports: [] },
    'old.cjs': { imports: [] },
    'heavy.ts': { imports: [] },
  },
  outputs: {
    'index.js.map': { inputs: {} },
    'index.js': {
      entryPoint: 'entry.ts',
      inputs: {
        'entry.ts': { bytesInOutput: 1 },
        'near.ts': { bytesInOutput: 2 },
        'shared.ts': { bytesInOutput: 4 },
        'types.ts': { bytesInOutput: 0 },
        'old.cjs': { bytesInOutput: 8 },
        'late.ts': { bytesInOutput: 16 },
        'heavy.ts': { bytesInOutput: 32 },
      },
    },
  },
};

test('what the entry reaches by statements is evaluated at start, with its bytes', () => {
  expect(Object.fromEntries(evaluatedAtStart(TRACE))).toEqual({
    'entry.ts': 1,
    'near.ts': 2,
    'shared.ts': 4,
    'old.cjs': 8,
  });
});

test('a bundle without an entry is none', () => {
  expect(() => evaluatedAtStart({ inputs: {}, outputs: {} })).toThrow('no entry');
});
