// What a processor's object tells history beside its commits: statuses that change, and results that come after the horizon.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { addressOf, PIX_BR, resultOf } from '../harness/results.ts';
import { InMemoryHistory } from '../harness/in-memory-history.ts';
import { HistoryDesk } from '../../durable-objects/history-desk.ts';
import { NO_DETAILS } from '../../src/flows/keep-details.ts';
import { NOTHING_TOLD } from '../../src/domain/unknowns/attempt-telling.ts';
import { Processor } from '../../durable-objects/processor.ts';
import { withDetails } from '../../src/domain/history/attempt-details.ts';
import type { DecisionRow } from '../../src/domain/history/kept-rows.ts';

class RememberedProcessor extends Processor {
  static past = new InMemoryHistory();
  protected override history() {
    return RememberedProcessor.past;
  }
}

interface Bench {
  readonly past: InMemoryHistory;
  readonly born: () => Processor;
  readonly address: ReturnType<typeof addressOf>;
  readonly storage: DurableObjectStorage;
}

let serial = 0;
async function withProcessor(work: (bench: Bench) => Promise<void>): Promise<void> {
  serial += 1;
  const id = `past_${serial}`;
  await runInDurableObject(env.PROCESSOR.get(env.PROCESSOR.idFromName(id)), async (_, state) => {
    const past = new InMemoryHistory();
    RememberedProcessor.past = past;
    await work({
      past,
      born: () => new RememberedProcessor(state, env),
      address: addressOf(id),
      storage: state.storage,
    });
  });
}

const statusesOf = ({ past }: Bench): string[] =>
  past.rowsOf('statusChanges').map(({ scope, fromStatus, toStatus }) => `${scope} ${fromStatus} ${toStatus}`);

describe('[HIS-20] statuses', () => {
  test('that change are told once, and by the next life as well', async () => {
    await withProcessor(async (bench) => {
      const { born, address, past } = bench;
      const now = Date.now();
      const processor = born();
      const failures = Array.from({ length: 12 }, (_, index) =>
        resultOf(address.id, { eventTimeMs: now - 100 + index, result: 'error' }),
      );
      expect((await processor.record(address, failures)).ok).toBe(true);
      await processor.alarm();
      expect(statusesOf(bench).sort()).toEqual([`* HEALTHY DOWN`, `${PIX_BR} HEALTHY DOWN`]);
      await born().sweepUnknowns(address);
      await born().alarm();
      expect(past.rowsOf('statusChanges')).toHaveLength(2);
    });
  });
});

describe('[HIS-24] results from beyond the horizon', () => {
  const LATE = { eventTimeMs: Date.now() - 3 * 86_400_000 };

  test('reach history with what was told of them, once PostgreSQL is back and has all that came in time', async () => {
    await withProcessor(async ({ born, address, past }) => {
      const late = withDetails(
        resultOf(address.id, LATE),
        { ...NO_DETAILS, bin: '411111' },
        {
          credentialHash: null,
          customerHash: null,
        },
      );
      const processor = born();
      await processor.record(address, [resultOf(address.id, { eventTimeMs: Date.now() })]);
      past.coming.push({ reason: 'unreachable' });
      expect(await processor.settleLate(address, [late], [null])).toEqual({
        ok: true,
        outcomes: [{ outcome: 'late' }],
      });
      await processor.alarm();
      expect(past.rowsOf('lateAttempts')).toEqual([]);
      expect(await processor.historyStanding()).toMatchObject({ waiting: 2, dropped: 0, refused: 0 });
      const next = born();
      await next.alarm();
      expect(past.attempts.size).toBe(1);
      expect(past.rowsOf('lateAttempts')).toEqual([
        { recordedAtMs: expect.any(Number) as number, epoch: address.epoch, result: late },
      ]);
      expect(await next.historyStanding()).toMatchObject({ waiting: 0 });
    });
  });

  test('that contradict what is known, or are the word of whoever asks what to do next, are no history', async () => {
    await withProcessor(async ({ born, address, past }) => {
      const processor = born();
      const declined = resultOf(address.id, { eventTimeMs: Date.now(), result: 'declined' });
      await processor.record(address, [declined]);
      const conflict = { ...declined, ...LATE, result: 'approved' as const, fault: 'none' as const };
      const asked = resultOf(address.id, LATE);
      const told = [null, { ...NOTHING_TOLD, isAsked: true as const }];
      expect(await processor.settleLate(address, [conflict, asked], told)).toMatchObject({
        outcomes: [{ outcome: 'refused' }, { outcome: 'late' }],
      });
      await processor.alarm();
      expect(past.rowsOf('lateAttempts')).toEqual([]);
    });
  });
});

class RememberedDesk extends HistoryDesk {
  static past = new InMemoryHistory();
  protected override history() {
    return RememberedDesk.past;
  }
}

const decisionAt = (index: number): DecisionRow =>
  ({
    nonce: index.toString(16).padStart(16, '0'),
    decidedAtMs: Date.now(),
    probabilities: { p: 1 },
  }) as unknown as DecisionRow;

describe('[HIS-22] the desk', () => {
  test('keeps decisions through a crash and an absence, a batch that came twice included, and tells how everybody stands', async () => {
    await runInDurableObject(env.HISTORY_DESK.get(env.HISTORY_DESK.idFromName('desk_1')), async (_, state) => {
      const past = new InMemoryHistory();
      RememberedDesk.past = past;
      const rows = Array.from({ length: 250 }, (__, index) => decisionAt(index));
      const born = (): HistoryDesk => new RememberedDesk(state, env);
      await born().keepDecisions(rows);
      await born().keepDecisions(rows.slice(0, 10));
      past.coming.push({ reason: 'unreachable' });
      await born().alarm();
      await born().noteStandings([{ object: 'p', waiting: 3, dropped: 1, refused: 0 }], 1_000);
      expect(await born().standings()).toEqual({
        atMs: 1_000,
        standings: [
          { object: 'p', waiting: 3, dropped: 1, refused: 0 },
          { object: 'decisions', waiting: 4, dropped: 0, refused: 0 },
        ],
      });
      await born().alarm();
      expect(past.rowsOf('decisions')).toEqual(rows);
      expect((await born().standings()).standings.at(-1)).toMatchObject({ waiting: 0 });
    });
  });
});
