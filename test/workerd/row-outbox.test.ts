// Rows that wait for history on the real storage of an object: beside alerts, audit, healing and scaling, through crashes and absences.
import { env } from 'cloudflare:workers';
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { ACTOR, signal, withRegistry } from './registry-harness.ts';
import type { AuditRow, ScalingEventRow } from '../../src/domain/history/kept-rows.ts';
import { HealingBook } from '../../durable-objects/healing-book.ts';
import { HEALING_DEFAULT } from '../../src/domain/healing/healing-settings.ts';
import { begun, type HealingPlan, withStanding } from '../../src/domain/healing/healing-action.ts';
import { asProcessorId } from '../../src/domain/identity.ts';
import { InMemoryHistory } from '../harness/in-memory-history.ts';
import { ObjectAlarm } from '../../durable-objects/object-alarm.ts';
import { Registry } from '../../durable-objects/registry.ts';
import { scalingSettings } from '../harness/in-memory-scaling.ts';
import { RowOutbox } from '../../durable-objects/row-outbox.ts';

const AT = 1_795_000_000_000;
const AWAY = { reason: 'unreachable' } as const;

const changeOf = (id: string, instancesAfter: number): ScalingEventRow => ({
  id,
  target: 'gateways',
  direction: 'up',
  instancesBefore: 2,
  instancesAfter,
  reason: 'load',
  evidence: {},
  happenedAtMs: AT,
});
const auditOf = (id: number): AuditRow => ({
  id,
  happenedAtMs: AT,
  ...ACTOR,
  action: 'put_rule',
  subject: 'r',
  version: 1,
  before: null,
  after: null,
});

interface Bench {
  readonly history: InMemoryHistory;
  readonly storage: DurableObjectStorage;
  /** As after a start; only with a history is anything kept. */
  readonly open: (entriesMax?: number, history?: InMemoryHistory | null) => RowOutbox;
}

let serial = 0;
async function onStorage(work: (bench: Bench) => Promise<void> | void): Promise<void> {
  serial += 1;
  const stub = env.HEALING_BOOK.get(env.HEALING_BOOK.idFromName(`rows_${serial}`));
  await runInDurableObject(stub, async (_, { storage }) => {
    const history = new InMemoryHistory();
    const open: Bench['open'] = (entriesMax, to = history) =>
      new RowOutbox(storage, to, new ObjectAlarm(storage), entriesMax);
    await work({ history, storage, open });
  });
}

