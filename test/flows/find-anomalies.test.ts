// Runs that find anomalies, minute by minute, over a history whose faults are known.
import { beforeEach, describe, expect, test } from 'vitest';
import { addressOf } from '../harness/results.ts';
import { anomaliesOf, type AnomalyCircumstances, noAnomalies } from '../../tools/in-memory/in-memory-anomalies.ts';
import type { AnomalyDesk } from '../../src/ports/anomaly-port.ts';
import { countedAttempts } from '../harness/counted-attempts.ts';
import { findAnomalies } from '../../src/flows/find-anomalies.ts';
import type { MaintenanceWindow } from '../../src/domain/predictions/maintenance-window.ts';
import { numbersIn } from '../domain/localisation/sample-windows.ts';
import type { Override } from '../../src/domain/configuration/configuration.ts';
import { PROCESSORS, simulatedAttempts, type SimulatedHouse } from '../harness/simulated-attempts.ts';
import type { ScopeMinute } from '../../src/domain/payment-anomalies/house-watch.ts';

const FROM = 29_400_480;
const OUTAGE_FROM = FROM + 180;
const MINUTE_MS = 60_000;
const processors = PROCESSORS.map((id) => ({ ...addressOf(id), enabled: true })) as never;
let set: AnomalyCircumstances;
let desk: AnomalyDesk;
let counts: Record<string, number>;

beforeEach(() => {
  set = noAnomalies();
  desk = anomaliesOf(set);
  counts = {};
});

/** A run in the middle of the minute after `minute`. */
const runAt = async (minute: number, over: Partial<AnomalyDesk> = {}, signal = new AbortController().signal) =>
  await findAnomalies(
    { ...desk, history: desk.history, ...over },
    { processors, overrides: [] },
    {
      now: (minute + 1) * MINUTE_MS + 30_000,
      signal,
      count: (more) => void (counts = { ...counts, ...more }),
    },
  );

const counted = (house: Partial<SimulatedHouse>) =>
  countedAttempts(simulatedAttempts({ name: 'house', perMinute: 40, fromMinute: FROM, minutes: 200, ...house }));

const outageOf =
  (name: string): NonNullable<SimulatedHouse['fault']> =>
  ({ minute, processor }) =>
    minute >= OUTAGE_FROM && minute < OUTAGE_FROM + 20 && processor === name
      ? { result: 'error', fault: 'processor', declineCode: 'http_503' }
      : null;
const OUTAGE = counted({ minutes: 250, fault: outageOf('beta') });
const fillOutage = (): void => void Object.assign(set, OUTAGE);

async function runThrough(from: number, through: number): Promise<void> {
  for (let minute = from; minute <= through; minute += 1) await runAt(minute);
}

