import { describe, expect, test } from 'vitest';
import { DRAIN_LIMITS, drainHistory } from '../../src/flows/drain-history.ts';
import { InMemoryHistory } from '../harness/in-memory-history.ts';
import { resultOf } from '../harness/results.ts';
import type { AttemptRow } from '../../src/domain/history/history-rows.ts';
import type { HistoryOutbox } from '../../src/ports/history-port.ts';

const AT = 1_795_000_000_000;
const LIMITS = { attemptsMax: 10, stepMs: 5_000 };

/** Commits of so many attempts each. */
function commitsOf(...sizes: readonly number[]): AttemptRow[][] {
  return sizes.map((size, commit) =>
    Array.from({ length: size }, () => ({
      recordedAtMs: AT + commit,
      epoch: 1,
      result: resultOf('p', { eventTimeMs: AT }),
    })),
  );
}

function outboxOf(commits: AttemptRow[][]): HistoryOutbox {
  return {
    take: (attemptsMax) => {
      let [count, attempts] = [0, [] as AttemptRow[]];
      while (count < commits.length && attempts.length < attemptsMax) attempts = attempts.concat(commits[count++]!);
      return {
        attempts,
        breakerChanges: [],
        isEmpty: count === 0,
        crossOff: () => void commits.splice(0, count),
      };
    },
  };
}

const idsOf = (rows: Iterable<AttemptRow>): string[] => [...rows].map(({ result }) => result.transactionId).sort();

describe('draining', () => {
  test('[HIS-3] everything arrives, in whole commits, a large commit in several requests', async () => {
    const commits = commitsOf(4, 4, 4, 25, 1);
    const all = idsOf(commits.flat());
    const history = new InMemoryHistory();
    const step = await drainHistory({ outbox: outboxOf(commits), history, now: () => AT }, LIMITS);
    expect(step).toEqual({ end: 'drained', sent: 38, refused: [], fault: null });
    expect(idsOf(history.attempts.values())).toEqual(all);
    expect(history.asked).toEqual([10, 2, 10, 10, 5, 1]);
  });

  test('[HIS-3] no request is begun after the time of a step is over', async () => {
    const commits = commitsOf(10, 10, 10, 10);
    let now = AT;
    const outbox = outboxOf(commits);
    const step = await drainHistory({ outbox, history: new InMemoryHistory(), now: () => (now += 2_000) }, LIMITS);
    expect(step).toMatchObject({ end: 'time', sent: 30 });
    expect(commits).toHaveLength(1);
  });

  test('[HIS-4] while it is away, or its tables are missing, nothing is crossed off', async () => {
    for (const fault of [{ reason: 'unreachable' }, { reason: 'unprepared', code: '42P01' }] as const) {
      const commits = commitsOf(10, 10);
      const history = new InMemoryHistory();
      history.coming.push(null, fault);
      const world = { outbox: outboxOf(commits), history, now: () => AT };
      expect(await drainHistory(world, LIMITS)).toMatchObject({ end: 'away', sent: 10, fault });
      expect(commits).toHaveLength(1);
      expect(await drainHistory(world, LIMITS)).toMatchObject({ end: 'drained', sent: 10 });
    }
  });

  test('[HIS-5] what was written while its answer was cut off is sent again, and is there once', async () => {
    const commits = commitsOf(5, 5);
    const all = idsOf(commits.flat());
    const history = new InMemoryHistory();
    history.coming.push('cut');
    const world = { outbox: outboxOf(commits), history, now: () => AT };
    expect((await drainHistory(world, LIMITS)).end).toBe('away');
    expect((await drainHistory(world, LIMITS)).end).toBe('drained');
    expect(idsOf(history.attempts.values())).toEqual(all);
  });

  test('[HIS-6] a row that cannot be held is set aside alone and the others arrive', async () => {
    const commits = commitsOf(2_000);
    const rows = commits[0]!;
    const [bad, worse] = [rows[700]!.result.transactionId, rows[1_999]!.result.transactionId];
    const history = new InMemoryHistory();
    history.unwritable.add(bad).add(worse);
    const step = await drainHistory({ outbox: outboxOf(commits), history, now: () => AT }, DRAIN_LIMITS);
    expect(step).toMatchObject({ end: 'drained', refused: ['22P05', '22P05'] });
    expect(idsOf(history.attempts.values())).toEqual(idsOf(rows).filter((id) => id !== bad && id !== worse));
    expect(history.asked.length).toBeLessThan(50);
  });

  test('[HIS-6] it going away while a bad row is looked for loses nothing', async () => {
    const commits = commitsOf(8);
    const rows = commits[0]!;
    const bad = rows[5]!.result.transactionId;
    const history = new InMemoryHistory();
    history.unwritable.add(bad);
    history.coming.push(null, null, { reason: 'unreachable' });
    const world = { outbox: outboxOf(commits), history, now: () => AT };
    expect((await drainHistory(world, LIMITS)).end).toBe('away');
    expect(commits).toHaveLength(1);
    expect((await drainHistory(world, LIMITS)).refused).toEqual(['22P05']);
    expect(idsOf(history.attempts.values())).toEqual(idsOf(rows).filter((id) => id !== bad));
  });
});
