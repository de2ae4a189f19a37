// More alerts than one row could hold, on workerd: they open, survive an eviction and end, and keep nobody else's from opening.
import { expect, test } from 'vitest';
import { applySignal, EMPTY_ALERT_BOOK, type AlertBook } from '../../src/domain/health/alert-book.ts';
import type { AlertSignal } from '../../src/domain/health/alert-book.ts';
import type { Registry } from '../../durable-objects/registry.ts';
import { signal, withRegistry } from './registry-harness.ts';

const T0 = 1_760_000_000_000;
const risk = (index: number, fields: Partial<AlertSignal> = {}): AlertSignal =>
  signal('*', {
    epoch: 0,
    kind: 'double_charge_risk',
    subject: `pay_${index}`,
    atMs: T0,
    evidence: { void_transaction: `txn_${'v'.repeat(124)}`, other_transaction: `txn_${'o'.repeat(124)}` },
    ...fields,
  });
const off = { state: 'off', atMs: T0 + 1 } as const;

async function tell(registry: Registry, count: number, fields: Partial<AlertSignal> = {}): Promise<void> {
  for (let from = 0; from < count; from += 100)
    await registry.signal(Array.from({ length: 100 }, (_, index) => risk(from + index, fields)));
}

const numberOf = (storage: DurableObjectStorage, statement: string): unknown =>
  Object.values(storage.sql.exec(statement).one())[0];

test('[ALT-31] 5,000 payments at risk open and end across an eviction, an outage opens beside them, and no row grows', async () => {
  await withRegistry(async (registry, _, again, { storage }) => {
    await tell(registry, 5_000);
    const second = again();
    await second.signal([signal('a')]);
    expect(numberOf(storage, 'SELECT COUNT(*) FROM open_alert')).toBe(5_001);
    expect(numberOf(storage, 'SELECT MAX(LENGTH(body)) FROM open_alert')).toBeLessThan(2_000);
    expect((await second.alerts(null, null, 1)).items).toMatchObject([{ kind: 'breaker', closedAtMs: null }]);
    await tell(second, 5_000, off);
    const rest = storage.sql.exec('SELECT kind FROM open_alert').toArray();
    expect(rest).toEqual([{ kind: 'breaker' }]);
    expect(numberOf(storage, 'SELECT COUNT(*) FROM closed_alert')).toBe(1_000);
    expect((await again().alerts(0, null, 5_000)).items).toHaveLength(1_000);
  });
}, 60_000);

test('[ALT-32] what has no room is counted in one alert and takes the place of what ends', async () => {
  await withRegistry(async (registry, _, again, { storage }) => {
    await registry.signal([risk(0)]);
    storage.sql.exec(`
      WITH RECURSIVE counter (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counter WHERE n < 9999)
      INSERT INTO open_alert (id, part, position, chapter, kind, body)
        SELECT 'alt_' || n, 0, 1, 'double_charge_risk full ' || n, 'double_charge_risk', '{}' FROM counter`);
    await registry.signal([risk(1), risk(2), risk(2), risk(3)]);
    await again().signal([risk(3, off), signal('a'), risk(9, { kind: 'dead_letters', subject: 'stripe' })]);
    const told = (await again().alerts(null, null, 10)).items;
    expect(told.map(({ kind, subject, evidence }) => [kind, subject, evidence['more']])).toEqual([
      ['double_charge_risk', 'pay_0', undefined],
      ['double_charge_risk', undefined, 2],
      ['breaker', undefined, undefined],
      ['dead_letters', 'stripe', undefined],
    ]);
    await again().signal([risk(0, off)]);
    const after = (await again().alerts(null, null, 10)).items;
    expect(after.map(({ subject, closedAtMs }) => [subject, closedAtMs !== null])).toEqual([
      ['pay_0', true],
      [undefined, false],
      [undefined, false],
      ['stripe', false],
      ['pay_1', false],
    ]);
    await again().signal([risk(1, { state: 'off', atMs: T0 + 2 })]);
    const last = (await again().alerts(null, null, 10)).items;
    expect(last.at(-1)).toMatchObject({ subject: 'pay_2', closedAtMs: null });
    expect(last[1]?.closedAtMs).not.toBeNull();
    expect(numberOf(storage, 'SELECT COUNT(*) FROM waiting_signal')).toBe(0);
  });
});

test('[ALT-34] a book stored as one value goes on in rows: open, closed and heard', async () => {
  await withRegistry(async (_, __, again, { storage }) => {
    const ended = risk(7);
    const told = [risk(1), signal('a', { atMs: T0 }), ended, { ...ended, ...off }, signal('b', { atMs: T0 })];
    const book = told.reduce<AlertBook>(
      (current, one, index) => applySignal(current, one, one.atMs, `alt_${index}`).book,
      EMPTY_ALERT_BOOK,
    );
    storage.sql.exec(`INSERT INTO kept (name, body) VALUES ('alert_book', ?)`, JSON.stringify(book));
    const registry = again();
    expect(numberOf(storage, `SELECT COUNT(*) FROM kept WHERE name = 'alert_book'`)).toBe(0);
    expect(
      storage.sql
        .exec('SELECT id FROM open_alert ORDER BY id')
        .toArray()
        .map(({ id }) => id),
    ).toEqual(['alt_0', 'alt_1', 'alt_4']);
    expect(storage.sql.exec('SELECT id FROM closed_alert').toArray()).toEqual([{ id: 'alt_2' }]);
    // Heard before: none of them says anything new.
    await registry.signal(told);
    expect((await registry.alerts(null, null, 10)).items).toEqual([]);
    await registry.signal([risk(1, off), signal('a', { ...off })]);
    const { items } = await again().alerts(null, null, 10);
    expect(items.map(({ id, closedAtMs }) => [id, closedAtMs !== null])).toEqual([
      ['alt_0', true],
      ['alt_1', true],
    ]);
  });
});
