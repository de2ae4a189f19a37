import { describe, expect, test } from 'vitest';
import type { HourJudgement } from '../../src/domain/evaluation/routing-policies.ts';
import type { HistoryFault, HistoryReply } from '../../src/ports/history-port.ts';
import type { RollUpPort } from '../../src/ports/analytics-port.ts';
import { run } from '../../workers/roll-up-history.ts';

const HOUR = 3_600_000;
const NOW = Date.UTC(2031, 0, 2, 10, 30);
const RUNNING = NOW - (NOW % HOUR);

class Hours implements RollUpPort {
  fault: HistoryFault | null = null;
  open: number[] = [];
  readonly judged = new Map<number, number | null>();
  readonly kept: (readonly [number, HourJudgement])[] = [];

  openHours = (limit: number) => this.#told(this.open.slice(0, limit));
  rollUp = (hourMs: number) => {
    this.open = this.open.filter((hour) => hour !== hourMs);
    return this.#told(10);
  };
  decidedHours = () => this.#told(this.judged);
  decisionsOf = () => this.#told([]);
  segmentRecords = () => this.#told([]);
  merchantChoices = () => this.#told([]);
  keepJudgement = (hourMs: number, now: number, judgement: HourJudgement) => {
    this.judged.set(hourMs, now);
    this.kept.push([hourMs, judgement]);
    return this.#told(undefined);
  };

  #told<Value>(value: Value): Promise<HistoryReply<Value>> {
    return Promise.resolve(this.fault === null ? { ok: true, value } : { ok: false, fault: this.fault });
  }
}

async function runWith(hours: Hours | null, stopAfter = Infinity): Promise<Record<string, number>> {
  let told: Readonly<Record<string, number>> = {};
  let counted = 0;
  const stop = new AbortController();
  const world = hours && { rollUps: hours, configuration: () => Promise.resolve({ processors: [] }), now: () => NOW };
  await run(world, {
    signal: stop.signal,
    count: (counts) => {
      told = counts;
      if (counted++ >= stopAfter) stop.abort();
    },
  });
  return told;
}

describe('the job roll-up-history', () => {
  test('[ANL-3] counts all hours that are open, and run again finds nothing to count', async () => {
    const hours = new Hours();
    hours.open = [RUNNING, RUNNING - HOUR];
    expect(await runWith(hours)).toMatchObject({ hours_counted: 2, rows_counted: 20, hours_judged: 0 });
    expect(await runWith(hours)).toMatchObject({ hours_counted: 0, rows_counted: 0 });
  });

  test('[ANL-11] judges the running hour each time, and one that has ended when it is due', async () => {
    const hours = new Hours();
    hours.judged.set(RUNNING, null).set(RUNNING - 2 * HOUR, null);
    expect(await runWith(hours)).toMatchObject({ hours_judged: 2 });
    expect(await runWith(hours)).toMatchObject({ hours_judged: 1 });
    expect(hours.kept.map(([hourMs]) => hourMs)).toEqual([RUNNING, RUNNING - 2 * HOUR, RUNNING]);
  });

  test("when its time is over it stops between two hours; the rest is the next run's", async () => {
    const hours = new Hours();
    hours.open = [RUNNING, RUNNING - HOUR, RUNNING - 2 * HOUR];
    expect(await runWith(hours, 1)).toMatchObject({ hours_counted: 1 });
    expect(hours.open).toHaveLength(2);
    expect(await runWith(hours)).toMatchObject({ hours_counted: 2 });
  });

  test('[ANL-15] fails in words while history is away or not ready, and has nothing to do where none is kept', async () => {
    const hours = new Hours();
    hours.fault = { reason: 'unreachable' };
    await expect(runWith(hours)).rejects.toThrow('history is unreachable');
    hours.fault = { reason: 'unprepared', code: '42P01' };
    await expect(runWith(hours)).rejects.toThrow('history is unprepared (42P01)');
    expect(await runWith(null)).toEqual({ hours_counted: 0, hours_judged: 0 });
  });
});
