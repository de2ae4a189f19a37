import { afterAll, describe, expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { CLASSIC, scenarioOf } from './sample-scenario.ts';
import { entry as fixed } from '../../lab/policies/static.ts';
import { meanCurves, runBlock } from '../../lab/runner/block.ts';
import { reportScenario } from '../../lab/report/scenario-report.ts';
import type { PiecewiseReport } from '../../lab/piecewise-contestants.ts';
import { StoredBlocks } from '../../lab/runner/stored-blocks.ts';
import { writeDocument } from '../../lab/report/document.ts';

const MAIN = fileURLToPath(new URL('../../lab/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'signalbox-lab-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function lab(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

writeFileSync(
  join(folder, 'own.json'),
  JSON.stringify({
    ...CLASSIC,
    id: 'own',
    transactions: 1_500,
    episodes: [{ processor: 'a', fromFraction: 0.4, toFraction: 0.6, set: { errorRate: 0.9 } }],
  }),
);

describe('npm run lab -- run', () => {
  const args = ['run', '--scenario', 'own.json', '--policies', 'learned,static,random', '--seeds', '7'];

  test('writes the report, the same for one worker as for two', () => {
    const one = lab(...args, '--workers', '1', '--out', 'one.json');
    const two = lab(...args, '--workers', '2', '--out', 'two.json');
    expect([one.status, two.status]).toEqual([0, 0]);
    expect(two.stdout).toBe(one.stdout);
    const text = readFileSync(join(folder, 'one.json'), 'utf8');
    expect(readFileSync(join(folder, 'two.json'), 'utf8')).toBe(text);
    const { scenarios } = JSON.parse(text) as { scenarios: Record<string, unknown>[] };
    expect(scenarios).toMatchObject([
      {
        id: 'own',
        policies: ['learned', 'static', 'random'].map((policy) => ({
          policy,
          seeds: 7,
          successRate: expect.any(Number),
          regretPp: { mean: expect.any(Number), low: expect.any(Number), high: expect.any(Number) },
          netValueMinor: { mean: expect.any(Number) },
          probeShare: expect.any(Number),
          episodes: [{ processor: 'a', shed: { of: expect.any(Number) }, readmitted: { of: expect.any(Number) } }],
        })),
      },
    ]);
    expect(one.stdout).toMatch(/core of learned: [0-9a-f]{12}/);
  });

  test('takes paths from where npm was called', () => {
    const { status } = spawnSync(
      process.execPath,
      [MAIN, 'run', '--scenario', 'own.json', '--policies', 'static', '--seeds', '1', '--out', 'npm.json'],
      { cwd: tmpdir(), env: { ...process.env, npm_lifecycle_event: 'lab', INIT_CWD: folder } },
    );
    expect(status).toBe(0);
    expect(readdirSync(folder)).toContain('npm.json');
  });

  test('refuses what cannot be met with the path of the field, and runs nothing', () => {
    writeFileSync(
      join(folder, 'bad.json'),
      JSON.stringify({
        ...CLASSIC,
        episodes: [{ processor: 'z', fromFraction: 0, toFraction: 1, set: { errorRate: 1 } }],
      }),
    );
    const { status, stdout, stderr } = lab('run', '--scenario', 'bad.json');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('episodes[0].processor: no processor z');
  });

  test.each([
    [['run'], '--scenario FILE is wanted'],
    [['run', '--scenario', 'own.json', '--seeds', '0'], '--seeds wants a whole number from 1 to 10,000, not 0'],
    [['run', '--scenario', 'own.json', '--seeds', '1e20'], '--seeds wants a whole number from 1 to 10,000, not 1e20'],
    [['run', '--scenario', 'own.json', '--workers', '1e9'], '--workers wants a whole number from 1 to 256, not 1e9'],
    [['run', '--scenario', 'own.json', '--out', './own.json'], '--out would overwrite a scenario'],
    [['run', '--scenario', 'own.json', '--policies', 'best'], 'no policy best; there are learned'],
    [['run', '--scenari', 'own.json'], "Unknown option '--scenari'"],
    [['league', '--scenarios', 'none'], 'no scenario none; there are bad-feedback'],
    [['league', '--slow-seeds', '1e20'], '--slow-seeds wants a whole number from 1 to 10,000, not 1e20'],
    [['piecewise', '--runs', '1e20'], '--runs wants a whole number from 1 to 10,000, not 1e20'],
    [['piecewise', '--policies', 'best'], 'no policy best here; there are learned'],
    [['piecewise', '--out', 'own.json/out.json'], 'out.json cannot be written: '],
    [['detect', '--out', 'own.json/out.json'], 'out.json cannot be written: '],
    [['lunch'], 'no command lunch'],
  ])('answers %j with code 2 and a sentence', (asked, sentence) => {
    const { status, stderr } = lab(...asked);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test.each([['--help'], ['run', '--help'], ['league', '--help'], ['piecewise', '-h']])(
    'explains itself with %s %s',
    (...asked) => {
      const { status, stdout } = lab(...asked.filter((arg) => arg !== undefined));
      expect(status).toBe(0);
      expect(stdout).toContain('npm run lab -- ');
    },
  );
});

test('npm run lab -- piecewise writes its numbers, with the core they are of, from where npm was called', () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [MAIN, 'piecewise', '--policies', 'klucb', '--runs', '1', '--out', 'made/piecewise.json'],
    { cwd: tmpdir(), env: { ...process.env, npm_lifecycle_event: 'lab', INIT_CWD: folder }, encoding: 'utf8' },
  );
  expect(status).toBe(0);
  const { core } = JSON.parse(readFileSync(join(folder, 'made', 'piecewise.json'), 'utf8')) as { core: string };
  expect(stdout).toContain(`core of learned: ${core}\n`);
});

/** `learned` beside one published rule, on two problems. */
function piecewiseOf(means: readonly number[]): PiecewiseReport {
  const regrets = means.map((mean) => ({ mean, low: mean - 1, high: mean + 1, runs: 1 }));
  return {
    steps: 5_000,
    runs: 1,
    policies: [
      { policy: 'learned', regrets, published: null },
      { policy: 'glr-klucb-local', regrets, published: [74.2, 88] },
    ],
  };
}

describe('a league', () => {
  const block = { scenario: scenarioOf({ id: 'a/b' }), policy: 'static', first: 0, runs: 2 };
  const policies = fileURLToPath(new URL('../../lab/policies/', import.meta.url));

  test('takes up stored blocks of the same scenario and policy, and no other', () => {
    const store = new StoredBlocks(join(folder, 'runs'));
    expect(store.read(block, `${policies}static.ts`)).toBeNull();
    const result = runBlock(block, fixed);
    store.write(block, `${policies}static.ts`, result);
    expect(store.read(block, `${policies}static.ts`)).toEqual(result);
    expect(store.read({ ...block, scenario: scenarioOf({ id: 'a/b', seed: 4 }) }, `${policies}static.ts`)).toBeNull();
    expect(store.read(block, `${policies}random.ts`)).toBeNull();
    const [name] = readdirSync(join(folder, 'runs'));
    writeFileSync(join(folder, 'runs', name!), '{"runs": [');
    expect(store.read(block, `${policies}static.ts`)).toBeNull();
  });

  test('is written down with its tables, figures and numbers', () => {
    const scenario = scenarioOf({
      description: 'A small outage.',
      episodes: [{ processor: 'a', fromFraction: 0.4, toFraction: 0.6, set: { errorRate: 0.9 } }],
    });
    const result = runBlock({ ...block, scenario }, fixed);
    const curves = meanCurves([{ curves: result.curves, weight: 2 }]);
    const report = reportScenario(scenario, [{ policy: 'learned', source: 'ours', runs: result.runs }]);
    const piecewise = piecewiseOf([60, 90]);
    const subjects = [{ scenario, report, curves: new Map([['learned', curves]]) }];
    writeDocument({ subjects, piecewise, core: 'c0ffee' }, folder);
    const text = readFileSync(join(folder, 'lab.md'), 'utf8');
    expect(text).toContain('## classic\n\nA small outage. (non-stationary; 2000 payments, regret in success)');
    expect(text).toContain('| learned | **60.0** ±1.0 | 90.0 ±1.0 |');
    expect(text).not.toContain('detection.md');
    expect(text).toContain('`c0ffee`');
    const images = [...text.matchAll(/\]\((lab\/[^)]+svg)\)/g)].map(([, path]) =>
      readFileSync(join(folder, path!), 'utf8'),
    );
    expect(images).toHaveLength(2);
    expect(images.every((image) => image.startsWith('<svg') && !image.includes('NaN'))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'lab', 'league.json'), 'utf8'))).toMatchObject({
      core: 'c0ffee',
      scenarios: [{ id: 'classic', kind: 'non-stationary', verdict: null }],
      piecewise: { runs: 1 },
    });
  });
});
