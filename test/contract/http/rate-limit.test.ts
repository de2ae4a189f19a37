import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('the quota that callers are told is the one that the binding counts, in the window it counts', () => {
  const toml = read('wrangler.toml');
  const told = /^RATE_LIMIT_QUOTA = "(\d+)"$/m.exec(toml)?.[1];
  const counted = /name = "RATE_LIMIT"\n[^[]*simple = \{ limit = (\d+), period = (\d+) \}/.exec(toml);
  expect(told).toBe(counted?.[1]);
  expect(Number(told)).toBeGreaterThan(0);
  const shown = /^const WINDOW_SECONDS = (\d+);$/m.exec(read('workers/composition/deployment.ts'));
  expect(shown?.[1]).toBe(counted?.[2]);
});
