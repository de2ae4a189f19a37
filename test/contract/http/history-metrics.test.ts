import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, createCaller } from '../../harness/http-caller.ts';
import { run } from '../../../workers/measure-history.ts';
import type { HistoryStandings } from '../../../src/ports/history-desk.ts';

let caller: Caller;
beforeEach(async () => {
  caller = await createCaller();
});
const metrics = async (): Promise<string> => (await caller.call('GET', '/metrics')).text;

describe('[HIS-25] the metrics of history', () => {
  test('tell of each object what waits, what was dropped and what was refused, and when that was', async () => {
    caller.set.historyStandings = {
      atMs: 1_795_000_000_000,
      standings: [
        { object: 'processor_a', waiting: 512, dropped: 7, refused: 1 },
        { object: 'decisions', waiting: 0, dropped: 0, refused: 0 },
      ],
    };
    const text = await metrics();
    for (const line of [
      'signalbox_history_waiting{object="processor_a"} 512',
      'signalbox_history_dropped_total{object="processor_a"} 7',
      'signalbox_history_refused_total{object="processor_a"} 1',
      'signalbox_history_waiting{object="decisions"} 0',
      'signalbox_history_measured_timestamp_seconds 1795000000',
    ])
      expect(text.split('\n')).toContain(line);
  });

  test('go on without the desk, and without a time where nothing was measured yet', async () => {
    expect(await metrics()).not.toContain('signalbox_history_measured_timestamp_seconds');
    caller.set.historyStandings = null;
    const without = await caller.call('GET', '/metrics');
    expect(without.status).toBe(200);
    expect(without.text).not.toContain('signalbox_history');
  });

  test('one object that is away keeps no other from being measured', async () => {
    const noted: HistoryStandings[] = [];
    const desk = {
      noteStandings: async (standings: HistoryStandings['standings'], atMs: number) =>
        void (await Promise.resolve(noted.push({ atMs, standings }))),
    };
    const counted: object[] = [];
    const good = { waiting: 1, dropped: 2, refused: 3 };
    const holders = [
      { object: 'a', standing: () => Promise.reject(new Error('away')) },
      { object: 'b', standing: () => Promise.resolve(good) },
    ];
    await run(holders, desk, { count: (counts) => void counted.push(counts) }, 9);
    expect(noted).toEqual([{ atMs: 9, standings: [{ object: 'b', ...good }] }]);
    expect(counted).toEqual([{ objects_measured: 1, objects_away: 1, rows_dropped: 2, rows_refused: 3 }]);
  });
});
