// Rounds of tuning with the real core over a past that a test hands in: tried, kept, reverted, advised, killed, doubled, and the clock turned.
import { beforeEach, describe, expect, test } from 'vitest';
import { type ArmTally, EMPTY_TALLY, type TrialTallies } from '../../src/domain/tuning/optimization.ts';
import { type Caller, createCaller } from '../harness/http-caller.ts';
import { evidenceOf } from '../domain/tuning/measured-processor.ts';
import { InMemoryTunedPast, TUNING_SAMPLE } from '../../tools/in-memory/in-memory-tuning.ts';
import { TuningMemory } from '../../src/platform/tuning-memory.ts';
import { readTuningSettings } from '../../src/domain/tuning/tuning-settings.ts';
import { RESULT_WAIT_MS } from '../../src/flows/advance-trial.ts';
import { tuneSettings } from '../../src/flows/tune-settings.ts';
import * as job from '../../workers/tune-settings.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
let caller: Caller;
let past: InMemoryTunedPast;
beforeEach(async () => {
  caller = await createCaller();
  past = new InMemoryTunedPast();
  caller.set.tuning.past = past;
  past.evidenceOf.set('processor_a', evidenceOf());
});

async function round(
  variables: Partial<Record<keyof typeof TUNING_SAMPLE, string>> = {},
  cursor: string | null = null,
) {
  const counts: Record<string, number> = {};
  const read = readTuningSettings({ ...TUNING_SAMPLE, ...variables });
  const count = (more: object) => void Object.assign(counts, more);
  const after = await job.run(caller.world, read, { cursor, signal: new AbortController().signal, count });
  return { counts, cursor: after };
}
const optimizations = () =>
  caller.set.tuning.shelf.optimizations.map(
    ({ processorId, setting, to, standing }) => `${processorId} ${setting} ${to} ${standing.state}`,
  );
const first = () => caller.set.tuning.shelf.optimizations[0]!;
const arm = (units: number, rate: number): ArmTally => ({
  ...EMPTY_TALLY,
  units,
  score: units * rate,
  scoreSquares: units * rate,
});
const ends = (trial: number, heldOut: number) => (): TrialTallies => ({
  trial: arm(20_000, trial),
  heldOut: arm(20_000, heldOut),
});
const countedHours = () => past.counted.map(({ fromMs, toMs }) => (toMs - fromMs) / HOUR);

describe('a round', () => {
  test('[TUN-8] [TUN-17] tries one setting of a processor, tells it, and leaves those without evidence alone', async () => {
    past.evidenceOf.set('processor_b', evidenceOf({ attempts: 3 }));
    expect((await round()).counts).toMatchObject({ trials_open: 1, trials_begun: 1, rounds_lost: 0 });
    await round();
    expect(optimizations()).toEqual(['processor_a timeout_ms 22500 trying']);
    expect(caller.set.tuning.told).toMatchObject([{ type: 'optimization_applied', optimization: { to: 22_500 } }]);
    const missing = new Map(caller.set.tuning.shelf.looks.map((look) => [look.processorId, look.missing]));
    expect([missing.get('processor_b'), missing.get('processor_c'), missing.get('processor_a')]).toEqual([
      997, 1_000, 0,
    ]);
  });

  test('[TUN-1] [TUN-7] without data, with three transactions, constant latencies, or figures beyond reason changes nothing', async () => {
    past.evidenceOf.clear();
    past.evidenceOf.set('processor_a', evidenceOf({ attempts: 3, failures: 3 }));
    past.evidenceOf.set('processor_b', evidenceOf({ latencyP50Ms: 200, latencyP99Ms: 200, latencyP995Ms: 200 }));
    past.evidenceOf.set('processor_c', evidenceOf({ latencyP995Ms: 1e300, latencyP99Ms: -5, peakPerSecond: Infinity }));
    past.evidenceOf.set('processor_d', evidenceOf({ latencyP50Ms: Number.NaN, breakerChanges: Number.NaN }));
    await round();
    expect([optimizations(), caller.set.tuning.told]).toEqual([[], []]);
    expect(JSON.stringify(caller.set.tuning.shelf)).not.toMatch(/NaN|Infinity/);
  });

  test('[TUN-10] keeps what does no harm, and then takes the next step by evidence of its own', async () => {
    await round();
    past.tallyOf = ends(0.98, 0.98);
    caller.set.now += 3 * HOUR;
    expect((await round()).counts).toMatchObject({ kept: 1 });
    expect(caller.set.tuning.shelf.optimizations[1]).toMatchObject({
      standing: { state: 'kept', by: 'tuning', measured: { trialScore: 0.98 } },
    });
    expect(caller.set.tuning.shelf.kept).toMatchObject([
      { processorId: 'processor_a', values: { timeout_ms: 22_500 } },
    ]);
    expect(optimizations()[0]).toBe('processor_a timeout_ms 16875 trying');
    expect(caller.set.tuning.told.map(({ optimization }) => optimization.standing.state)).toEqual([
      'trying',
      'trying',
      'kept',
    ]);
  });

  test('[TUN-8] reverts what does harm, tries another setting meanwhile, and that one again after seven days', async () => {
    await round();
    past.evidenceOf.set('processor_a', evidenceOf({ breakerChanges: 0 }));
    past.tallyOf = ends(0.9, 0.98);
    caller.set.now += 3 * HOUR;
    expect((await round()).counts).toMatchObject({ reverted: 1, trials_begun: 1 });
    expect(caller.set.tuning.shelf.kept).toEqual([]);
    caller.set.now += 3 * HOUR;
    await round();
    expect(optimizations()).toEqual([
      'processor_a table_max_age_ms 4000 reverted',
      'processor_a timeout_ms 22500 reverted',
    ]);
    caller.set.now += 7 * DAY;
    await round();
    expect(optimizations()[0]).toBe('processor_a timeout_ms 22500 trying');
  });
});

