// The outbox of history on the real storage of an object: what is unsent outlives the journal's ring, evictions and the processor itself.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { addressOf, resultOf } from '../harness/results.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { JOURNAL_SLOTS } from '../../durable-objects/commit-figures.ts';
import { KeptHistory } from '../../durable-objects/history-outbox.ts';
import { ProcessorJournal } from '../../durable-objects/processor-journal.ts';
import type { AttemptRow } from '../../src/domain/history/history-rows.ts';
import type { OutboxBatch } from '../../src/ports/history-port.ts';

const AT = 1_795_000_000_000;
const OWNER = { id: asProcessorId('p'), epoch: 3 };
let serial = 0;

interface Bench {
  readonly storage: DurableObjectStorage;
  readonly outbox: KeptHistory;
  readonly journal: ProcessorJournal;
}

/** A journal with its outbox on an object's storage, as after a start. */
function open(storage: DurableObjectStorage, charactersMax?: number, isKept = true, owner = OWNER): Bench {
  const size = charactersMax === undefined ? {} : { charactersMax };
  const outbox = new KeptHistory(storage, { isKept, owner: () => owner, ...size });
  const journal = new ProcessorJournal(storage, outbox);
  journal.load();
  return { storage, outbox, journal };
}

function commit({ journal }: Bench, count = 1): string[] {
  const results = Array.from({ length: count }, () => resultOf('p', { eventTimeMs: AT }));
  const command = { kind: 'results', at: AT, results } as const;
  journal.append(command, JSON.stringify(command), null);
  return results.map(({ transactionId }) => transactionId);
}

const commits = (bench: Bench, count: number): string[] => Array.from({ length: count }, () => commit(bench)).flat();

function drain(outbox: KeptHistory, attemptsMax = 100): AttemptRow[] {
  const rows: AttemptRow[] = [];
  for (;;) {
    const batch: OutboxBatch = outbox.take(attemptsMax);
    if (batch.isEmpty) return rows;
    rows.push(...batch.attempts);
    batch.crossOff();
  }
}

const idsOf = (rows: readonly AttemptRow[]): string[] => rows.map(({ result }) => result.transactionId);

/** On a fresh object's storage; the Processor in it has made its tables. */
async function onStorage(work: (storage: DurableObjectStorage) => void): Promise<void> {
  serial += 1;
  const stub = env.PROCESSOR.get(env.PROCESSOR.idFromName(`outbox_${serial}`));
  await stub.health(addressOf(`outbox_${serial}`));
  await runInDurableObject(stub, (_, state) => {
    state.storage.sql.exec('DELETE FROM snapshot');
    work(state.storage);
  });
}

const backlogOf = (storage: DurableObjectStorage): number =>
  storage.sql.exec<{ count: number }>('SELECT count(*) AS count FROM history_backlog').one().count;

/** The journal's sequence is known from a checkpoint on. */
const checkpoint = ({ journal }: Bench): void =>
  journal.checkpoint({ text: '{}', changedPages: [], droppedPages: [], changedDrawers: [] });

