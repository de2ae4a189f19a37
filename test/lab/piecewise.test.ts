import { describe, expect, test, vi } from 'vitest';
import { CONTESTANTS, PUBLISHED_REGRET } from '../../lab/piecewise-contestants.ts';
import { measureRegret, PIECEWISE_PROBLEMS, pseudoRegret, type Contestant } from '../../lab/piecewise.ts';
import { run } from '../../lab/commands/piecewise.ts';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const always =
  (arm: number): Contestant =>
  () => ({ choose: () => ({ arm, propensity: 1, probe: false }), learn: () => undefined });

test.each([
  { problem: 1, arm: 0, regret: 600 + 600 + 0 + 0 + 0 },
  { problem: 1, arm: 2, regret: 0 + 0 + 200 + 600 + 600 },
  { problem: 2, arm: 1, regret: 400 + 300 + 300 + 500 + 700 },
  { problem: 3, arm: 1, regret: 875 + 0 + 500 + 125 },
  { problem: 4, arm: 0, regret: 2_000 + 62.5 + 0 + 0 + 250 },
])('in problem $problem who always chooses arm $arm loses $regret', ({ problem, arm, regret }) => {
  expect(pseudoRegret(PIECEWISE_PROBLEMS[problem - 1]!, always(arm), 1)).toBeCloseTo(regret, 6);
});

test('the numbers of changes that are told are 4, 4, 3 and 4', () => {
  const told = PIECEWISE_PROBLEMS.map((problem) => {
    let heard = -1;
    pseudoRegret(problem, (world, changes) => ((heard = changes), always(0)(world, changes, problem)), 1);
    return heard;
  });
  expect(told).toEqual([4, 4, 3, 4]);
});

test('a seed gives the same run again, another seed another', () => {
  const [problem, thompson] = [PIECEWISE_PROBLEMS[0]!, CONTESTANTS.get('thompson')!];
  expect(pseudoRegret(problem, thompson, 5)).toBe(pseudoRegret(problem, thompson, 5));
  expect(pseudoRegret(problem, thompson, 5)).not.toBe(pseudoRegret(problem, thompson, 6));
});

describe.each([...PUBLISHED_REGRET])('%s', (policy, published) => {
  test('loses what was published, within 35% on 12 runs', () => {
    const ratios = PIECEWISE_PROBLEMS.map(
      (problem, place) => measureRegret(problem, CONTESTANTS.get(policy)!, 12).mean / published[place]!,
    );
    for (const ratio of ratios) {
      expect(ratio).toBeGreaterThan(0.65);
      expect(ratio).toBeLessThan(1.35);
    }
  });
});

test.each(PIECEWISE_PROBLEMS)(
  'learned loses less than plain Thompson sampling and than klUCB in problem $id',
  (problem) => {
    const lost = (policy: string): number => measureRegret(problem, CONTESTANTS.get(policy)!, 4).mean;
    expect(lost('learned')).toBeLessThan(Math.min(lost('thompson'), lost('klucb')));
  },
);

test.each(PIECEWISE_PROBLEMS)(
  'no rule that has to find the changes comes near who is told of them, in problem $id',
  (problem) => {
    const lost = (policy: string): number => measureRegret(problem, CONTESTANTS.get(policy)!, 12).mean;
    const told = lost('oracle-restarts');
    for (const policy of ['glr-klucb-local', 'cusum-klucb', 'sw-klucb', 'd-ts-99', 'klucb'])
      expect(lost(policy), policy).toBeGreaterThan(told);
  },
);

test('discounted Thompson sampling of .95 loses twice as much as paper than as it is coded: there only the played arm forgets', () => {
  const lost = (policy: string): number => measureRegret(PIECEWISE_PROBLEMS[0]!, CONTESTANTS.get(policy)!, 12).mean;
  expect(lost('d-ts-95')).toBeGreaterThan(1.7 * lost('d-ts-95-as-coded'));
});

describe('the command', () => {
  async function told(args: string[]): Promise<{ code: number; out: string; err: string }> {
    const out: string[] = [];
    const err: string[] = [];
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => out.push(String(text)) > 0);
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => err.push(String(text)) > 0);
    try {
      const code = await run(args);
      return { code, out: out.join(''), err: err.join('') };
    } finally {
      stdout.mockRestore();
      stderr.mockRestore();
    }
  }

  test('--help names every policy', async () => {
    const { code, out } = await told(['--help']);
    expect(code).toBe(0);
    for (const policy of CONTESTANTS.keys()) expect(out).toContain(policy);
  });

  test.each([
    { args: ['--policies', 'klucb,nobody'], said: 'nobody' },
    { args: ['--runs', '0'], said: '--runs' },
    { args: ['--runs', 'many'], said: '--runs' },
    { args: ['--speed', '9'], said: '--speed' },
  ])('$args is refused with a word on $said', async ({ args, said }) => {
    const { code, err } = await told(args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  test('--out holds the numbers of every problem', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'piecewise-'));
    try {
      const file = join(folder, 'out.json');
      expect((await told(['--policies', 'sw-klucb', '--runs', '2', '--out', file])).code).toBe(0);
      const document = JSON.parse(await readFile(file, 'utf8')) as {
        problems: { problem: number; policies: { policy: string; regret: { mean: number }; runs: number }[] }[];
      };
      expect(document.problems.map(({ problem }) => problem)).toEqual([1, 2, 3, 4]);
      const expected = PIECEWISE_PROBLEMS.map(
        (problem) => measureRegret(problem, CONTESTANTS.get('sw-klucb')!, 2).mean,
      );
      expect(document.problems.map(({ policies }) => policies[0]?.regret.mean)).toEqual(expected);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