describe('[TUN-12] no decision is counted twice', () => {
  test('from the first slot that every isolate has heard of, each stretch once', async () => {
    await round();
    caller.set.now += 3 * HOUR;
    await round();
    await round();
    caller.set.now += 25 * MINUTE;
    await round();
    expect(countedHours()).toEqual([1, 1, expect.closeTo(1 / 3, 5), expect.closeTo(1 / 3, 5)]);
    expect(past.counted[0]!.fromMs - first().startedAtMs).toBeGreaterThanOrEqual(MINUTE);
    expect(past.counted.every(({ fromMs }, i) => i === 0 || fromMs === past.counted[i - 1]!.toMs)).toBe(true);
    expect(past.counted.at(-1)!.toMs).toBeLessThanOrEqual(caller.set.now - RESULT_WAIT_MS);
  });

  test('by a run that is killed nothing was changed, and the next one does it', async () => {
    caller.set.tuning.diesBeforeSave = true;
    await expect(round()).rejects.toThrow('killed');
    expect([optimizations(), caller.set.tuning.told]).toEqual([[], []]);
    caller.set.tuning.diesBeforeSave = false;
    await round();
    caller.set.now += 3 * HOUR;
    past.tallyOf = () => ({ trial: arm(100, 1), heldOut: arm(100, 1) });
    caller.set.tuning.diesBeforeSave = true;
    await expect(round()).rejects.toThrow('killed');
    caller.set.tuning.diesBeforeSave = false;
    await round();
    expect(first()).toMatchObject({ standing: { state: 'trying', trial: { units: 300 } } });
  });

  test('of two rounds at once one counts', async () => {
    const both = await Promise.all([round(), round()]);
    expect(both.map(({ counts }) => counts['rounds_lost']).toSorted()).toEqual([0, 1]);
    expect([optimizations().length, caller.set.tuning.told.length]).toEqual([1, 1]);
  });

  test('by a clock that jumps back nothing, and one that jumps ahead ends the trial in bounded steps', async () => {
    await round();
    caller.set.now -= 2 * DAY;
    await round();
    expect(past.counted).toEqual([]);
    caller.set.now += 400 * DAY;
    for (let step = 0; step < 40; step += 1) await round();
    expect(optimizations().at(-1)).toBe('processor_a timeout_ms 22500 reverted');
    expect(Math.max(...countedHours())).toBe(1);
  });

  test('a job within its interval does nothing, and one after a clock was set back does', async () => {
    const { cursor } = await round();
    caller.set.now += MINUTE;
    expect(await round({}, cursor)).toEqual({ counts: {}, cursor });
    caller.set.now += MINUTE;
    expect((await round({}, cursor)).counts).toMatchObject({ trials_open: 1 });
    expect((await round({}, String(caller.set.now + DAY))).counts).toMatchObject({ trials_open: 1 });
  });
});