describe('the outbox', () => {
  test('[HIS-3] it gives whole commits, oldest first, and nothing after they are crossed off', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      const sent = [commit(bench, 3), commit(bench, 3), commit(bench, 3)];
      const first = bench.outbox.take(4);
      expect(idsOf(first.attempts)).toEqual([...sent[0]!, ...sent[1]!]);
      expect(first.attempts[0]).toMatchObject({ recordedAtMs: AT, epoch: 3 });
      first.crossOff();
      expect(idsOf(drain(bench.outbox))).toEqual(sent[2]);
      expect(bench.outbox.isEmpty).toBe(true);
    });
  });

  test('[HIS-5] what was taken and not crossed off is given again, after a restart too', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      checkpoint(bench);
      const ids = commits(bench, 20);
      bench.outbox.take(5).crossOff();
      bench.outbox.take(5);
      const again = open(storage);
      expect(again.outbox.isEmpty).toBe(false);
      expect(idsOf(drain(again.outbox))).toEqual(ids.slice(5));
      expect(open(storage).outbox.isEmpty).toBe(true);
    });
  });

  test('[HIS-5] an object that is killed before anything was ever sent finds it all', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      checkpoint(bench);
      const ids = commits(bench, 3);
      expect(idsOf(drain(open(storage).outbox))).toEqual(ids);
    });
  });

  test('[HIS-7] what the ring would write over goes to the backlog and is sent first, in order', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      const ids = commits(bench, JOURNAL_SLOTS + 300);
      checkpoint(bench);
      expect(backlogOf(storage)).toBe(300);
      const again = open(storage);
      ids.push(...commits(again, 10));
      expect(idsOf(drain(again.outbox))).toEqual(ids);
      expect(backlogOf(storage)).toBe(0);
    });
  });

  test('[HIS-7] what is written over while it is on its way is sent once more, and nothing is passed over', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      const ids = commits(bench, JOURNAL_SLOTS);
      const underway = bench.outbox.take(50);
      ids.push(...commits(bench, 20));
      underway.crossOff();
      const rest = idsOf(drain(bench.outbox));
      expect(rest.slice(0, 20)).toEqual(ids.slice(0, 20));
      expect(rest.slice(20)).toEqual(ids.slice(50));
    });
  });

  test('[HIS-7] commits that are sent in time cost no second row', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      for (let round = 0; round < 4; round += 1) {
        commits(bench, 300);
        drain(bench.outbox, 1_000);
      }
      expect(backlogOf(storage)).toBe(0);
      // The cursor: once at the start and once a round.
      expect(bench.outbox.rowsWritten).toBe(5);
      expect(bench.journal.rowsWritten).toBe(1_200);
    });
  });

  test('[HIS-8] a journal that is wiped leaves what is unsent, under the former epoch, and its batch crosses nothing else off', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      const former = commits(bench, 30);
      const underway = bench.outbox.take(10);
      bench.journal.wipe();
      const reborn = open(storage, undefined, true, { ...OWNER, epoch: 9 });
      const young = commits(reborn, 40);
      underway.crossOff();
      const rows = drain(reborn.outbox);
      expect(idsOf(rows)).toEqual([...former, ...young]);
      expect(rows.map(({ epoch }) => epoch)).toEqual([...former.map(() => 3), ...young.map(() => 9)]);
    });
  });

  test('[HIS-8] a batch of before the wipe crosses off nothing that came after it', async () => {
    await onStorage((storage) => {
      const bench = open(storage);
      commits(bench, 30);
      const underway = bench.outbox.take(30);
      bench.journal.wipe();
      const young = commits(bench, 5);
      underway.crossOff();
      expect(idsOf(drain(bench.outbox)).slice(-5)).toEqual(young);
    });
  });

  test('[HIS-9] beyond its bound the oldest commits are dropped and their results counted', async () => {
    await onStorage((storage) => {
      const bench = open(storage, 20_000);
      const ids = Array.from({ length: JOURNAL_SLOTS + 200 }, () => commit(bench, 2)).flat();
      const left = idsOf(drain(bench.outbox));
      const { dropped } = bench.outbox;
      expect(dropped).toBeGreaterThan(200);
      expect(left).toEqual(ids.slice(dropped));
      expect(open(storage).outbox.dropped).toBe(dropped);
      commit(bench);
      expect(drain(bench.outbox)).toHaveLength(1);
    });
  });

  test('[HIS-10] without a history nothing is kept for one, and what came before there was one is not sent', async () => {
    await onStorage((storage) => {
      storage.kv.delete('history_drained');
      const without = open(storage, undefined, false);
      commits(without, JOURNAL_SLOTS + 50);
      checkpoint(without);
      expect(without.outbox.isEmpty).toBe(true);
      expect(without.outbox.rowsWritten).toBe(0);
      expect(backlogOf(storage)).toBe(0);
      const withOne = open(storage);
      expect(withOne.outbox.isEmpty).toBe(true);
      const ids = commits(withOne, 3);
      expect(idsOf(drain(withOne.outbox))).toEqual(ids);
    });
  });
});

test('[ANM-1] it tells when the oldest commit was made that history lacks, in the journal and in the backlog', async () => {
  await onStorage((storage) => {
    const bench = open(storage);
    expect(bench.outbox.oldestAtMs).toBeNull();
    for (const at of [AT + 1, AT + 2]) {
      const command = { kind: 'results', at, results: [resultOf('p', { eventTimeMs: AT })] } as const;
      bench.journal.append(command, JSON.stringify(command), null);
    }
    expect(bench.outbox.oldestAtMs).toBe(AT + 1);
    bench.outbox.take(1).crossOff();
    expect(bench.outbox.oldestAtMs).toBe(AT + 2);
    commits(bench, 600);
    expect(backlogOf(storage)).toBeGreaterThan(0);
    expect(bench.outbox.oldestAtMs).toBe(AT + 2);
    drain(bench.outbox);
    expect(bench.outbox.oldestAtMs).toBeNull();
  });
});
