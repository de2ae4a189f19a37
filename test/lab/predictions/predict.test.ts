import { afterAll, describe, expect, test } from 'vitest';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { calibrationOf, figuresOf } from '../../../lab/predictions/figures.ts';
import { DAY_KINDS, kindOfDay, processorDay } from '../../../lab/predictions/processor-day.ts';
import { fitCurve } from '../../../lab/predictions/logistic-fit.ts';
import { measureDays, type JudgedLook, type Measured } from '../../../lab/predictions/measure-days.ts';
import { reliabilityChart } from '../../../lab/predictions/reliability-chart.ts';
import { outputOf } from '../command-output.ts';
import { run } from '../../../lab/commands/predict.ts';
import { seededDraws } from '../../../lab/detection/seeded-draws.ts';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-predict-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const predict = async (...args: readonly string[]) => await outputOf(run, args);

/** Looks whose trouble comes as a known curve has it. */
function madeLooks(count: number, probability: (measures: readonly number[]) => number = () => 0.5): JudgedLook[] {
  const draw = seededDraws('looks');
  return Array.from({ length: count }, () => {
    const measures = [4 * draw() - 2, 4 * draw() - 2];
    const came = draw() < 1 / (1 + Math.exp(1 - 2 * measures[0]! - 0.5 * measures[1]!));
    return { kind: 'latency_rising', measures, probability: probability(measures), came };
  });
}

/** The days of several seeds as one measurement. */
function together(seeds: readonly Measured[]): Measured {
  const quiet = seeds.reduce((sum, { days }) => sum + days.quiet, 0);
  return {
    days: { ...seeds[0]!.days, quiet },
    looks: seeds.flatMap(({ looks }) => looks),
    ours: seeds.flatMap(({ ours }) => ours),
    rule: seeds.flatMap(({ rule }) => rule),
    events: seeds.flatMap(({ events }) => events),
  };
}

describe('the measurement', () => {
  test('[PRD-20] looks beat the base rate of each kind, quiet days are quiet, and little is missed that the rule foresees', () => {
    const seeds = ['law', 'law-b'].map((seed) => measureDays(seed, 20));
    for (const { ours, rule } of seeds.flatMap(figuresOf))
      expect(ours.falsePerQuietDay).toBeLessThanOrEqual(rule.falsePerQuietDay);
    for (const { calibration, events, ours, rule } of figuresOf(together(seeds))) {
      expect(calibration.looks).toBeGreaterThan(0);
      expect(calibration.brier).toBeLessThan(calibration.brierOfBaseRate);
      expect(ours.falsePerQuietDay).toBeLessThanOrEqual(0.4);
      expect(rule.foreseen).toBeGreaterThan(1);
      expect(ours.foreseen).toBeGreaterThanOrEqual(0.75 * rule.foreseen);
      expect(ours.foreseen).toBeGreaterThanOrEqual(0.4 * events);
      expect(ours.confirmed).toBeGreaterThan(0);
    }
  }, 180_000);

  test('a day is the same for the same name, and each kind of day is among twenty', () => {
    expect(processorDay('a', 'errors')).toEqual(processorDay('a', 'errors'));
    expect(processorDay('b', 'errors')).not.toEqual(processorDay('a', 'errors'));
    expect(new Set(Array.from({ length: 20 }, (_, index) => kindOfDay(index)))).toEqual(new Set(DAY_KINDS));
  });

  test('the fit finds the curve that made the looks', () => {
    const { intercept, weights } = fitCurve(madeLooks(20_000));
    expect(intercept).toBeCloseTo(-1, 0);
    expect(Math.abs(weights[0]! - 2)).toBeLessThan(0.15);
    expect(Math.abs(weights[1]! - 0.5)).toBeLessThan(0.1);
  });

  test('looks foretold by the curve that made them are calibrated, halves are not', () => {
    const curve = ([first, second]: readonly number[]): number => 1 / (1 + Math.exp(1 - 2 * first! - 0.5 * second!));
    const [own, halves] = [madeLooks(20_000, curve), madeLooks(20_000)].map((looks) =>
      calibrationOf('latency_rising', looks),
    );
    expect(own!.calibrationError).toBeLessThan(0.02);
    expect(own!.brier).toBeLessThan(own!.brierOfBaseRate);
    expect(halves!.brier).toBeCloseTo(0.25, 12);
    const chart = reliabilityChart([own!, halves!]);
    expect(chart.match(/<circle/g)).toHaveLength(own!.bins.length + 1 + 2);
    expect(chart).not.toMatch(/NaN|Infinity/);
  });
});

describe('the command', () => {
  test('prints both tables, and writes the same figures for the same seed', { timeout: 30_000 }, async () => {
    const out = (name: string): string => join(folder, name);
    const told = await predict('--days', '1', '--seed', 'x', '--out', out('a.json'));
    await predict('--days', '1', '--seed', 'x', '--out', out('b.json'));
    expect(told.status).toBe(0);
    expect(told.stdout).toContain('Brier');
    expect(told.stdout).toContain('false a quiet processor-day');
    expect(told.stdout).not.toContain('NaN');
    const [first, second] = ['a.json', 'b.json'].map((name) => readFileSync(out(name), 'utf8'));
    expect(first).toBe(second);
    expect(JSON.parse(first!)).toMatchObject({ seed: 'x', days: { quiet: 1 } });
  });

  test.each([
    [['--days', '0'], '--days wants a whole number'],
    [['--seed', ''], '--seed wants a text'],
    [['--fit', '--out', 'x.json'], '--fit has its own seed and writes no file'],
    [['--bogus'], 'bogus'],
  ])('%j is refused with a sentence', async (args, sentence) => {
    const { status, stderr } = await predict(...args);
    expect(status).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
