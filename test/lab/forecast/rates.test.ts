import { afterAll, describe, expect, test } from 'vitest';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { countsOf, RATE_WORLDS, ratesOf } from '../../../lab/forecast/rate-worlds.ts';
import { measureRates } from '../../../lab/forecast/measure-rates.ts';
import { outputOf } from '../command-output.ts';
import { run } from '../../../lab/commands/rates.ts';
import { seededDraws } from '../../../lab/detection/seeded-draws.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-rates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rates = async (...args: readonly string[]) => await outputOf(run, args);

describe('what 95% intervals hold', () => {
  const given = { seed: 'law', runs: 8, hours: 14 * 24, horizon: 24 };

  test.each(RATE_WORLDS)('[FCT-16] a %s rate, 5, 15 and 50 attempts an hour', (world) => {
    const cells = [5, 15, 50].map((attempts) => measureRates(world, attempts, given));
    const mean = (of: 'sharesHeld' | 'ratesHeld'): number => cells.reduce((sum, cell) => sum + cell[of], 0) / 3;
    expect(mean('sharesHeld')).toBeGreaterThanOrEqual(0.93);
    expect(mean('sharesHeld')).toBeLessThanOrEqual(0.97);
    // Eight levels, where they drift each wrong for a whole day: of one cell less is known.
    for (const { sharesHeld, rateWidth } of cells) {
      expect(sharesHeld).toBeGreaterThanOrEqual(0.91);
      expect(sharesHeld).toBeLessThanOrEqual(0.98);
      expect(rateWidth).toBeLessThan(0.45);
    }
    expect(mean('ratesHeld')).toBeGreaterThanOrEqual(0.85);
  });
});

describe('the measurement', () => {
  test('is the same for the same seed, and another for another', () => {
    const given = { seed: 'a', runs: 1, hours: 72, horizon: 4 };
    expect(measureRates('drifting', 5, given)).toEqual(measureRates('drifting', 5, given));
    expect(measureRates('drifting', 5, { ...given, seed: 'b' })).not.toEqual(measureRates('drifting', 5, given));
  });

  test.each(RATE_WORLDS)('a %s rate is within (0, 1), and its counts are its own', (world) => {
    const draw = seededDraws(world);
    const made = ratesOf(world, 3_000, draw);
    for (const rate of made) expect(rate > 0 && rate < 1).toBe(true);
    const counts = countsOf(made, 20, draw);
    const sum = (of: (index: number) => number): number => counts.reduce((total, _, index) => total + of(index), 0);
    const tried = sum((index) => counts[index]!.attempts);
    expect(tried / counts.length).toBeCloseTo(20, -1);
    const expected = sum((index) => counts[index]!.attempts * made[index]!);
    expect(sum((index) => counts[index]!.successes) / expected).toBeCloseTo(1, 1);
  });
});

describe('the command', () => {
  test(
    'prints a row for each rate and number of attempts, and writes the same figures',
    { timeout: 30_000 },
    async () => {
      const out = join(folder, 'rates.json');
      const { status, stdout } = await rates('--runs', '1', '--seed', 'x', '--out', out);
      expect(status).toBe(0);
      expect(stdout.split('\n').filter((line) => /%/.test(line))).toHaveLength(RATE_WORLDS.length * 5);
      expect(stdout).not.toContain('NaN');
      expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ seed: 'x', runs: 1, rows: { length: 30 } });
    },
  );

  test.each([
    [['--runs', '0'], '--runs wants a whole number'],
    [['--seed', ''], '--seed wants a text'],
    [['--bogus'], 'bogus'],
  ])('%j is refused with a sentence', async (args, sentence) => {
    const { status, stderr } = await rates(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
