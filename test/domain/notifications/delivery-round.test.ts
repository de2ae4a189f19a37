import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { begin, nextAlarm, replay, settle } from '../../../src/domain/notifications/delivery-round.ts';
import { accept, type DeliveryBook } from '../../../src/domain/notifications/delivery-book.ts';
import { SCHEDULE_MS, type Answer, type Delivery } from '../../../src/domain/notifications/delivery.ts';
import {
  accepted,
  closing,
  incident,
  incidentIn,
  LEASE_MS,
  round,
  route,
  states,
  status,
  T0,
} from './sample-incident.ts';
import type { ChannelRoute } from '../../../src/domain/notifications/channel.ts';

const OPS = route('ops');
const PAGER = route('pager', { kind: 'pagerduty', severities: ['critical'] });
const options = { max: 6, leaseMs: LEASE_MS, isRestart: false };

/** Follows the alarm until nothing is left to do or `end`. */
function run(
  book: DeliveryBook,
  routes: readonly ChannelRoute[],
  answer: (delivery: Delivery, now: number) => Answer,
  end = Infinity,
): DeliveryBook {
  let current = book;
  for (let at = nextAlarm(current); at !== null && at < end; at = nextAlarm(current)) {
    const now = Math.max(at, T0);
    current = round(current, routes, now, (delivery) => answer(delivery, now));
  }
  return current;
}

describe('a message that is refused', () => {
  test('[NTF-4] it is tried at its ten moments and then given up', () => {
    const times: number[] = [];
    const book = run(accepted([incident()], [OPS]), [OPS], (_, now) => {
      times.push(now);
      return status(500);
    });
    const moments = SCHEDULE_MS.map((_, step) => SCHEDULE_MS.slice(0, step + 1).reduce((sum, wait) => sum + wait, T0));
    expect(times).toEqual(moments);
    expect(states(book)).toEqual(['ops open exhausted 10']);
  });

  test('[NTF-7] 410 disables the endpoint: what waits for it fails, and so does what comes after', () => {
    const two = accepted([incident(), incident({ id: 'alt_2' })], [OPS]);
    const gone = round(two, [OPS], T0, () => status(410));
    expect(states(gone)).toEqual(['ops open endpoint_gone 1', 'ops open endpoint_gone 0']);
    expect(states(accepted([incident({ id: 'alt_3' })], [OPS], gone)).at(-1)).toBe('ops open endpoint_gone 0');
    expect(nextAlarm(gone)).toBeNull();
  });

  test('[NTF-7] a change of its settings lifts the disabling', () => {
    const gone = round(accepted([incident()], [OPS]), [OPS], T0, () => status(410));
    const mended = route('ops', { revision: 2 });
    expect(states(accepted([incident({ id: 'alt_2' })], [mended], gone)).at(-1)).toBe('ops open waiting 0');
  });

  test('[NTF-8] while a receiver is overloaded nothing else is sent to it either', () => {
    const held = round(accepted([incident()], [OPS]), [OPS], T0, () => status(429, 60_000));
    const more = accepted([incident({ id: 'alt_2' })], [OPS], held);
    expect(nextAlarm(more)).toBe(T0 + 60_000);
    expect(begin(more, [OPS], T0 + 59_999, options).started).toEqual([]);
    expect(begin(more, [OPS], T0 + 60_000, options).started).toHaveLength(1);
  });

  test('[NTF-8] a plain failure holds up no other message of its channel', () => {
    const failed = round(accepted([incident()], [OPS]), [OPS], T0, () => status(500));
    const more = accepted([incident({ id: 'alt_2' })], [OPS], failed);
    expect(begin(more, [OPS], T0, options).started.map((delivery) => incidentIn(delivery).id)).toEqual(['alt_2']);
  });
});