describe('what is read', () => {
  test('[ANM-1] are whole minutes that have ended, in order, each once', async () => {
    await runAt(FROM);
    expect(set.asked.at(0)).toEqual([FROM - 4_319, FROM - 4_319 + 59]);
    expect(set.asked.at(-1)![1]).toBe(FROM);
    expect(set.throughMinute).toBe(FROM);
    set.asked.length = 0;
    await runAt(FROM);
    expect(set.asked).toEqual([]);
    await runAt(FROM + 1);
    expect(set.asked).toEqual([[FROM + 1, FROM + 1]]);
  });

  test('[ANM-1] is nothing of which a row has not arrived: late rows are waited for', async () => {
    await runAt(FROM);
    set.unsent = (FROM + 3) * MINUTE_MS + 5;
    await runAt(FROM + 10);
    expect(set.throughMinute).toBe(FROM + 2);
    set.unsent = null;
    await runAt(FROM + 10);
    expect(set.throughMinute).toBe(FROM + 10);
  });

  test('[ANM-1] waits ten minutes for an object that does not answer, and goes on', async () => {
    await runAt(FROM);
    set.unsent = 'away';
    await runAt(FROM + 10);
    expect(set.throughMinute).toBe(FROM);
    await runAt(FROM + 14);
    expect(set.throughMinute).toBe(FROM + 4);
  });

  test('[ANM-4] while history is away the run fails and learns nothing; then it catches up, an hour a question, three days at most', async () => {
    await runAt(FROM);
    set.fault = { reason: 'unreachable' };
    await expect(runAt(FROM + 100)).rejects.toThrow('history is unreachable');
    expect(set.throughMinute).toBe(FROM);
    set.fault = null;
    set.asked.length = 0;
    await runAt(FROM + 100);
    expect(set.asked).toEqual([
      [FROM + 1, FROM + 60],
      [FROM + 61, FROM + 100],
    ]);
    set.asked.length = 0;
    await runAt(FROM + 20_000);
    expect(set.asked[0]![0]).toBe(FROM + 20_000 - 4_319);
    expect(set.throughMinute).toBe(FROM + 20_000);
  });

  test('[ANM-4] a question that is not answered in time is asked for fewer minutes', async () => {
    await runAt(FROM);
    set.asked.length = 0;
    const history = desk.history!;
    const slow = {
      ...history,
      minutes: async (from: number, through: number) =>
        through - from >= 10
          ? await Promise.resolve({ ok: false as const, fault: { reason: 'unreachable' as const } })
          : await history.minutes(from, through),
    };
    await runAt(FROM + 20, { history: slow });
    expect(set.throughMinute).toBe(FROM + 20);
  });

  test('[ANM-6] after the clock was set back by days it goes on from there, and what was found by the wrong clock is over', async () => {
    fillOutage();
    await runThrough(OUTAGE_FROM, OUTAGE_FROM + 6);
    expect(set.anomalies).toMatchObject([{ closedMinute: null }]);
    const before = OUTAGE_FROM - 5_000;
    await runAt(before);
    expect(set.throughMinute).toBe(before);
    expect(set.anomalies).toMatchObject([{ closedMinute: before - 1, closedAs: 'no_data' }]);
    await runAt(before + 1);
    expect(set.throughMinute).toBe(before + 1);
  });

  test('[ANM-6] a clock that runs ahead a little waits for time to come', async () => {
    await runAt(FROM + 3);
    set.asked.length = 0;
    await runAt(FROM);
    expect(set.asked).toEqual([]);
    expect(set.throughMinute).toBe(FROM + 3);
  });

  test('[ANM-12] is nothing while it is switched off, or where there is no history', async () => {
    await runAt(FROM, { history: null });
    set.settings = { ...set.settings, enabled: false };
    await runAt(FROM);
    expect(set.throughMinute).toBeNull();
    expect(set.asked).toEqual([]);
  });
});

describe('runs at once, and killed ones', () => {
  test('[ANM-5] two runs at once learn each minute once', async () => {
    fillOutage();
    await runAt(OUTAGE_FROM - 1);
    const alone = structuredClone(set.scopes.get('*'));
    await Promise.all([runAt(OUTAGE_FROM - 1), runAt(OUTAGE_FROM - 1)]);
    expect(set.scopes.get('*')).toEqual(alone);
    await Promise.all([runAt(OUTAGE_FROM + 6), runAt(OUTAGE_FROM + 6), runAt(OUTAGE_FROM + 6)]);
    expect(set.anomalies).toHaveLength(1);
    expect(set.scopes.get('*')!.watch.minute).toBe(OUTAGE_FROM + 6);
  });

  test('[ANM-5] a run killed after it has learned learns nothing twice: the next one explains and tells', async () => {
    fillOutage();
    await runAt(OUTAGE_FROM - 1);
    const dead = { ...desk.book, unexplained: async () => await Promise.reject(new Error('the run was killed')) };
    await expect(runAt(OUTAGE_FROM + 6, { book: dead })).rejects.toThrow('killed');
    expect(set.alerted).toEqual([]);
    const learned = structuredClone(set.scopes.get('*'));
    await runAt(OUTAGE_FROM + 6);
    expect(set.scopes.get('*')).toEqual(learned);
    expect(set.anomalies).toMatchObject([{ causes: [{ combination: { processor: 'beta' }, verdict: 'processor' }] }]);
    expect(set.alerted).toHaveLength(1);
  });

  test('[ANM-5] told to stop, it stops between two questions', async () => {
    const stopped = AbortSignal.abort();
    await runAt(FROM, {}, stopped);
    expect(set.asked).toEqual([]);
  });
});