describe('rows that wait', () => {
  test('[HIS-17] of one id the last word is sent, and one that was said while another was on its way is not lost', async () => {
    await onStorage(async ({ history, open }) => {
      const outbox = open();
      outbox.keep('scalingEvents', [changeOf('a', 3), changeOf('b', 3)]);
      outbox.keep('scalingEvents', [changeOf('a', 4)]);
      const batch = outbox.take(100);
      expect(batch.kept).toEqual([{ table: 'scalingEvents', rows: [changeOf('b', 3), changeOf('a', 4)] }]);
      outbox.keep('scalingEvents', [changeOf('a', 5)]);
      batch.crossOff();
      await outbox.step();
      expect(history.rowsOf('scalingEvents')).toEqual([changeOf('a', 5)]);
      expect(outbox.isEmpty).toBe(true);
    });
  });

  test('[HIS-17] rows of several tables go in the order in which they were kept, and a start finds them', async () => {
    await onStorage(async ({ history, storage, open }) => {
      const rows = Array.from({ length: 250 }, (_, index) => auditOf(index));
      open().keep('audit', rows);
      open().keep('scalingEvents', [changeOf('a', 3)]);
      await storage.deleteAlarm();
      const reborn = open();
      await scheduler.wait(1);
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
      await reborn.step();
      expect(history.rowsOf('audit')).toEqual(rows);
      expect(history.rowsOf('scalingEvents')).toHaveLength(1);
    });
  });

  test('[HIS-4] while PostgreSQL is away, or cuts off its answer, nothing is crossed off', async () => {
    await onStorage(async ({ history, open }) => {
      open().keep('audit', [auditOf(1)]);
      history.coming.push(AWAY, 'cut');
      await open().step();
      expect(history.kept.size).toBe(0);
      await open().step();
      expect(open().standing()).toEqual({ waiting: 1, dropped: 0, refused: 0 });
      await open().step();
      expect(history.rowsOf('audit')).toEqual([auditOf(1)]);
      expect(open().isEmpty).toBe(true);
    });
  });

  test('[HIS-4] it is asked again later and later, whoever rings meanwhile', async () => {
    await onStorage(async ({ history, storage, open }) => {
      const outbox = open();
      outbox.keep('audit', [auditOf(1)]);
      history.coming.push(AWAY);
      await outbox.step();
      await outbox.step();
      expect(history.asked).toEqual([1]);
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now());
    });
  });

  test('[HIS-6] a row that PostgreSQL will not have, or that is too large, is counted and the others arrive', async () => {
    await onStorage(async ({ history, open }) => {
      const outbox = open();
      history.unwritable.add('bad');
      const large = { ...changeOf('large', 3), evidence: { text: 'x'.repeat(700_000) } };
      outbox.keep('scalingEvents', [changeOf('a', 3), changeOf('bad', 3), large, changeOf('b', 3)]);
      await outbox.step();
      expect(history.rowsOf('scalingEvents').map(({ id }) => id)).toEqual(['a', 'b']);
      expect(outbox.standing()).toEqual({ waiting: 0, dropped: 0, refused: 2 });
    });
  });

  test('[HIS-18] beyond its room the oldest of a table give way, counted, and no other table pays for it', async () => {
    await onStorage(async ({ history, open }) => {
      const outbox = open(3);
      outbox.keep('audit', [auditOf(1)]);
      for (let count = 0; count < 10; count += 1) outbox.keep('scalingEvents', [changeOf(`s${count}`, count)]);
      for (let count = 0; count < 10; count += 1) outbox.keep('scalingEvents', [changeOf('s9', 90 + count)]);
      expect(outbox.standing()).toEqual({ waiting: 4, dropped: 7, refused: 0 });
      await outbox.step();
      expect(history.rowsOf('scalingEvents').map(({ id, instancesAfter }) => `${id} ${instancesAfter}`)).toEqual([
        's7 7',
        's8 8',
        's9 99',
      ]);
      expect(history.rowsOf('audit')).toHaveLength(1);
    });
  });

  test('[HIS-18] many rows at once, or large ones, are kept as several entries, in their order', async () => {
    await onStorage(async ({ history, open }) => {
      const outbox = open();
      const large = Array.from({ length: 30 }, (_, id) => ({ ...auditOf(id), after: 'x'.repeat(50_000) }));
      const small = Array.from({ length: 250 }, (_, id) => auditOf(100 + id));
      outbox.keep('audit', [...large, ...small]);
      expect(outbox.standing()).toEqual({ waiting: 5, dropped: 0, refused: 0 });
      await outbox.step();
      expect(history.rowsOf('audit')).toEqual([...large, ...small]);
    });
  });

  test('[HIS-10] without a history nothing is kept for one', async () => {
    await onStorage(async ({ storage, open }) => {
      const outbox = open(undefined, null);
      outbox.keep('audit', [auditOf(1)]);
      await scheduler.wait(1);
      expect(outbox.standing().waiting).toBe(0);
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  test('[HIS-17] a change that is taken back leaves no row', async () => {
    await onStorage(({ storage, open }) => {
      const outbox = open(2);
      const fail = (): void =>
        storage.transactionSync(() => {
          for (let id = 0; id < 5; id += 1) outbox.keep('audit', [auditOf(id)]);
          throw new Error('the change failed');
        });
      expect(fail).toThrow('the change failed');
      expect(outbox.isEmpty).toBe(true);
      for (let id = 0; id < 2; id += 1) outbox.keep('audit', [auditOf(id)]);
      expect(outbox.standing()).toMatchObject({ waiting: 2, dropped: 0 });
    });
  });
});

class RememberedRegistry extends Registry {
  static past = new InMemoryHistory();
  protected override history() {
    return RememberedRegistry.past;
  }
}

test('[HIS-19] the Registry tells of alerts as they open, change and close, of its audit log and of scaling, through crashes', async () => {
  await withRegistry(async (_registry, _told, again, state) => {
    const past = new InMemoryHistory();
    RememberedRegistry.past = past;
    const born = (): Registry => new RememberedRegistry(state, (again() as unknown as { env: Env }).env);
    await born().signal([signal('a')]);
    await born().alarm();
    const [opened] = past.rowsOf('alerts');
    expect(opened).toMatchObject({ processorId: 'a', closedAtMs: null, acknowledgedBy: null });
    past.coming.push(AWAY);
    const registry = born();
    await registry.acknowledge(opened!.id, 'Ana', ACTOR);
    await registry.alarm();
    expect(past.rowsOf('alerts')[0]).toMatchObject({ acknowledgedBy: null });
    await born().signal([signal('a', { state: 'off', atMs: Date.now() + 1 })]);
    await born().alarm();
    expect(past.rowsOf('alerts')).toEqual([
      expect.objectContaining({ id: opened!.id, acknowledgedBy: 'Ana', closedAtMs: expect.any(Number) as number }),
    ]);
    expect(past.rowsOf('audit')).toEqual([
      expect.objectContaining({ id: 1, action: 'acknowledge_alert', keyId: ACTOR.keyId, subject: opened!.id }),
    ]);
    expect(await born().historyStanding()).toEqual({ waiting: 0, dropped: 0, refused: 0 });
    const settings = scalingSettings();
    await born().scale({ kind: 'measured', traffic: { perMinute: 600, isComplete: true }, settings }, null);
    await born().scale({ kind: 'forced', forced: { instances: 5, holdMs: 60_000, why: 'a trial' }, settings }, ACTOR);
    await born().alarm();
    expect(past.rowsOf('scalingEvents')).toMatchObject([
      { direction: 'down', instancesBefore: 8, instancesAfter: 5, reason: 'a trial', target: 'gateways' },
    ]);
    expect(past.rowsOf('audit').map(({ action }) => action)).toEqual(['acknowledge_alert', 'scale']);
  });
});

class RememberedBook extends HealingBook {
  static past = new InMemoryHistory();
  protected override history() {
    return RememberedBook.past;
  }
}

test('[HIS-19] the book of healing tells of each act as it is begun, done and measured', async () => {
  const stub = env.HEALING_BOOK.get(env.HEALING_BOOK.idFromName('remembered'));
  await runInDurableObject(stub, async (_, state) => {
    const past = new InMemoryHistory();
    RememberedBook.past = past;
    const plan: HealingPlan = {
      id: 'heal_1',
      kind: 'probe_breaker',
      processorId: asProcessorId('a'),
      subject: '*',
      why: 'It went well all the same.',
      evidence: { approved: 12 },
      symptomAtMs: AT,
      occasion: null,
      remedy: { do: 'sweep_boards' },
      undo: null,
    };
    const action = begun(plan, { now: AT + 1, askedBy: 'self-healing', advises: false });
    const book = new RememberedBook(state, env);
    expect(await book.begin(action, HEALING_DEFAULT, { now: AT + 1, byDemand: false } as never)).toBe(true);
    await book.alarm();
    expect(past.rowsOf('healingActions')).toMatchObject([
      { id: 'heal_1', actedAtMs: null, outcome: null, mode: 'act' },
    ]);
    const measured = 'Its error rate fell to 1%.';
    const ended = {
      state: 'ended',
      atMs: AT + 9,
      outcome: 'recovered',
      measured,
      undone: false,
      recoveryMs: 9,
    } as const;
    await book.update(withStanding(action, ended));
    await new RememberedBook(state, env).alarm();
    expect(past.rowsOf('healingActions')).toEqual([
      expect.objectContaining({ actedAtMs: AT + 1, verifiedAtMs: AT + 9, outcome: 'recovered', undo: null }),
    ]);
  });
});
