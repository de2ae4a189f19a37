import { describe, expect, test } from 'vitest';
import {
  accept,
  acknowledge,
  CHANNEL_QUEUE_MAX,
  pageOfDeliveries,
  SETTLED_MAX,
  type DeliveryBook,
} from '../../../src/domain/notifications/delivery-book.ts';
import { changesOf, readBook } from '../../../src/domain/notifications/stored-book.ts';
import { accepted, closing, incident, incidentIn, round, route, states, status, T0 } from './sample-incident.ts';
import stored from './stored-format-1.json' with { type: 'json' };

const OPS = route('ops');
const PAGER = route('pager', { kind: 'pagerduty', severities: ['critical'] });
const actions = ({ deliveries }: DeliveryBook): string[] =>
  deliveries.map(({ channelId, action }) => `${channelId} ${action}`);

describe('who is told', () => {
  test('[NTF-2] a channel hears of the severities it chose', () => {
    expect(actions(accepted([incident()], [OPS, PAGER]))).toEqual(['ops open']);
    expect(actions(accepted([incident({ severity: 'critical' })], [OPS, PAGER]))).toEqual(['ops open', 'pager open']);
    expect(actions(accepted([incident()], [PAGER]))).toEqual([]);
  });

  test('[NTF-2] one that gets graver is opened for those who now hear of it, and closed for all who did', () => {
    const worse = incident({ severity: 'critical', updatedAtMs: T0 + 1 });
    const book = accepted([incident(), worse, closing({ severity: 'warning', updatedAtMs: T0 + 2 })], [OPS, PAGER]);
    expect(actions(book)).toEqual(['ops open', 'ops update', 'pager open', 'ops close', 'pager close']);
  });

  test('[NTF-2] a close goes only to those who were told of the opening', () => {
    const book = accepted([incident()], [PAGER]);
    expect(actions(accept(book, [closing({ severity: 'critical' })], [OPS, PAGER], T0))).toEqual([]);
  });
});

describe('what is told', () => {
  test('[NTF-3] the same incident again, and one with new evidence only, says nothing', () => {
    const later = incident({ updatedAtMs: T0 + 5, evidence: { failures: 9 }, reason: 'nine' });
    expect(actions(accepted([incident(), incident(), later], [OPS]))).toEqual(['ops open']);
  });

  const growths = [{ severity: 'critical' }, { kind: 'approval_collapse' }, { subject: 'processor_a' }] as const;
  test.each(growths)('[NTF-3] %o is an update', (fields) => {
    const book = accepted([incident(), incident({ updatedAtMs: T0 + 1, ...fields })], [OPS]);
    expect(actions(book)).toEqual(['ops open', 'ops update']);
  });

  test('[NTF-3] an older word changes nothing, and what ended before anyone heard of it is not told', () => {
    const older = incident({ severity: 'critical', updatedAtMs: T0 - 1 });
    expect(actions(accepted([incident(), older], [OPS]))).toEqual(['ops open']);
    expect(actions(accepted([closing()], [OPS]))).toEqual([]);
    expect(actions(accepted([incident(), closing(), closing()], [OPS]))).toEqual(['ops open', 'ops close']);
  });

  test('[NTF-3] one that begins again is opened again under its id', () => {
    const again = incident({ updatedAtMs: T0 + 2 });
    const book = accepted([incident(), closing(), again], [OPS]);
    expect(actions(book)).toEqual(['ops open', 'ops close', 'ops open']);
    expect(new Set(book.deliveries.map((delivery) => incidentIn(delivery).id)).size).toBe(1);
    expect(new Set(book.deliveries.map(({ id }) => id)).size).toBe(3);
  });

  test('[NTF-6] an acknowledgement goes once to those who were told, while the incident is open', () => {
    const book = accepted([incident({ severity: 'critical' })], [OPS, PAGER]);
    const first = acknowledge(book, { incidentId: 'alt_1', by: 'Ada' }, [OPS, PAGER], T0);
    if (!first.ok) throw new Error(first.reason);
    expect(actions(first.book).slice(2)).toEqual(['ops acknowledge', 'pager acknowledge']);
    expect(incidentIn(first.book.deliveries.at(-1)).acknowledgedBy).toBe('Ada');
    const refused = (of: DeliveryBook, incidentId = 'alt_1') => acknowledge(of, { incidentId, by: 'Bob' }, [OPS], T0);
    expect(refused(first.book)).toEqual({ ok: false, reason: 'acknowledged' });
    expect(refused(book, 'alt_2')).toEqual({ ok: false, reason: 'not_found' });
    expect(refused(accept(book, [closing()], [OPS], T0))).toEqual({ ok: false, reason: 'closed' });
  });
});