describe('what is found', () => {
  test('[ANM-8] an outage is one anomaly, whatever it shows itself by, with its cause and the money at risk, and is over when it is over', async () => {
    fillOutage();
    await runAt(OUTAGE_FROM - 1);
    await runThrough(OUTAGE_FROM, OUTAGE_FROM + 69);
    expect(set.anomalies).toHaveLength(1);
    const [outage] = set.anomalies;
    expect(outage).toMatchObject({
      kind: 'success_drop',
      severity: 'critical',
      closedAs: 'over',
      atRisk: { currency: 'BRL' },
    });
    expect(outage!.openedMinute - OUTAGE_FROM).toBeLessThan(4);
    expect(new Set(outage!.symptoms.map(({ scope }) => scope)).size).toBeGreaterThan(2);
    expect(outage!.causes).toMatchObject([
      { combination: { processor: 'beta' }, verdict: 'processor', processorsFine: ['alpha', 'gamma'] },
    ]);
    // 40 a minute at 50 BRL, of which a third is lost, 89% of that being approved usually: 35,600 BRL an hour.
    expect(outage!.atRisk!.minorPerHour).toBeGreaterThan(2_500_000);
    expect(outage!.atRisk!.minorPerHour).toBeLessThan(5_500_000);
  });

  test('[ANM-9] a BIN that all processors decline is issuer-wide', async () => {
    const fault: SimulatedHouse['fault'] = ({ minute, bin, draw }) =>
      minute >= OUTAGE_FROM && bin === '422222' && draw() < 0.8
        ? { result: 'declined', fault: 'issuer', declineCode: 'do_not_honor' }
        : null;
    Object.assign(set, counted({ fault }));
    await runAt(OUTAGE_FROM - 1);
    await runThrough(OUTAGE_FROM, OUTAGE_FROM + 15);
    expect(set.anomalies).toHaveLength(1);
    expect(set.anomalies[0]!.causes).toMatchObject([
      {
        combination: { bin: '422222' },
        verdict: 'issuer',
        measure: 'decline',
        processorsRisen: ['alpha', 'beta', 'gamma'],
      },
    ]);
    expect(set.alerted.at(-1)).toMatchObject({
      processorId: '*',
      reason: expect.stringContaining('BIN 422222: issuer-wide'),
    });
  });

  test('[ANM-14] quiet, constant and empty days, three transactions, gaps, negative and huge values raise nothing, and no number is not finite', async () => {
    const quiet = countedAttempts(simulatedAttempts({ name: 'quiet', perMinute: 10, fromMinute: FROM, minutes: 700 }));
    const [three] = quiet.minuteOf(FROM);
    const strange = { ...three!, attempts: -5, approvals: 1e300, amounts: { BRL: { attempts: -1, minor: -1e300 } } };
    const traffics: AnomalyCircumstances['minuteOf'][] = [
      quiet.minuteOf,
      (minute) => (minute < FROM ? [] : [{ ...three!, minute }]).filter(() => minute % 7 !== 0),
      (minute) => (minute === FROM + 3 ? [{ ...three!, minute, attempts: 3, approvals: 1, failures: 2 }] : []),
      (minute) => (minute < FROM + 300 || minute > FROM + 500 ? [] : [{ ...three!, minute }]),
      (minute) => (minute % 60 === 0 ? [{ ...strange, minute }] : []),
      () => [],
    ];
    for (const minuteOf of traffics) {
      set = { ...noAnomalies(), minuteOf };
      desk = anomaliesOf(set);
      await runAt(FROM + 699);
      expect(set.anomalies).toEqual([]);
      expect(numbersIn([...set.scopes.values()]).filter((number) => !Number.isFinite(number))).toEqual([]);
      expect(JSON.stringify([...set.scopes.values()].map(({ watch }) => watch))).not.toMatch(/null,null,null/);
    }
  });

  test('[ANM-14] a day without data is one anomaly, whatever it is seen in', async () => {
    const minutes = counted({ perMinute: 20, minutes: 1 }).minuteOf(FROM).slice(0, 5);
    set.minuteOf = (minute) => (minute < FROM ? minutes.map((each) => ({ ...each, minute })) : []);
    await runAt(FROM + 1_439);
    expect(set.anomalies).toMatchObject([
      { kind: 'volume_drop', scope: '*', closedMinute: null, severity: 'critical' },
    ]);
    expect(set.anomalies[0]!.symptoms.length).toBeGreaterThan(1);
    expect(set.alerted).toHaveLength(1);
  });

  test('[ANM-7] a processor that is switched off is silent without an anomaly; one that is on is not', async () => {
    const [usual] = counted({ perMinute: 30, minutes: 1 }).minuteOf(FROM);
    set.minuteOf = (minute) =>
      ['processor:alpha', ...(minute < FROM + 1_560 ? ['processor:gamma'] : [])]
        .filter(() => minute >= FROM)
        .map((scope) => ({ ...usual!, scope, minute }));
    const isOn = (id: string) => ({ ...addressOf(id), enabled: id !== 'gamma' });
    const run = async (all: boolean) =>
      await findAnomalies(
        desk,
        {
          processors: PROCESSORS.map((id) => ({ ...isOn(id), ...(all && { enabled: true }) })) as never,
          overrides: [],
        },
        {
          now: (FROM + 1_600) * MINUTE_MS,
          signal: new AbortController().signal,
          count: () => undefined,
        },
      );
    await run(false);
    expect(set.anomalies).toEqual([]);
    const before = set.minuteOf;
    set = { ...noAnomalies(), minuteOf: before };
    desk = anomaliesOf(set);
    await run(true);
    expect(set.anomalies).toMatchObject([{ kind: 'volume_drop', scope: 'processor:gamma', closedMinute: null }]);
  });
});