describe('order', () => {
  test('[NTF-9] a close waits until its opening is delivered or given up', () => {
    const both = accepted([incident(), closing()], [OPS]);
    const refused = round(both, [OPS], T0, () => status(500));
    expect(states(refused)).toEqual(['ops open waiting 1', 'ops close waiting 0']);
    expect(begin(refused, [OPS], T0 + 4_999, options).started).toEqual([]);
    const delivered = round(refused, [OPS], T0 + 5_000, () => status(200));
    expect(begin(delivered, [OPS], T0 + 5_000, options).started.map(({ action }) => action)).toEqual(['close']);
  });

  test('[NTF-9] whatever receivers answer, each hears of an incident in its order', () => {
    const channels = [OPS, route('other'), PAGER];
    const word = fc.record({
      id: fc.constantFrom('alt_1', 'alt_2', 'alt_3'),
      severity: fc.constantFrom('critical' as const, 'error' as const, 'warning' as const),
      closes: fc.boolean(),
    });
    const code = fc.constantFrom(200, 200, 500, 429, 302, 502);
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 15 }),
        fc.array(code, { minLength: 1, maxLength: 40 }),
        (words, codes) => {
          let book = accepted([], channels);
          let asked = 0;
          const heard: Delivery[] = [];
          const answer = (delivery: Delivery): Answer => {
            const next = codes[asked % codes.length] ?? 200;
            asked += 1;
            if (next === 200) heard.push(delivery);
            return status(next);
          };
          words.forEach(({ id, severity, closes }, index) => {
            const at = T0 + index * 3_000;
            const told = incident({ id, severity, updatedAtMs: at, closedAtMs: closes ? at : null });
            book = run(accept(book, [told], channels, at), channels, answer, at + 3_000);
          });
          book = run(book, channels, answer);
          for (const { id } of channels) {
            for (const about of ['alt_1', 'alt_2', 'alt_3']) {
              const sequence = heard
                .filter((delivery) => delivery.channelId === id && incidentIn(delivery).id === about)
                .map((delivery) => delivery.sequence);
              expect(sequence).toEqual([...sequence].sort((a, b) => a - b));
            }
          }
          expect(
            book.deliveries.every(({ progress }) => progress.state === 'delivered' || progress.state === 'failed'),
          ).toBe(true);
        },
      ),
      { seed: 11, numRuns: 150 },
    );
  });

  test('[NTF-10] one message a channel at a time, the gravest first, at most so many a round', () => {
    const channels = Array.from({ length: 8 }, (_, index) => route(`c${index}`));
    const book = accepted([incident(), incident({ id: 'alt_2', severity: 'critical' })], channels);
    const first = begin(book, channels, T0, options);
    expect(first.started.map((delivery) => `${delivery.channelId} ${incidentIn(delivery).id}`)).toEqual(
      channels.slice(0, 6).map(({ id }) => `${id} alt_2`),
    );
    expect(nextAlarm(first.book)).toBe(T0);
    const second = begin(first.book, channels, T0, options);
    expect(second.started.map(({ channelId }) => channelId)).toEqual(['c6', 'c7']);
    expect(nextAlarm(second.book)).toBe(T0 + LEASE_MS);
  });
});

describe('a crash', () => {
  const sending = begin(accepted([incident()], [OPS]), [OPS], T0, options).book;

  test('[NTF-11] an attempt is counted before it is made', () => {
    expect(states(sending)).toEqual(['ops open sending 1']);
  });

  test('[NTF-11] after a restart, or when no answer comes, the attempt has failed and the schedule goes on', () => {
    const restarted = begin(sending, [OPS], T0 + 10, { ...options, isRestart: true });
    expect(restarted.started).toEqual([]);
    expect(states(restarted.book)).toEqual(['ops open waiting 1']);
    expect(nextAlarm(restarted.book)).toBe(T0 + 10 + 5_000);
    expect(states(begin(sending, [OPS], T0 + LEASE_MS - 1, options).book)).toEqual(['ops open sending 1']);
    expect(states(begin(sending, [OPS], T0 + LEASE_MS, options).book)).toEqual(['ops open waiting 1']);
  });

  test('[NTF-11] an answer that comes too late, or twice, changes nothing', () => {
    const { id } = sending.deliveries[0]!;
    const late = begin(sending, [OPS], T0 + LEASE_MS, options).book;
    expect(settle(late, { id, attempts: 1, answer: status(200) }, [OPS], T0 + LEASE_MS)).toBe(late);
    const again = begin(late, [OPS], T0 + 2 * LEASE_MS, options).book;
    expect(settle(again, { id, attempts: 1, answer: status(200) }, [OPS], T0)).toBe(again);
    expect(states(settle(again, { id, attempts: 2, answer: status(200) }, [OPS], T0))).toEqual([
      'ops open delivered 2',
    ]);
  });
});

