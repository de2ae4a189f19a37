// One round of foretelling with the real core over a past that a test hands in: twice, in parallel, killed, and with history away.
import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../harness/http-caller.ts';
import { countUp } from '../../src/flows/count-up.ts';
import { InMemoryPast, PREDICTION_SAMPLE } from '../../tools/in-memory/in-memory-predictions.ts';
import { readPredictionSettings } from '../../src/domain/predictions/prediction-settings.ts';
import type { ProcessorMinute } from '../../src/domain/predictions/processor-minute.ts';
import * as foretellTrouble from '../../workers/foretell-trouble.ts';
import { RESULT } from '../harness/http-caller.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
let caller: Caller;
let past: InMemoryPast;
beforeEach(async () => {
  caller = await createCaller();
  past = new InMemoryPast();
  caller.set.predictions.past = past;
  for (const id of ['processor_b', 'processor_c'])
    await caller.call('POST', '/api/v1/transactions', {
      body: { ...RESULT, processor_id: id, payment_method: id === 'processor_b' ? 'CARD' : 'PIX' },
    });
});

/** A day of sixty attempts a minute up to `endMs`. */
const minutesTo = (endMs: number, shape: (back: number) => Partial<ProcessorMinute>): ProcessorMinute[] =>
  Array.from({ length: 1_440 }, (_, i) => {
    const back = 1_440 - i;
    return {
      minute: Math.floor(endMs / MINUTE) - back,
      attempts: 60,
      failures: back % 2,
      timeouts: 0,
      latencyP50Ms: 400,
      latencyP95Ms: 1_000,
      breakerTransitions: 0,
      breakerOpenings: 0,
      breakerClosings: 0,
      queueDepth: 0,
      ...shape(back),
    };
  });
const ramp = (back: number) => ({ failures: Math.round(6 * Math.max(0, 1 - back / 60)) });

async function foretell(cursor: string | null = null, signal = new AbortController().signal) {
  const counts: Record<string, number> = {};
  const count = (more: object) => void Object.assign(counts, more);
  const after = await foretellTrouble.run(caller.world, { token: 7, cursor, signal, count });
  return { counts, cursor: after ?? null };
}
const list = async () => (await caller.call('GET', '/api/v1/predictions')).json;

describe('[PRD-27] a round', () => {
  test('opens what is foretold of who it is foretold of, tells it live, and hands it to history', async () => {
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, ramp));
    past.minutesOf.set(
      'processor_c',
      minutesTo(caller.set.now, () => ({})),
    );
    expect((await foretell()).counts).toMatchObject({ processors_seen: 5, predictions_opened: 1, rows_unsent: 0 });
    expect(await list()).toMatchObject({
      count: 1,
      predictions: [{ processor_id: 'processor_a', kind: 'error_rate_rising', outcome: null }],
      ended: [],
      settings: { enabled: true, sensitivity: 'medium', auto_schedule_maintenance: true, confidence_threshold: 0.6 },
    });
    expect(caller.set.predictions.told).toMatchObject([{ type: 'prediction', change: { type: 'opened' } }]);
    expect([...caller.set.predictions.kept.values()]).toMatchObject([{ processorId: 'processor_a', outcome: null }]);
  });

  test('takes the timeout that tuning has kept for the limit of latency', async () => {
    const { id, epoch } = caller.set.configuration.processors.find((one) => one.id === 'processor_a')!;
    const values = { timeout_ms: 1_500 };
    caller.set.tuning.shelf = { ...caller.set.tuning.shelf, kept: [{ processorId: id, epoch, values }] };
    const slower = (back: number) => ({ latencyP95Ms: 1_000 + 400 * Math.max(0, 1 - back / 60) });
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, slower));
    await foretell();
    expect(await list()).toMatchObject({
      predictions: [{ kind: 'latency_rising', limit: 1_500, evidence: { limitIs: 'timeout', limitMs: 1_500 } }],
    });
  });

  test('opens nothing of three transactions, of constant minutes, of none, and of what makes no sense', async () => {
    const now = Math.floor(caller.set.now / MINUTE);
    const strange = [NaN, -5, 1e300, Infinity].map((value, i) => ({
      ...minutesTo(caller.set.now, () => ({}))[1_439 - i]!,
      attempts: value,
      failures: value,
      latencyP95Ms: value,
    }));
    past.minutesOf.set(
      'processor_a',
      minutesTo(caller.set.now, () => ({ failures: 6 })),
    );
    past.minutesOf.set(
      'processor_b',
      minutesTo(caller.set.now, (back) => ({ attempts: back <= 3 ? 1 : 0, failures: 1 })),
    );
    past.minutesOf.set('processor_c', strange);
    past.minutesOf.set('processor_d', [{ ...strange[0]!, minute: now + 500 }]);
    expect((await foretell()).counts).toMatchObject({ predictions_opened: 0 });
    expect((await caller.call('GET', '/autonomous/predictions')).text).not.toMatch(/NaN|Infinity/);
  });
});