describe('what we did ourselves', () => {
  const GONE_FROM = FROM + 1_560;
  const [usual] = counted({ perMinute: 30, minutes: 1 }).minuteOf(FROM);
  /** Gamma's traffic goes to alpha: theirs are the changes, the house has what it had. */
  const moved: AnomalyCircumstances['minuteOf'] = (minute) => {
    if (minute < FROM) return [];
    const isGone = minute >= GONE_FROM;
    const times = (scope: string, by: number): ScopeMinute => ({
      ...{ ...usual!, scope, minute, attempts: by * usual!.attempts, approvals: by * usual!.approvals },
      ...{ failures: by * usual!.failures, declines: by * usual!.declines },
    });
    return [times('*', 4), times('processor:alpha', isGone ? 4 : 1), ...(isGone ? [] : [times('processor:gamma', 3)])];
  };
  const drain: Override = {
    ...{ id: 'w1', processorId: 'gamma' as Override['processorId'], segment: null, kind: 'drain', who: 'maintenance' },
    ...{ why: 'their new release', createdAtMs: GONE_FROM * MINUTE_MS, expiresAtMs: (GONE_FROM + 60) * MINUTE_MS },
  };
  const draining = {
    ...{ id: 'w1', processorId: 'gamma', drainFromMs: GONE_FROM * MINUTE_MS },
    window: { fromMs: (GONE_FROM + 15) * MINUTE_MS, toMs: (GONE_FROM + 45) * MINUTE_MS },
    standing: { state: 'draining', wasDrained: true, drained: [null], left: [] },
  } as unknown as MaintenanceWindow;
  const found = async (
    overrides: readonly Override[],
    windows: readonly MaintenanceWindow[],
    expected = processors,
  ) => {
    set = { ...noAnomalies(), minuteOf: moved, windows };
    desk = anomaliesOf(set);
    const run = { signal: new AbortController().signal, count: () => undefined };
    await findAnomalies(desk, { processors, overrides: [] }, { ...run, now: GONE_FROM * MINUTE_MS + 30_000 });
    await findAnomalies(desk, { processors: expected, overrides }, { ...run, now: (GONE_FROM + 41) * MINUTE_MS });
    return set.anomalies.flatMap(({ symptoms }) => symptoms.map(({ kind, scope }) => `${kind} ${scope}`)).sort();
  };

  test('[ANM-17] a drain for maintenance raises nothing, neither where it drains nor where the traffic goes; the same silence unasked is told', async () => {
    expect(await found([drain], [])).toEqual([]);
    expect(await found([], [draining])).toEqual([]);
    expect(set.alerted).toEqual([]);
    expect(await found([], [])).toEqual(['volume_drop processor:gamma', 'volume_spike processor:alpha']);
    expect(set.alerted.length).toBeGreaterThan(0);
  });

  test('[ANM-17] a fail-over by healing, and an operator’s stop, are no news either; an override that lets traffic flow explains nothing', async () => {
    expect(await found([{ ...drain, who: 'self-healing' }], [])).toEqual([]);
    expect(await found([{ ...drain, who: 'key', kind: 'force_open' }], [])).toEqual([]);
    expect(await found([{ ...drain, who: 'key', kind: 'metrics_only' }], [])).toHaveLength(2);
  });

  test('[ANM-18] a processor that is switched off is no news to those who have its traffic', async () => {
    const isOn = (id: string) => ({ ...addressOf(id), enabled: id !== 'gamma' });
    expect(await found([], [], PROCESSORS.map(isOn) as never)).toEqual([]);
  });
});

