// What an object counts of its last minute, and how near that is to its limits.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CPU_FIGURES } from '../../../src/domain/scaling/cpu-figures.ts';
import { decideScaling } from '../../../src/domain/scaling/scale-decision.ts';
import { LoadWindow } from '../../../src/domain/scaling/load-window.ts';
import { measuredTraffic, objectLoad } from '../../../src/domain/scaling/object-load.ts';
import { readingOf, scalingSettings } from '../../harness/in-memory-scaling.ts';

const START = Date.UTC(2026, 10, 21, 12);

describe('a window', () => {
  test('[SCL-1] counts calls, results, commits, refusals, the queue and the wait', () => {
    const window = new LoadWindow(START);
    window.knowsSince(START - 20_000);
    window.taken(3, START + 1_000);
    window.taken(4, START + 1_010);
    window.committed(5, START + 1_020);
    window.recorded(4, START + 1_020);
    window.refused(9, START + 1_030);
    window.askedForPermit(START + 1_040);
    window.committed(2, START + 1_050);
    expect(window.reading(START + 2_000)).toEqual({
      calls: 2,
      results: 7,
      attempts: 4,
      refusedCalls: 1,
      refusedResults: 9,
      commits: 2,
      committedResults: 7,
      permits: 1,
      lagMsSum: 50,
      lagMsMax: 30,
      queueDepth: 0,
      queueDepthMax: 7,
      measuredMs: 2_000,
      attemptsKnownMs: 22_000,
    });
  });

  test('[SCL-1] lets a minute pass out of it step by step', () => {
    const window = new LoadWindow(START);
    for (let second = 0; second < 60; second += 1) window.taken(1, START + second * 1_000);
    expect(window.reading(START + 59_999).calls).toBe(60);
    expect(window.reading(START + 60_000).calls).toBe(55);
    expect(window.reading(START + 114_999).calls).toBe(5);
    expect(window.reading(START + 119_999)).toMatchObject({ calls: 0, queueDepthMax: 0, measuredMs: 60_000 });
  });

  test('[SCL-1] what waits is counted until it is committed, however long that takes', () => {
    const window = new LoadWindow(START);
    window.taken(8, START);
    expect(window.reading(START + 200_000)).toMatchObject({ results: 0, queueDepth: 8 });
  });

  test.each([
    ['by half a minute', -30_000, 1],
    ['by an hour', -3_600_000, 0],
  ])('[SCL-2] a clock that is set back %s', (_, jumpMs, calls) => {
    const window = new LoadWindow(START);
    window.taken(1, START + 20_000);
    expect(window.reading(START + 20_000 + jumpMs).calls).toBe(calls);
    window.taken(1, START + 20_000 + jumpMs);
    expect(window.reading(START + 20_000 + jumpMs).calls).toBe(calls + 1);
  });

  test('[SCL-2] no reading holds a NaN or a negative number, whatever the clock does', () => {
    const step = fc.record({
      kind: fc.constantFrom('taken', 'refused', 'committed', 'recorded', 'knowsSince'),
      results: fc.nat(1_000),
      jumpMs: fc.integer({ min: -200_000, max: 200_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const window = new LoadWindow(START);
        let now = START;
        for (const { kind, results, jumpMs } of steps) {
          now += jumpMs;
          if (kind === 'knowsSince') window.knowsSince(now);
          else window[kind](results, now);
          const values = Object.values(window.reading(now));
          expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
        }
        now += 10_000_000;
        expect(window.reading(now)).toMatchObject({ calls: 0, results: 0, attempts: 0, commits: 0 });
      }),
    );
  });
});

describe('load', () => {
  test.each([
    ['idle', {}, 0, 1, 'requests'],
    ['3,000 calls a minute', { calls: 3_000, results: 3_000 }, 0.1, 0.9, 'requests'],
    ['a queue of 15,000', { queueDepthMax: 15_000 }, 0.75, 0.25, 'queue'],
    ['results of 48 s of processor time', { committedResults: 48e6 / CPU_FIGURES.resultUs }, 0.8, 0.2, 'cpu'],
    ['commits of 30 s of it', { commits: 30e6 / CPU_FIGURES.commitUs }, 0.5, 0.5, 'cpu'],
    ['permits of 15 s of it', { permits: 15e6 / CPU_FIGURES.permitUs }, 0.25, 0.75, 'cpu'],
    ['one refused result', { results: 99, refusedResults: 1, refusedCalls: 1 }, 1, 0, 'refusals'],
    ['60,000 calls a minute', { calls: 60_000 }, 2, 0, 'requests'],
  ] as const)('[SCL-3] [SCL-4] %s', (...[, counted, load, headRoom, boundBy]) => {
    const told = objectLoad(readingOf(counted));
    expect(told).toMatchObject({ boundBy });
    expect(told.load).toBeCloseTo(load, 9);
    expect(told.headRoom).toBeCloseTo(headRoom, 9);
  });

  test('[SCL-3] tells rates, the share that was refused, and the commits', () => {
    const told = objectLoad(
      readingOf({
        calls: 90,
        refusedCalls: 30,
        results: 900,
        refusedResults: 300,
        commits: 45,
        committedResults: 900,
        lagMsSum: 900,
        lagMsMax: 40,
      }),
    );
    expect(told).toMatchObject({
      requestsPerSecond: 2,
      resultsPerSecond: 15,
      refusedShare: 0.25,
      commitsPerSecond: 0.75,
      resultsPerCommit: 20,
      commitLagMsMean: 20,
      commitLagMsMax: 40,
    });
    expect(objectLoad(readingOf())).toMatchObject({ refusedShare: 0, resultsPerCommit: null, commitLagMsMean: null });
  });
});

describe('traffic', () => {
  test('[SCL-17] is attempts, however many results told of them', () => {
    const readings = [readingOf({ results: 200, attempts: 100 }), readingOf({ results: 15, attempts: 15 })];
    expect(measuredTraffic(readings)).toEqual({ perMinute: 115, isComplete: true });
  });

  test.each([
    ['all of the minute', { attempts: 120 }, 120, true],
    ['three quarters', { attempts: 90, attemptsKnownMs: 45_000 }, 120, true],
    ['half', { attempts: 60, attemptsKnownMs: 30_000 }, 120, true],
    ['a little less', { attempts: 60, attemptsKnownMs: 29_999 }, 60, false],
    ['a second', { attempts: 2, attemptsKnownMs: 1_000 }, 2, false],
    ['nothing', { attempts: 0, attemptsKnownMs: 0 }, 0, false],
    ['what it recorded, and it refused more', { attempts: 40, refusedResults: 5 }, 40, false],
  ] as const)('[SCL-17] [SCL-18] an object knows %s', (_, counted, perMinute, isComplete) => {
    expect(measuredTraffic([readingOf(counted)])).toEqual({ perMinute, isComplete });
  });

  test('[SCL-10] says where an object is missing', () => {
    expect(measuredTraffic([readingOf({ attempts: 40 }), null])).toEqual({ perMinute: 40, isComplete: false });
  });

  test('[SCL-10] [SCL-18] an object that has just begun takes no instance away', () => {
    const fewer = { sinceMs: START - 600_000, instances: 2 };
    const before = { format: 1, instances: 8, evaluatedAtMs: START - 60_000, changes: [], fewer, hold: null } as const;
    const traffic = measuredTraffic([readingOf({ attempts: 2, attemptsKnownMs: 1_000 })]);
    expect(decideScaling(before, traffic, scalingSettings(), START)).toMatchObject({
      reason: 'load_unknown',
      instances: 8,
    });
  });
});