describe('bounds', () => {
  const many = (count: number, fields: Parameters<typeof incident>[0] = {}, word = 'alt') =>
    Array.from({ length: count }, (_, index) => incident({ id: `${word}_${index}`, ...fields }));

  test('[NTF-12] a full queue gives up its least: updates first, then the least severe, then the oldest', () => {
    const grown = incident({ id: 'alt_5', kind: 'silent', updatedAtMs: T0 + 1 });
    const full = accepted(
      [...many(CHANNEL_QUEUE_MAX - 2), incident({ id: 'mild', severity: 'warning' }), grown],
      [OPS],
    );
    expect(states(full).filter((state) => state.includes('displaced'))).toEqual([]);
    const displaced = (book: DeliveryBook): string[] =>
      book.deliveries
        .filter(({ progress }) => progress.state === 'failed' && progress.reason === 'displaced')
        .map((delivery) => `${delivery.action} ${incidentIn(delivery).id}`);
    const one = accepted([incident({ id: 'new_1' })], [OPS], full);
    expect(displaced(one)).toEqual(['update alt_5']);
    const two = accepted([incident({ id: 'new_2' })], [OPS], one);
    expect(displaced(two)).toEqual(['open mild', 'update alt_5']);
    const three = accepted([incident({ id: 'new_3' })], [OPS], two);
    expect(displaced(three)).toEqual(['open alt_0', 'open mild', 'update alt_5']);
    const four = accepted([incident({ id: 'new_4', severity: 'info' })], [OPS], three);
    expect(displaced(four).at(-1)).toBe('open new_4');
  });

  test('[NTF-12] a flood of one kind, however severe, displaces its own and nothing of another kind', () => {
    const outage = incident({ id: 'outage', kind: 'breaker', severity: 'error' });
    const flood = many(CHANNEL_QUEUE_MAX + 50, { kind: 'double_charge_risk', severity: 'critical' });
    const book = accepted([outage, ...flood], [OPS]);
    const waiting = book.deliveries.filter(({ progress }) => progress.state === 'waiting');
    expect(waiting).toHaveLength(CHANNEL_QUEUE_MAX);
    expect(waiting.map((delivery) => incidentIn(delivery).id)).toContain('outage');
  });

  test('[NTF-12] the backlog of one channel displaces nothing of another', () => {
    const book = accepted(many(CHANNEL_QUEUE_MAX + 50), [OPS, route('other')]);
    const waiting = states(book).filter((state) => state.endsWith('waiting 0'));
    expect(waiting.filter((state) => state.startsWith('ops'))).toHaveLength(CHANNEL_QUEUE_MAX);
    expect(waiting.filter((state) => state.startsWith('other'))).toHaveLength(CHANNEL_QUEUE_MAX);
  });

  test('[NTF-13] the newest thousand settled messages are kept, and listed newest first by pages', () => {
    let book = accepted([], [OPS]);
    for (let index = 0; index < SETTLED_MAX + 5; index += 1)
      book = round(accepted([incident({ id: `alt_${index}` })], [OPS], book), [OPS], T0, () => status(200));
    expect(book.deliveries).toHaveLength(SETTLED_MAX);
    expect(book.deliveries[0]?.sequence).toBe(6);
    const first = pageOfDeliveries(book, null, 600);
    const second = pageOfDeliveries(book, first.nextCursor, 600);
    expect([...first.items, ...second.items].map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: SETTLED_MAX }, (_, index) => SETTLED_MAX + 5 - index),
    );
    expect(second.nextCursor).toBeNull();
    expect(pageOfDeliveries(book, 'never given out', 10)).toEqual({ items: [], nextCursor: null });
  });

  test('[NTF-13] of what was told, the closed are forgotten before the open', () => {
    const open = many(400, {}, 'open');
    const over = many(200, {}, 'over');
    const book = accepted([...over, ...over.map(({ id }) => closing({ id })), ...open], []);
    expect(book.told).toHaveLength(500);
    expect(book.told.filter((told) => told.open)).toHaveLength(400);
  });
});

describe('on disk', () => {
  test('[NTF-17] what is written piece by piece reads back as the same book', () => {
    const steps: ((book: DeliveryBook) => DeliveryBook)[] = [
      (book) => accepted([incident(), incident({ id: 'alt_2', severity: 'critical' })], [OPS, PAGER], book),
      (book) => round(book, [OPS, PAGER], T0, ({ channelId }) => status(channelId === 'ops' ? 500 : 202)),
      (book) => accepted([closing()], [OPS, PAGER], book),
      (book) => round(book, [OPS, PAGER], T0 + 5_000, () => status(410)),
    ];
    let book = readBook(JSON.stringify({ format: 1, sequence: 0, told: [], health: [] }), []);
    let head = '';
    const rows = new Map<number, string>();
    for (const step of steps) {
      const next = step(book);
      const changes = changesOf(book, next);
      head = changes.head ?? head;
      for (const { sequence, text } of changes.written) rows.set(sequence, text);
      for (const sequence of changes.dropped) rows.delete(sequence);
      book = next;
      expect(
        readBook(
          head,
          [...rows.entries()].sort(([a], [b]) => a - b).map(([, text]) => text),
        ),
      ).toEqual(book);
    }
    expect(changesOf(book, book)).toEqual({ head: null, written: [], dropped: [] });
  });

  test('[NTF-17] a book of format 1 is read and goes on; one of newer code is refused', () => {
    const book = readBook(
      JSON.stringify(stored.head),
      stored.deliveries.map((delivery) => JSON.stringify(delivery)),
    );
    const after = round(book, [OPS], T0 + 5_000, () => status(200));
    expect(states(after)).toEqual(['ops open delivered 2', 'ops close waiting 0']);
    expect(() => readBook(JSON.stringify({ ...stored.head, format: 2 }), [])).toThrow('format 2');
  });
});