describe('who is told', () => {
  test('[ANM-10] people and screens hear each change once; while the Registry is away they are told later', async () => {
    fillOutage();
    await runAt(OUTAGE_FROM - 1);
    set.registryFault = new Error('away');
    await expect(runAt(OUTAGE_FROM + 5)).rejects.toThrow('away');
    expect(set.told).toEqual([]);
    set.registryFault = null;
    await runAt(OUTAGE_FROM + 5);
    expect(set.alerted).toHaveLength(1);
    await runAt(OUTAGE_FROM + 5);
    expect(set.alerted).toHaveLength(1);
    expect(set.told).toHaveLength(1);
    await runThrough(OUTAGE_FROM + 6, OUTAGE_FROM + 69);
    expect(set.alerted.at(-1)).toMatchObject({ id: set.alerted[0]!.id, closedAtMs: expect.any(Number) });
    const revisions = set.alerted.map(({ evidence }) => evidence['revision']);
    expect(new Set(revisions).size).toBe(revisions.length);
  });

  test('[ANM-10] what is found in times long past wakes nobody', async () => {
    fillOutage();
    const stop = new AbortController();
    const book = { ...desk.book };
    book.learn = async (batch) => {
      if (batch.throughMinute >= OUTAGE_FROM + 10) stop.abort();
      return await desk.book.learn(batch);
    };
    await runAt(FROM + 3_000, { book }, stop.signal);
    expect(set.anomalies.length).toBeGreaterThan(0);
    expect(set.alerted).toEqual([]);
  });

  test('[ANM-11] a false alarm closes the anomaly, is written down, and counts against its findings', async () => {
    fillOutage();
    await runAt(OUTAGE_FROM - 1);
    await runThrough(OUTAGE_FROM, OUTAGE_FROM + 8);
    const [outage] = set.anomalies;
    const given = { anomalyId: outage!.id, givenAtMs: 1, verdict: 'false_alarm', keyId: 'key', note: null } as const;
    await desk.book.judge(given);
    await desk.book.judge(given);
    await runAt(OUTAGE_FROM + 9);
    expect(set.anomalies).toMatchObject([{ closedAs: 'false_alarm', feedback: 'false_alarm' }]);
    expect(set.feedback).toEqual([given]);
    expect(set.incidents.falseAlarms.map(({ scope, kind }) => `${scope} ${kind}`).sort()).toEqual(
      outage!.symptoms.map(({ scope, kind }) => `${scope} ${kind}`).sort(),
    );
    expect(set.alerted.at(-1)!.closedAtMs).not.toBeNull();
  });
});