describe('a channel that fails', () => {
  const told = (book: DeliveryBook, channelId: string): string[] =>
    book.deliveries
      .filter((delivery) => delivery.channelId === channelId && incidentIn(delivery).kind === 'channel_failing')
      .map(({ action }) => action);
  const answer =
    (code: number) =>
    ({ channelId }: Delivery): Answer =>
      status(channelId === 'ops' ? code : 200);

  test('[NTF-14] its third failure is told to the others once, whatever severities they chose, and so is its recovery', () => {
    const routes = [OPS, PAGER];
    const failing = run(accepted([incident()], routes), routes, answer(500), T0 + 305_000);
    expect(told(failing, 'pager')).toEqual([]);
    const third = run(failing, routes, answer(500), T0 + 40 * 60_000);
    expect(told(third, 'pager')).toEqual(['open']);
    expect(incidentIn(third.deliveries.at(-1))).toMatchObject({ severity: 'warning', subject: 'webhook channel ops' });
    const back = run(third, routes, answer(200));
    expect(told(back, 'pager')).toEqual(['open', 'close']);
    expect(told(back, 'ops')).toEqual([]);
  });

  test.each([410, 400])('[NTF-14] an answer %i is told to the others at once', (code) => {
    const routes = [route('ops', { kind: 'slack' }), PAGER];
    const book = round(accepted([incident()], routes), routes, T0, answer(code));
    expect(told(book, 'pager')).toEqual(['open']);
  });

  test('[NTF-14] two channels that fail tell each other once', () => {
    const routes = [OPS, PAGER];
    const book = run(accepted([incident({ severity: 'critical' })], routes), routes, () => status(500));
    expect([told(book, 'ops'), told(book, 'pager')]).toEqual([['open'], ['open']]);
  });

  test('[NTF-14] two channels that falter do not talk about each other for ever', () => {
    const routes = [OPS, PAGER];
    let asked = 0;
    const book = run(accepted([incident({ severity: 'critical' })], routes), routes, () =>
      status((asked += 1) % 7 < 6 ? 500 : 200),
    );
    expect(told(book, 'ops').length + told(book, 'pager').length).toBeLessThanOrEqual(4);
    expect(asked).toBeLessThanOrEqual(60);
  });

  test('[NTF-16] what waits for a channel that was removed fails, and its trouble is over', () => {
    const routes = [OPS, PAGER];
    const failing = run(accepted([incident()], routes), routes, answer(500), T0 + 306_000);
    const removed = run(failing, [PAGER], answer(500));
    expect(states(removed)).toEqual([
      'ops open channel_removed 3',
      'pager open delivered 1',
      'pager close delivered 1',
    ]);
    expect(removed.health.map(({ channelId }) => channelId)).toEqual(['pager']);
  });
});

describe('replay by hand', () => {
  const replayed = (book: DeliveryBook, index: number, now = T0): DeliveryBook => {
    const outcome = replay(book, book.deliveries[index]!.id, now);
    if (!outcome.ok) throw new Error(outcome.reason);
    return outcome.book;
  };

  test('[NTF-15] a message is sent again under its id with ten new attempts, and what followed it follows it again', () => {
    const routes = [OPS, route('other')];
    const done = run(accepted([incident(), closing(), incident({ id: 'alt_2' })], routes), routes, () => status(200));
    const again = replayed(done, 0);
    expect(states(again).filter((state) => state.includes('waiting'))).toEqual([
      'ops open waiting 0',
      'ops close waiting 0',
    ]);
    expect(again.deliveries.map(({ id }) => id)).toEqual(done.deliveries.map(({ id }) => id));
  });

  test('[NTF-15] it lifts what was held against the channel', () => {
    const gone = round(accepted([incident()], [OPS]), [OPS], T0, () => status(410));
    expect(begin(replayed(gone, 0), [OPS], T0, options).started).toHaveLength(1);
    const held = round(accepted([incident()], [OPS]), [OPS], T0, () => status(429, 60_000));
    expect(begin(replayed(held, 0), [OPS], T0, options).started).toHaveLength(1);
  });

  test('[NTF-15] an unknown message is not found, and one that is being sent is left alone', () => {
    const book = accepted([incident(), closing()], [OPS]);
    const sending = begin(book, [OPS], T0, options).book;
    expect(replay(book, 'ntf_9_alt_1', T0)).toEqual({ ok: false, reason: 'not_found' });
    expect(replay(sending, book.deliveries[0]!.id, T0)).toEqual({ ok: false, reason: 'being_sent' });
  });
});