describe('[PRD-28] the same minutes', () => {
  beforeEach(() => past.minutesOf.set('processor_a', minutesTo(caller.set.now, ramp)));

  test('foretell once, by two runs at once and one after the other', async () => {
    const both = await Promise.all([foretell(), foretell()]);
    expect(both.map(({ counts }) => counts['predictions_opened'] ?? 0).sort()).toEqual([0, 1]);
    await foretell(both[0].cursor);
    expect(await list()).toMatchObject({ count: 1 });
    expect(caller.set.predictions.told).toHaveLength(1);
  });

  test('of a run that was killed once the book had them are handed on by the next, and not foretold again', async () => {
    caller.set.predictions.diesAfterSave = true;
    await expect(foretell()).rejects.toThrow('killed');
    caller.set.predictions.diesAfterSave = false;
    expect(caller.set.predictions.kept.size).toBe(0);
    expect((await foretell()).counts).toMatchObject({ predictions_opened: 0, rows_unsent: 0 });
    expect(caller.set.predictions.kept.size).toBe(1);
    expect(await list()).toMatchObject({ count: 1 });
  });

  test('wait while history takes no rows', async () => {
    caller.set.predictions.isFull = true;
    expect((await foretell()).counts).toMatchObject({ predictions_opened: 1, rows_unsent: 1 });
    caller.set.predictions.isFull = false;
    expect((await foretell()).counts).toMatchObject({ rows_unsent: 0 });
    expect(caller.set.predictions.kept.size).toBe(1);
  });
});

describe('[PRD-29] what came of it', () => {
  beforeEach(async () => {
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, ramp));
    await foretell();
  });

  test('is confirmed by the trouble, with its lead, and counts as precise', async () => {
    caller.set.now += 20 * MINUTE;
    past.minutesOf.set(
      'processor_a',
      minutesTo(caller.set.now, (back) => (back <= 15 ? { failures: 20 } : ramp(back - 20))),
    );
    expect((await foretell()).counts).toMatchObject({ predictions_confirmed: 1 });
    const json = await list();
    expect(json).toMatchObject({ count: 0, ended: [{ outcome: 'confirmed' }] });
    expect((json['stats'] as object[])[0]).toMatchObject({
      kind: 'error_rate_rising',
      judged: 1,
      precision: 1,
      lead_mean_seconds: expect.closeTo(300, -3),
      reliability: [{ count: 1, came: 1 }],
    });
    expect([...caller.set.predictions.kept.values()]).toMatchObject([{ outcome: 'confirmed' }]);
  });

  test('is false when the hour has gone by without, and in no figure when nothing was seen of it', async () => {
    caller.set.now += HOUR;
    const shelf = caller.set.predictions.shelf;
    past.minutesOf.set(
      'processor_a',
      minutesTo(caller.set.now, () => ({ failures: 0 })),
    );
    expect((await foretell()).counts).toMatchObject({ predictions_false: 1 });
    expect((await list())['stats']).toMatchObject([{ judged: 1, precision: 0, brier: expect.any(Number) }, {}, {}, {}]);
    caller.set.predictions.shelf = { ...shelf, revision: caller.set.predictions.shelf.revision };
    past.minutesOf.set('processor_a', []);
    expect((await foretell()).counts).toMatchObject({ predictions_unjudged: 1 });
    expect((await list())['stats']).toMatchObject([
      { judged: 0, unjudged: 1, precision: null, brier: null },
      {},
      {},
      {},
    ]);
  });

  test('is unjudged when the clock that it was opened by ran ahead', async () => {
    caller.set.now -= DAY;
    expect((await foretell()).counts).toMatchObject({ predictions_unjudged: 1 });
  });
});

