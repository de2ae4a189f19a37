// Which days of history go, by whose clock, and what is said of it.
import { describe, expect, test } from 'vitest';
import { keptFromMs, readRetention } from '../../src/domain/history/retention.ts';
import { retireHistory } from '../../src/flows/retire-history.ts';
import type { HistoryKeeperPort, HistoryReply } from '../../src/ports/history-port.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 3, 17);
const ACTOR = { keyId: 'retire-history', requestId: 'retire-history 1' };
const BUSY = { ok: false, fault: { reason: 'unprepared', code: '55P03' } } as const;

interface House {
  readonly asked: string[];
  readonly notes: string[];
  readonly world: Parameters<typeof retireHistory>[0];
}

function houseOf(variables: object, theirMs = NOW, replies: HistoryReply<readonly string[]>[] = []): House {
  const [asked, notes]: [string[], string[]] = [[], []];
  const answer = (what: string, beforeMs: number): Promise<HistoryReply<readonly string[]>> => {
    asked.push(`${what} ${new Date(beforeMs).toISOString().slice(0, 10)}`);
    return Promise.resolve(replies.shift() ?? { ok: true, value: ['attempts_20250101', 'decisions_20250101'] });
  };
  const keeper: HistoryKeeperPort = {
    clock: () => Promise.resolve({ ok: true, value: theirMs }),
    makePartitions: (fromMs, days) => {
      asked.push(`make ${new Date(fromMs).toISOString().slice(0, 10)} ${days}`);
      return Promise.resolve({ ok: true, value: 6 });
    },
    dropPartitionsBefore: async (beforeMs) => await answer('drop', beforeMs),
    archivePartitionsBefore: async (beforeMs) => await answer('archive', beforeMs),
  };
  const registry = {
    note: (action: string, subject: string, _: unknown, why?: string) => {
      notes.push(`${action} ${subject}: ${why}`);
      return Promise.resolve();
    },
  };
  return { asked, notes, world: { keeper, registry, retention: readRetention(variables), now: () => NOW } };
}

const KEPT = { EVENT_RETENTION_DAYS: '30', EVENT_ARCHIVAL: 'off' };

describe('[HIS-23] retention', () => {
  test('drops whole days before the one that is so many days ago, and the audit log names them', async () => {
    const { world, asked, notes } = houseOf(KEPT);
    expect(await retireHistory(world, ACTOR)).toEqual({
      partitionsMade: 6,
      dropped: ['attempts_20250101', 'decisions_20250101'],
      archived: [],
    });
    expect(asked).toEqual(['make 2026-11-21 3', 'drop 2026-10-22']);
    expect(notes).toEqual(['drop_history before 2026-10-22: attempts_20250101 decisions_20250101']);
  });

  test('puts them aside where archival is on, and says nothing where nothing was there', async () => {
    const archives = houseOf({ ...KEPT, EVENT_ARCHIVAL: 'on' });
    expect((await retireHistory(archives.world, ACTOR)).archived).toHaveLength(2);
    expect(archives.asked.at(-1)).toBe('archive 2026-10-22');
    const nothing = houseOf(KEPT, NOW, [{ ok: true, value: [] }]);
    await retireHistory(nothing.world, ACTOR);
    expect(nothing.notes).toEqual([]);
  });

  test.each([
    ['ours is years ahead', NOW - 900 * DAY_MS],
    ['theirs is years ahead', NOW + 900 * DAY_MS],
  ])('goes by the clock that is behind when %s', async (_, theirMs) => {
    const { world, asked } = houseOf(KEPT, theirMs);
    await retireHistory(world, ACTOR);
    expect(asked.at(-1)).toBe(`drop ${new Date(Math.min(NOW, theirMs) - 30 * DAY_MS).toISOString().slice(0, 10)}`);
  });

  test('asks again when somebody is in the way, and fails in the end with the reason', async () => {
    const busy = houseOf(KEPT, NOW, [BUSY, BUSY]);
    expect((await retireHistory(busy.world, ACTOR)).dropped).toHaveLength(2);
    const stuck = houseOf(KEPT, NOW, [BUSY, BUSY, BUSY]);
    await expect(retireHistory(stuck.world, ACTOR)).rejects.toThrow('history was not retired: unprepared 55P03');
    expect(stuck.notes).toEqual([]);
  });

  test.each(['', '0', '7', '-30', '3.5', '1e3', 'NaN', 'all', '36501'])(
    'does nothing where the days are “%s”, and says so',
    async (days) => {
      const { world, asked } = houseOf({ ...KEPT, EVENT_RETENTION_DAYS: days });
      await expect(retireHistory(world, ACTOR)).rejects.toThrow(
        'EVENT_RETENTION_DAYS must be a whole number from 8 to 36500',
      );
      expect(asked).toEqual([]);
    },
  );

  test('does nothing where archival is neither on nor off', async () => {
    const { world } = houseOf({ ...KEPT, EVENT_ARCHIVAL: 'maybe' });
    await expect(retireHistory(world, ACTOR)).rejects.toThrow('EVENT_ARCHIVAL must be on or off');
  });

  test('counts days from midnight UTC', () => {
    const settings = { retentionDays: 8, archives: false };
    const midnight = Date.UTC(2026, 10, 21);
    expect(keptFromMs(settings, midnight)).toBe(midnight - 8 * DAY_MS);
    expect(keptFromMs(settings, midnight - 1)).toBe(midnight - 9 * DAY_MS);
  });
});