describe('[TUN-11] a trial ends', () => {
  test('where history could not be asked for six hours, and not before', async () => {
    await round();
    past.fault = { reason: 'unreachable' };
    caller.set.now += 6 * HOUR;
    await expect(round()).rejects.toThrow('history cannot be asked');
    expect(optimizations()).toEqual(['processor_a timeout_ms 22500 trying']);
    caller.set.now += HOUR;
    await expect(round()).rejects.toThrow('history cannot be asked');
    expect(caller.set.tuning.shelf.optimizations[0]?.standing).toMatchObject({ state: 'reverted' });
  });

  test('where its processor is gone, or another by the same name', async () => {
    await round();
    await caller.call('DELETE', '/api/v1/processors/processor_a');
    await round();
    expect(first().standing).toMatchObject({ state: 'reverted', why: expect.stringContaining('processor') as string });
  });

  test('where there is no history any more', async () => {
    await round();
    caller.set.tuning.past = null;
    await round();
    expect(first().standing).toMatchObject({ state: 'reverted', why: expect.stringContaining('history') as string });
  });
});

describe('[TUN-13] in conservative mode', () => {
  test('it is advised once, and nothing is changed nor told', async () => {
    for (let times = 0; times < 3; times += 1) {
      await round({ CONSERVATIVE_MODE: 'true' });
      caller.set.now += HOUR;
    }
    expect([optimizations(), caller.set.tuning.told]).toEqual([['processor_a timeout_ms 22500 advised'], []]);
    caller.set.now += 7 * DAY;
    await round({ CONSERVATIVE_MODE: 'true' });
    expect(optimizations()).toHaveLength(2);
    await round();
    expect(optimizations()[0]).toBe('processor_a timeout_ms 22500 trying');
  });

  test('or switched off a trial ends, and nothing is looked at', async () => {
    await round();
    await round({ CONSERVATIVE_MODE: 'true' });
    expect(optimizations()).toEqual(['processor_a timeout_ms 22500 reverted']);
    past.evidenceOf.set('processor_c', evidenceOf());
    await round({ AUTO_OPTIMIZATION_ENABLED: 'false' });
    expect(optimizations()).toHaveLength(1);
    caller.set.now += 8 * DAY;
    await round();
    expect(optimizations().length).toBeGreaterThan(2);
    await round({ AUTO_OPTIMIZATION_ENABLED: 'false' });
    expect(optimizations().some((line) => line.endsWith('trying'))).toBe(false);
  });

  test('[TUN-18] a variable that is wrong is refused by name, and nothing is tried', async () => {
    await expect(round({ OPTIMIZATION_INTERVAL_MS: 'often' })).rejects.toThrow('OPTIMIZATION_INTERVAL_MS');
    expect(optimizations()).toEqual([]);
  });
});

test('a round that is told to stop begins nothing', async () => {
  const count = (): void => undefined;
  await tuneSettings(
    caller.world,
    { isOn: true, intervalMs: 60_000, isConservative: false },
    { signal: AbortSignal.abort(), count },
  );
  expect(optimizations()).toEqual([]);
});

describe('[TUN-14] what an isolate remembers', () => {
  const one = { processorId: 'processor_a', epoch: 1, values: { timeout_ms: 9_000 }, trial: null };
  test('is asked for behind the answer, each half minute, and stays while the book is away', async () => {
    const behind: Promise<unknown>[] = [];
    let answer = (): Promise<readonly (typeof one)[]> => Promise.resolve([one]);
    const memory = new TuningMemory();
    const asking = {
      book: { published: () => answer() },
      later: (work: Promise<unknown>) => void behind.push(work),
    };
    const tuned = { published: (now: number) => memory.published(now, asking), forget: () => memory.forget() };
    expect([tuned.published(0), tuned.published(10), behind.length]).toEqual([null, null, 1]);
    await Promise.all(behind);
    answer = () => Promise.reject(new Error('away'));
    expect([tuned.published(29_999)?.get('processor_a'), behind.length]).toEqual([one, 1]);
    tuned.published(30_000);
    await Promise.all(behind);
    expect([tuned.published(31_000)?.get('processor_a'), behind.length]).toEqual([one, 2]);
    tuned.forget();
    tuned.published(31_001);
    tuned.published(-5);
    expect(behind.length).toBe(4);
  });

  test('is asked for each second while nothing was heard', async () => {
    const behind: Promise<unknown>[] = [];
    const memory = new TuningMemory();
    const asking = {
      book: { published: () => Promise.reject(new Error('away')) },
      later: (work: Promise<unknown>) => void behind.push(work),
    };
    for (const now of [0, 999, 1_000, 1_500, 2_000]) expect(memory.published(now, asking)).toBeNull();
    expect(behind).toHaveLength(3);
    await Promise.all(behind);
  });
});