describe('[PRD-30] without a past', () => {
  test('the run fails where history or the Registry is away, and changes nothing', async () => {
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, ramp));
    past.fault = { reason: 'unprepared', code: '42P01' };
    await expect(foretell()).rejects.toThrow('History is away: unprepared 42P01');
    past.fault = null;
    caller.set.registryFault = new Error('away');
    await expect(foretell()).rejects.toThrow('away');
    caller.set.registryFault = null;
    expect(caller.set.predictions.shelf.revision).toBe(0);
  });

  test('of a deployment that keeps none, or when it is switched off, it does nothing and keeps its cursor', async () => {
    caller.set.predictions.past = null;
    expect(await foretell('c')).toEqual({ counts: { is_off: 0, is_without_history: 1 }, cursor: 'c' });
    caller.set.predictions.past = past;
    caller.set.predictions.settings = {
      ok: true,
      settings: { isOn: false, sensitivity: 'low', schedulesMaintenance: true, confidenceMin: 0 },
    };
    expect(await foretell('c')).toEqual({ counts: { is_off: 1, is_without_history: 0 }, cursor: 'c' });
    caller.set.predictions.settings = {
      ok: false,
      issues: [{ field: 'PREDICTION_SENSITIVITY', message: 'must be x' }],
    };
    await expect(foretell()).rejects.toThrow('PREDICTION_SENSITIVITY');
  });

  test('that is told to stop, judges nobody', async () => {
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, ramp));
    const stopped = new AbortController();
    stopped.abort();
    await expect(foretell(null, stopped.signal)).rejects.toThrow('the time was over');
    expect(caller.set.predictions.shelf.revision).toBe(0);
  });
});

describe('[PRD-31] counting', () => {
  const NOW = Date.UTC(2026, 10, 20, 12);
  const ask = (cursor: string | null, isOver = () => false) => ({ cursor, now: NOW, isOver });

  test('goes in stretches that double, hours that have ended alone, without a hole', async () => {
    past.firstMs = NOW - 3 * DAY;
    const { stretches, isComplete } = await countUp(past, ask(null));
    expect([stretches, isComplete]).toEqual([4, true]);
    expect(past.counted[0]!.fromMs).toBe(NOW - 3 * DAY);
    past.counted.slice(1).forEach(({ fromMs }, i) => expect(fromMs).toBe(past.counted[i]!.toMs));
    expect(past.counted.at(-1)!.toMs).toBe(NOW - HOUR);
  });

  test('is cut smaller where PostgreSQL cannot count so much in time, and fails where it counts nothing', async () => {
    past.firstMs = NOW - 2 * DAY;
    past.countableMs = 2 * HOUR;
    expect(await countUp(past, ask(null))).toMatchObject({ isComplete: true });
    expect(past.counted.every(({ fromMs, toMs }) => toMs - fromMs <= 2 * HOUR)).toBe(true);
    past.countableMs = 0;
    await expect(countUp(past, ask(null))).rejects.toThrow('unreachable');
  });

  test('that is not done in time goes on from where it was', async () => {
    past.firstMs = NOW - 60 * DAY;
    let left = 2;
    const first = await countUp(
      past,
      ask(null, () => (left -= 1) < 0),
    );
    expect(first).toMatchObject({ stretches: 2, isComplete: false });
    const countedTo = past.counted.at(-1)!.toMs;
    expect(await countUp(past, ask(first.cursor))).toMatchObject({ isComplete: true });
    expect(past.counted[2]!.fromMs).toBe(countedTo - HOUR);
    caller.set.now = NOW;
  });

  test('that PostgreSQL leaves in the middle keeps what was counted, and fails where nothing was', async () => {
    past.firstMs = NOW - 60 * DAY;
    let left = 2;
    const asked = past.countHours.bind(past);
    past.countHours = async (stretch) =>
      (left -= 1) < 0 ? { ok: false, fault: { reason: 'unreachable' } } : await asked(stretch);
    const first = await countUp(past, ask(null));
    expect(first).toMatchObject({ stretches: 2, isComplete: false });
    await expect(countUp(past, ask(first.cursor))).rejects.toThrow('unreachable');
    left = 99;
    expect(await countUp(past, ask(first.cursor))).toMatchObject({ isComplete: true });
  });

  test('that is behind lets nobody be judged by the minutes of yesterday', async () => {
    past.firstMs = caller.set.now - DAY;
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, ramp));
    const clock = caller.world.now.bind(caller.world);
    let asked = 0;
    Object.assign(caller.world, { now: () => clock() + 40_000 * (asked += 1) });
    expect((await foretell()).counts).toEqual({ stretches_counted: 1 });
  });
});

describe('[PRD-39] maintenance by itself', () => {
  /** In its second outage within the hour. */
  const flapping = (back: number) => ({
    breakerTransitions: [1, 20, 21, 22].includes(back) ? 1 : 0,
    breakerOpenings: [1, 22].includes(back) ? 1 : 0,
    breakerClosings: back === 20 ? 1 : 0,
  });
  beforeEach(() => {
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, flapping));
    const hour = Math.floor(caller.set.now / HOUR);
    past.hoursOf.set(
      'processor_a',
      Array.from({ length: 14 * 24 }, (_, i) => {
        const at = hour - 14 * 24 + i;
        return { hour: at, attempts: at % 24 === 3 ? 1 : 500, approved: 1, latencyP50Ms: 1, latencyP95Ms: 1 };
      }),
    );
  });

  test('is scheduled in the quietest hour where flapping is foretold, once, and told', async () => {
    expect((await foretell()).counts).toMatchObject({ predictions_opened: 1, maintenance_scheduled: 1 });
    expect(caller.set.predictions.windows).toMatchObject([
      { processorId: 'processor_a', who: 'predictive-maintenance', standing: { state: 'scheduled' } },
    ]);
    const [window] = caller.set.predictions.windows;
    expect(new Date(window!.window.fromMs).getUTCHours()).toBe(3);
    expect(window!.window.toMs - window!.window.fromMs).toBe(30 * MINUTE);
    expect(caller.set.predictions.told.map(({ type }) => type)).toEqual(['prediction', 'maintenance_scheduled']);
    caller.set.predictions.shelf = {
      ...caller.set.predictions.shelf,
      book: { ...caller.set.predictions.shelf.book, open: [] },
    };
    expect((await foretell()).counts).toMatchObject({ predictions_opened: 1, maintenance_scheduled: 0 });
  });

  test('is scheduled as well once flapping that was only to be watched has come', async () => {
    const once = (back: number) => ({
      breakerTransitions: [2, 3, 4].includes(back) ? 1 : 0,
      breakerOpenings: back === 4 ? 1 : 0,
      breakerClosings: back === 2 ? 1 : 0,
    });
    past.minutesOf.set('processor_a', minutesTo(caller.set.now, once));
    expect((await foretell()).counts).toMatchObject({ predictions_opened: 1, maintenance_scheduled: 0 });
    expect(await list()).toMatchObject({ predictions: [{ kind: 'breaker_flapping', recommended_action: 'watch' }] });
    caller.set.now += 10 * MINUTE;
    past.minutesOf.set(
      'processor_a',
      minutesTo(caller.set.now, (back) => (back <= 9 ? once(back) : once(back - 10))),
    );
    expect((await foretell()).counts).toMatchObject({ predictions_confirmed: 1, maintenance_scheduled: 1 });
    expect(await list()).toMatchObject({
      ended: [{ outcome: 'confirmed', recommended_action: 'schedule_maintenance' }],
    });
  });

  test('[SET-5] is not for what is less probable than the threshold: that is told, and no more', async () => {
    const confident = (CONFIDENCE_THRESHOLD: string) => {
      const settings = readPredictionSettings({ ...PREDICTION_SAMPLE, CONFIDENCE_THRESHOLD });
      caller.set.predictions.settings = settings;
    };
    confident('0.999');
    expect((await foretell()).counts).toMatchObject({ predictions_opened: 1, maintenance_scheduled: 0 });
    expect(await list()).toMatchObject({ count: 1, settings: { confidence_threshold: 0.999 } });
    expect(caller.set.predictions.windows).toEqual([]);
    const { book } = caller.set.predictions.shelf;
    caller.set.predictions.shelf = { ...caller.set.predictions.shelf, book: { ...book, open: [] } };
    confident('0.2');
    expect((await foretell()).counts).toMatchObject({ maintenance_scheduled: 1 });
  });

  test.each(['', '1.1', '-0.1', 'high', '1e-1', '.5'])('[SET-1] a threshold of "%s" is refused by its name', (text) => {
    expect(readPredictionSettings({ ...PREDICTION_SAMPLE, CONFIDENCE_THRESHOLD: text })).toEqual({
      ok: false,
      issues: [{ field: 'CONFIDENCE_THRESHOLD', message: 'must be a number, 0-1' }],
    });
  });

  test('is not where that is switched off', async () => {
    caller.set.predictions.settings = {
      ok: true,
      settings: { isOn: true, sensitivity: 'medium', schedulesMaintenance: false, confidenceMin: 0 },
    };
    await foretell();
    expect(await list()).toMatchObject({ count: 1 });
    expect(caller.set.predictions.windows).toEqual([]);
  });
});
